import Foundation
import TestSupport
import Testing

@testable import Session
@testable import Syntax

/// Mutated programs through all four readers of the language: lexer, parser, formatter, and reader of golden lines.
///
/// Every text goes through all of them, the formatter where the text is without errors. A text that takes long is a
/// failure; one that never ends is named and ends the run.
@Suite("Fuzz of the readers") struct ReaderFuzzTests {
  /// Millions of texts, for a run of an hour; else as many as a usual run has time for.
  private static let millions =
    ProcessInfo.processInfo.environment["PEFT_REPL_FUZZ"].flatMap(Int.init)
  private static let isFull = ProcessInfo.processInfo.environment["PEFT_REPL_FULL"] == "true"
  private static let textsARound = millions != nil || isFull ? 10_000 : 2500
  private static let rounds = millions.map { $0 * 100 } ?? (isFull ? 40 : 4)

  private static let tally = FuzzTally(rounds: rounds)

  @Test(arguments: 1...UInt64(rounds))
  func mutatedTexts(seed: UInt64) {
    var random = Generator(state: seed)
    var counts = FuzzCounts()
    var earlier: [String] = []
    for _ in 0..<Self.textsARound {
      let text = Mutator.mutated(using: &random)
      Self.tally.begin(seed, text)
      let start = threadSeconds()
      let lines = GoldenLines.lines(of: text)
      let complaint =
        Readers.complaint(about: text, &counts) ?? Readers.complaint(about: lines, behind: earlier)
      let seconds = threadSeconds() - start
      counts.add(seconds)
      earlier = lines
      if let complaint {
        Issue.record("\(complaint) for:\n\(text)")
        break
      }
      if seconds > 1 {
        Issue.record("read in \(seconds) s of processor time:\n\(text)")
        break
      }
    }
    #expect(
      counts.formatted > Self.textsARound / 25, "too few texts are valid to try the formatter on")
    Self.tally.end(seed, counts)
  }
}

/// What each reader must hold to, whatever the text.
private enum Readers {
  /// What is wrong with how a text is lexed, parsed, reported and formatted, if anything.
  static func complaint(about text: String, _ counts: inout FuzzCounts) -> String? {
    let source = Source(text, name: "fuzz")
    let result = Parser.parse(source)
    let size = source.utf8.count
    var spans = result.diagnostics.flatMap { $0.secondary.map(\.span) }
    spans += result.diagnostics.compactMap(\.span) + result.items.map(\.span)
    if spans.contains(where: { $0.start < 0 || $0.end > size || $0.start > $0.end }) {
      return "span out of bounds"
    }
    let starts = result.items.map(\.span.start)
    if starts != starts.sorted() { return "items out of order" }
    if result.isIncomplete, !result.hasErrors { return "incomplete without an error" }
    let failed = result.statements.contains { if case .error = $0.kind { true } else { false } }
    if failed, !result.hasErrors { return "an error node without a diagnostic" }
    for diagnostic in result.diagnostics where diagnostic.message.isEmpty {
      return "an empty message"
    }
    if !result.diagnostics.isEmpty { _ = DiagnosticRenderer(width: 60).render(result.diagnostics) }
    return result.hasErrors ? nil : complaint(aboutFormatting: result, &counts)
  }

  private static func complaint(
    aboutFormatting result: ParseResult, _ counts: inout FuzzCounts
  ) -> String? {
    counts.formatted += 1
    guard let once = SourceFormatter.format(result) else { return "not formatted" }
    let again = Parser.parse(Source(once))
    if again.dumpText != result.dumpText { return "the formatter changed the tree:\n\(once)" }
    if SourceFormatter.format(again) != once { return "the formatter is not stable:\n\(once)" }
    return nil
  }

  /// The text's lines as printed and as expected ones, and another text's lines beside them.
  static func complaint(about lines: [String], behind earlier: [String]) -> String? {
    for math in [GoldenComparison(math: .exact), GoldenComparison(math: .fast)] {
      if !math.matches(lines, lines) { return "golden lines that do not match themselves" }
      if !math.matches(["…"] + lines, earlier + lines) {
        return "… does not cover what is in front"
      }
      _ = math.matches(lines, earlier)
    }
    let compared = GoldenLines.compared(lines, with: earlier)
    if GoldenLines.compared(compared, with: earlier) != compared {
      return "compared twice, other lines"
    }
    return nil
  }
}

