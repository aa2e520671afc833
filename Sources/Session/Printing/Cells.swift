import Syntax

/// A file cut into notebook cells: prose, and the statements up to the next prose.
struct Cells {
  struct Cell {
    var prose: [String] = []
    var statements: [Statement] = []
    var start: Int?
    var end = 0

    var isEmpty: Bool { prose.isEmpty && statements.isEmpty }

    func text(in source: Source) -> String {
      start.map { source.text(in: $0..<end) } ?? ""
    }
  }

  let cells: [Cell]

  init(_ parsed: ParseResult) {
    var cells: [Cell] = []
    var current = Cell()
    for item in parsed.items {
      switch item.kind {
      case .prose(let lines):
        // Prose directly above a declaration documents it, and still opens a cell.
        if !current.statements.isEmpty {
          cells.append(current)
          current = Cell()
        }
        current.prose += lines.map(\.text)
      case .statement(let statement):
        current.start = current.start ?? statement.span.start
        current.end = statement.golden.last?.span.end ?? statement.span.end
        current.statements.append(statement)
      case .comment(let comment):
        if current.start != nil { current.end = comment.span.end }
      }
    }
    if !current.isEmpty { cells.append(current) }
    self.cells = cells
  }
}
