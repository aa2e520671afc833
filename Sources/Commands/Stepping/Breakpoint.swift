import Interpreter
import Syntax

/// Where or when to stop.
struct Breakpoint {
  enum Kind {
    /// A line, of files whose name ends so.
    case line(file: String?, Int)
    case site(SitePattern)
    case notFinite
    case normAbove(Double)
    case condition([Statement], text: String)
    case backward
    case optimizer
  }

  /// Places that are no sites, as they are typed.
  static let words = ["backward", "if ", "nan", "norm > ", "optimizer"]

  let kind: Kind
  /// Gone once it was met, as what `continue` is given.
  var isPassing = false

  /// Reads what stands behind `break` and `continue`. `source` is the file on show.
  init(_ text: String, source: Source?) throws {
    let words = text.split(separator: " ").map(String.init)
    switch words[0] {
    case "nan" where words.count == 1: kind = .notFinite
    case "backward" where words.count == 1: kind = .backward
    case "optimizer" where words.count == 1: kind = .optimizer
    case "norm":
      guard words.count == 3, words[1] == ">", let limit = Double(words[2]) else {
        throw Mistake("a norm is compared with a number", fix: "`break norm > 10`")
      }
      kind = .normAbove(limit)
    case "if":
      let code = String(text.dropFirst(2).drop { $0 == " " })
      let parsed = Parser.parse(Source(code, name: "<condition>"))
      if let error = parsed.errors.first { throw Failure(error) }
      guard !parsed.statements.isEmpty else {
        throw Mistake("a condition stands behind `if`", fix: "`break if x.shape[1] > 9`")
      }
      kind = .condition(parsed.statements, text: code)
    default: kind = try Self.place(text, source)
    }
  }

  private static func place(_ text: String, _ source: Source?) throws -> Kind {
    if let line = Int(text) {
      guard let source else {
        throw Mistake("there is no file on show", fix: "`break FILE:\(line)`")
      }
      guard (1...source.lineStarts.count).contains(line) else {
        throw Mistake(
          "\(source.shortName) has \(source.lineStarts.count) lines, so none is \(line)")
      }
      return .line(file: source.name, line)
    }
    let parts = text.split(separator: ":", maxSplits: 1)
    if parts.count == 2, let line = Int(parts[1]) { return .line(file: String(parts[0]), line) }
    return .site(try SitePattern(text))
  }

  var description: String {
    switch kind {
    case .line(let file, let line):
      return "\(file.map { Source("", name: $0).shortName + ":" } ?? "")\(line)"
    case .site(let pattern): return pattern.text
    case .notFinite: return "nan"
    case .normAbove(let limit): return "norm > \(Printer.plain.number(limit))"
    case .condition(_, let text): return "if \(text)"
    case .backward: return "backward"
    case .optimizer: return "optimizer"
    }
  }
}

extension Span {
  /// Whether this is that line of a file whose name ends so, as `lora.peft` for
  /// `methods/lora.peft`.
  func isLine(_ wanted: Int, of file: String?) -> Bool {
    guard line == wanted else { return false }
    guard let file else { return true }
    return source.name == file || source.name.hasSuffix("/" + file)
  }
}