private enum Mutator {
  static let scraps =
    Token.Kind.allCases.map(\.rawValue)
    + [
      "\n", "\n\n", " ", "\t", "\"", "\\(", "\\", "# c\n", "## p\n", "#> g\n", "x", "with (",
      "within", "new", "param A = ", "state", "module M(", "method m(", "as", "1e-3", "5s", "5q",
      "1.",
      "é", "漢", "\u{1F600}", "\r\n", "\0", "'", "«", "else if", "} else {", "x -> {", "fn f(x) {",
      "+=",
      ":=", "…\n", "#> …\n", "#> error ", "note: ", "fix: ", "-0.25e-3", "1.5e-9223372036854775808",
      "9e999999999", "3 min 20 s", "8,000 tokens/s", "12 MB", "1,,.5 ms", "NaN",
      "tensor f32 [2, 3]",
    ]

  private static let lines = Corpus.all.flatMap { $0.split(separator: "\n").map(String.init) }

  /// A few lines of a program with one to four changes.
  static func mutated(using random: inout Generator) -> String {
    let start = Int.random(in: 0..<lines.count, using: &random)
    let count = Int.random(in: 1...5, using: &random)
    var bytes = Array(lines[start..<min(start + count, lines.count)].joined(separator: "\n").utf8)
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      let at = Int.random(in: 0...bytes.count, using: &random)
      let end = min(bytes.count, at + Int.random(in: 0...6, using: &random))
      switch Int.random(in: 0..<5, using: &random) {
      case 0: bytes.removeSubrange(at..<end)
      case 1: bytes.insert(contentsOf: bytes[at..<end], at: 0)
      case 2: bytes.removeSubrange(at...)
      default:
        if let scrap = scraps.randomElement(using: &random) {
          bytes.insert(contentsOf: scrap.utf8, at: at)
        }
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

private struct FuzzCounts {
  var texts = 0
  var formatted = 0
  var seconds = 0.0
  var slowest = 0.0

  mutating func add(_ seconds: Double) {
    texts += 1
    self.seconds += seconds
    slowest = max(slowest, seconds)
  }
}

/// Adds up what the rounds did, and ends the run at a text that is never done with.
private final class FuzzTally: @unchecked Sendable {
  private let lock = NSLock()
  private let rounds: Int
  private var ended = 0
  private var total = FuzzCounts()
  private var current: [UInt64: (text: String, since: Date)] = [:]

  init(rounds: Int) {
    self.rounds = rounds
    let watch = Thread { [unowned self] in
      while lock.withLock({ ended < rounds }) {
        sleep(5)
        let stuck = lock.withLock { current.values.first { $0.since.timeIntervalSinceNow < -300 } }
        guard let stuck else { continue }
        FileHandle.standardError.write(
          Data("a text that is never done with:\n\(stuck.text)\n".utf8))
        abort()
      }
    }
    watch.start()
  }

  func begin(_ seed: UInt64, _ text: String) { lock.withLock { current[seed] = (text, Date()) } }

  func end(_ seed: UInt64, _ counts: FuzzCounts) {
    lock.withLock {
      current[seed] = nil
      ended += 1
      total.texts += counts.texts
      total.formatted += counts.formatted
      total.seconds += counts.seconds
      total.slowest = max(total.slowest, counts.slowest)
      guard ended == rounds || ended % 100 == 0 else { return }
      print(
        "fuzz: \(total.texts) texts lexed, parsed and compared as golden lines, \(total.formatted) formatted;",
        String(
          format: "%.0f µs each, the slowest %.1f ms",
          total.seconds / Double(max(1, total.texts)) * 1e6,
          total.slowest * 1e3))
    }
  }
}

/// Processor time of this thread: what was computed, however busy the machine is.
private func threadSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
