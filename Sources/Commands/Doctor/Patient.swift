import Autograd
import Datasets
import Interpreter
import Syntax
import Tensor
import Tokenizers
import Training

/// What the doctor looks at: a model with its data and, where there is one, its run.
final class Patient {
  let interpreter: Interpreter
  let span: Span
  let model: Module
  let data: Dataset?
  /// Other data that the model is to be judged by, and what the user calls each.
  let others: [(name: String, data: Dataset)]
  /// Nil where nothing in the model trains, or there is no data.
  let run: RunValue?
  /// Whether the run is the user's own.
  let isRunning: Bool
  let line: TrainingLine

  private(set) var findings: [Finding] = []
  private(set) var expected: [String] = []
  private(set) var checks = 0

  init(
    _ call: NativeCall, model: Module, data: Dataset?, others: [(name: String, data: Dataset)],
    run: RunValue?, isRunning: Bool, line: TrainingLine
  ) {
    interpreter = call.interpreter
    span = call.span
    self.model = model
    self.data = data
    self.others = others
    self.run = run
    self.isRunning = isRunning
    self.line = line
  }

  var engine: Engine { interpreter.engine }
  var printer: Printer { interpreter.printer }

  var tokenizer: Tokenizer? {
    guard case .host(let host)? = model.attribute("tokenizer") else { return nil }
    return (host as? TokenizerValue)?.tokenizer
  }

  /// The adapter that a parameter belongs to.
  private(set) lazy var adapterOf = model.adapterNames()

  /// The most tokens of a row.
  var length: Int { run?.batches.length ?? ModelInput.maximumLength(model) }

  /// Rows to encode: all of a small dataset, every n-th of a large one.
  lazy var sample: [(place: Int, row: Row, text: EncodedText)] = {
    guard let data, let tokenizer, !data.isEmpty else { return [] }
    let step = Swift.max(1, data.count / 512)
    return stride(from: 0, to: data.count, by: step).compactMap { place in
      let row = data[place]
      let text = try? tokenizer.encode(
        row.text, pair: row.pair, addsSpecialTokens: data.task != .language, maxLength: nil)
      return text.map { (place, row, $0) }
    }
  }()

  // MARK: - Notes

  /// Counts a check, and runs it.
  func check(_ body: () throws -> Void) rethrows {
    checks += 1
    try body()
  }

  func found(_ name: String, _ what: String, at place: String, mend: String) {
    findings.append(Finding(name, what, at: place, mend: mend))
  }

  func has(_ name: String) -> Bool { findings.contains { $0.name == name } }

  func expect(_ text: String) { expected.append(text) }

  // MARK: - Words

  func count(_ number: Int, _ thing: String) -> String {
    "\(printer.grouped(number)) \(thing)\(number == 1 ? "" : "s")"
  }

  func share(_ part: Int, of whole: Int) -> String {
    guard whole > 0 else { return "0%" }
    let percent = 100 * Double(part) / Double(whole)
    return percent < 1 && part > 0 ? "less than 1%" : "\(Int(percent.rounded()))%"
  }

  func number(_ x: Double) -> String { printer.number(x.rounded(to: 2)) }

  /// Paths that differ in numbers only, as one; at most so many.
  func paths(_ paths: [String], limit: Int = 3) -> String {
    var shown: [(path: String, count: Int)] = []
    for path in paths {
      let general = path.split(separator: ".").map { Int($0) == nil ? String($0) : "*" }
        .joined(separator: ".")
      if let place = shown.firstIndex(where: { $0.path == general }) {
        shown[place].count += 1
      } else {
        shown.append((general, 1))
      }
    }
    let texts = shown.prefix(limit).map {
      $0.count == 1 ? specific($0.path, paths) : "\($0.path) (\($0.count))"
    }
    let rest = shown.count - limit
    return texts.joined(separator: ", ") + (rest > 0 ? ", and \(rest) more" : "")
  }

  private func specific(_ general: String, _ paths: [String]) -> String {
    paths.first { path in
      path.split(separator: ".").map { Int($0) == nil ? String($0) : "*" }.joined(separator: ".")
        == general
    } ?? general
  }

  /// Rows by their numbers, at most three.
  func rows(_ places: [Int]) -> String {
    let shown = places.prefix(3).map(String.init).joined(separator: ", ")
    return (places.count == 1 ? "row " : "rows ") + shown + (places.count > 3 ? ", …" : "")
  }
}

extension BatchSource {
  /// The most tokens of a row, or of a block of packed text.
  var length: Int {
    if let rows = self as? RowBatches { return rows.collator.maxLength }
    return (self as? PackedText)?.blockLength ?? .max
  }
}
