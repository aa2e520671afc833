import Commands
import Foundation
import Interpreter
import Syntax
import Tensor

/// One statement with `#>` lines that its output does not match.
struct GoldenMismatch {
  let line: Int
  let expected: [String]
  let actual: [String]
}

/// A script run for its golden lines.
struct GoldenResult {
  /// What each statement printed, for those that end a line.
  struct Block {
    let statement: Statement
    let actual: [String]
    let isMatch: Bool
  }

  var blocks: [Block] = []
  var mismatches: [GoldenMismatch] = []
  /// Errors that no golden line announces, as they are printed.
  var complaints: [String] = []
  var wasInterrupted = false

  var isPassed: Bool { mismatches.isEmpty && complaints.isEmpty && !wasInterrupted }
}

/// Runs one script in a fresh output folder and compares what each statement prints with the `#>` lines under it.
///
/// A script without any golden line is only run. In one with golden lines each statement is compared, so that no
/// output goes unseen; a line `#> …` stands for any lines.
final class GoldenScript {
  private let source: Source
  private let options: SessionOptions
  private let comparison: GoldenComparison
  private var output = ""
  private var complaint = ""
  /// What earlier statements of the same line printed.
  private var pending: [String] = []
  /// An update goes on behind errors that no line announces, to write them all down.
  private var goesOnAfterErrors = false

  init(_ source: Source, options: SessionOptions) {
    self.source = source
    self.options = options
    comparison = GoldenComparison(math: options.math)
  }

  /// - Throws: when no session can be started or no folder be made.
  /// - Parameter always: compares also in a script without golden lines, as an update wants it.
  func run(comparesAlways always: Bool = false) throws -> GoldenResult {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let console = Console(
      out: { [unowned self] in output += $0 }, err: { [unowned self] in complaint += $0 })
    let session = try Session(options: options, console: console)
    session.paths.outputFolder = folder.path
    var result = GoldenResult()
    let parsed = Parser.parse(source)
    guard !parsed.hasErrors else {
      _ = session.feed(parsed)
      result.complaints.append(complaint)
      return result
    }
    let statements = parsed.statements
    goesOnAfterErrors = always
    let compares = always || statements.contains { !$0.golden.isEmpty }
    for (index, statement) in statements.enumerated() {
      let sharesLine =
        index + 1 < statements.count && statements[index + 1].span.line == endLine(of: statement)
      let goesOn = try step(
        statement, in: session, &result, compares: compares && !sharesLine, carries: sharesLine)
      if !goesOn { break }
    }
    return result
  }

  /// Runs one statement; false when the script is over.
  private func step(
    _ statement: Statement, in session: Session, _ result: inout GoldenResult, compares: Bool,
    carries: Bool
  ) throws -> Bool {
    output = ""
    complaint = ""
    session.updatePrinter()
    var failure: Failure?
    let outcome = session.run(statement) { failure = $0 }
    var actual = pending + GoldenLines.lines(of: output)
    pending = []
    if let failure { actual += GoldenLines.lines(of: session.paths.masked(failure.diagnostic)) }
    let expected = statement.golden.map { GoldenLines.trimmed($0.text) }
    let isExpectedError = failure != nil && expected.contains(where: GoldenLines.announcesError)
    if outcome == .failed, !isExpectedError { result.complaints.append(complaint) }
    if carries {
      pending = actual
    } else if compares, outcome != .failed || isExpectedError {
      let shown = GoldenLines.compared(actual, with: expected)
      let isMatch = comparison.matches(expected, shown)
      result.blocks.append(.init(statement: statement, actual: actual, isMatch: isMatch))
      if !isMatch {
        result.mismatches.append(
          GoldenMismatch(line: statement.span.line, expected: expected, actual: shown))
      }
    }
    if outcome == .failed, !isExpectedError {
      result.blocks.append(.init(statement: statement, actual: actual, isMatch: false))
    }
    result.wasInterrupted = outcome == .interrupted
    return outcome == .done || (outcome == .failed && (isExpectedError || goesOnAfterErrors))
  }

  private func endLine(of statement: Statement) -> Int {
    source.lineIndex(at: max(statement.span.start, statement.span.end - 1)) + 1
  }
}

/// A folder of its own under the system's temporary folder.
struct TemporaryFolder {
  let path: String

  init() throws {
    let base = FileManager.default.temporaryDirectory.path
    path = base + "/peft-repl-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  func remove() { try? FileManager.default.removeItem(atPath: path) }
}

extension Paths {
  /// A message without the folders of this machine.
  func masked(_ diagnostic: Diagnostic) -> Diagnostic {
    func masked(_ text: String) -> String {
      var text = text.replacingOccurrences(of: outputFolder, with: "<output>")
      for folder in readFolders.sorted(by: { $0.count > $1.count }) where folder.count > 1 {
        text = text.replacingOccurrences(
          of: folder, with: folder == readFolders.last ? "<here>" : "<script>")
      }
      return text
    }
    var result = diagnostic
    result.message = masked(diagnostic.message)
    result.note = diagnostic.note.map(masked)
    result.fix = diagnostic.fix.map(masked)
    return result
  }
}
