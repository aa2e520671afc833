import Glibc

/// How far a long computation has come.
///
/// On a terminal one line, redrawn at most ten times a second:
/// `train  120/200 ▕██████░░░░▏ loss 0.532  412 rows/s  eta 0:12`. Elsewhere a plain line every
/// few seconds. `finish` leaves one line behind in both cases.
public final class Progress {
  /// Seconds from any fixed start.
  public typealias Clock = () -> Double

  private let label: String
  private let total: Int?
  private let unit: String
  private let style: Style
  private let isTerminal: Bool
  private let width: () -> Int
  private let clock: Clock
  private let emit: (String) -> Void

  private let start: Double
  private var lastDrawn: Double?
  private var isLineOpen = false
  private var done = 0
  private var items: Double = 0
  private var details: [String] = []
  private var isFinished = false

  static let redrawInterval = 0.1
  static let plainInterval = 5.0

  /// - Parameters:
  ///   - total: the number of steps; nil shows no bar and no remaining time.
  ///   - unit: what the rate counts, `rows` in `412 rows/s`.
  ///   - write: takes the text as it is, control sequences included.
  public init(
    _ label: String, total: Int?, unit: String = "rows", style: Style, isTerminal: Bool,
    width: @escaping () -> Int = { TerminalSize.current().columns },
    clock: @escaping Clock = Progress.monotonicSeconds, write: @escaping (String) -> Void
  ) {
    self.label = label
    self.total = total
    self.unit = unit
    self.style = style
    self.isTerminal = isTerminal
    self.width = width
    self.clock = clock
    emit = write
    start = clock()
  }

  /// Reports that `done` steps are over.
  ///
  /// - Parameters:
  ///   - items: how many units they held, for the rate; nil shows none.
  ///   - details: short texts such as `loss 0.532`.
  public func update(_ done: Int, items: Double? = nil, details: [String] = []) {
    guard !isFinished else { return }
    self.done = done
    self.items = items ?? self.items
    self.details = details
    let now = clock()
    let interval = isTerminal ? Self.redrawInterval : Self.plainInterval
    // A pipe's first line waits too, so that quick work leaves only its last line.
    let last = lastDrawn ?? (isTerminal ? -.infinity : start)
    guard now - last >= interval else { return }
    lastDrawn = now
    if isTerminal {
      emit("\r" + line(at: now).truncated(to: max(1, width() - 1), mark: "") + "\u{1B}[K")
      isLineOpen = true
    } else {
      emit(line(at: now) + "\n")
    }
  }

  /// Ends with a line of what was reached and how long it took. Further calls do nothing.
  public func finish() {
    guard !isFinished else { return }
    isFinished = true
    let now = clock()
    let parts = [counts] + details + rate(at: now) + ["in \(Self.duration(now - start))"]
    let text = style(.heading, label) + "  " + parts.joined(separator: "  ")
    emit((isLineOpen ? "\r" : "") + text + (isLineOpen ? "\u{1B}[K" : "") + "\n")
  }

  /// Removes the line, so that other output can stand in its place; the next update draws it again.
  public func clear() {
    guard isLineOpen else { return }
    emit("\r\u{1B}[K")
    isLineOpen = false
    lastDrawn = nil
  }

  private func line(at now: Double) -> String {
    let tail = details + rate(at: now) + remaining(at: now)
    let text = style(.heading, label) + "  " + counts
    let rest = tail.joined(separator: "  ")
    guard isTerminal, let bar = bar(room: width() - 2 - displayWidth(text + rest)) else {
      return text + (rest.isEmpty ? "" : "  " + rest)
    }
    return text + " " + bar + " " + rest
  }

  private var counts: String {
    guard let total else { return "\(done)" }
    return "\(done)".padded(to: "\(total)".count, .right) + "/\(total)"
  }

  private func bar(room: Int) -> String? {
    guard let total, total > 0, room >= 6 else { return nil }
    let cells = min(20, room - 3)
    let filled = min(cells, max(0, cells * done / total))
    let (full, empty, left, right) =
      style.usesUnicode ? ("█", "░", "▕", "▏") : ("#", ".", "[", "]")
    let cellsText = style(.success, String(repeating: full, count: filled))
    return left + cellsText + style(.dim, String(repeating: empty, count: cells - filled)) + right
  }

  private func rate(at now: Double) -> [String] {
    let elapsed = now - start
    guard items > 0, elapsed > 0 else { return [] }
    return ["\(Self.short(items / elapsed)) \(unit)/s"]
  }

  private func remaining(at now: Double) -> [String] {
    guard let total, done > 0, done < total else { return [] }
    return ["eta \(Self.duration((now - start) / Double(done) * Double(total - done)))"]
  }

  /// `0:12`, `12:05`, `1:02:05`; tenths below ten seconds would flicker, so whole seconds.
  static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e9 else { return "?" }
    let whole = Int(max(0, seconds).rounded())
    let rest = (whole % 60 < 10 ? "0" : "") + "\(whole % 60)"
    let minutes = whole / 60 % 60
    if whole < 3600 { return "\(minutes):\(rest)" }
    return "\(whole / 3600):\(minutes < 10 ? "0" : "")\(minutes):\(rest)"
  }

  /// Three digits at least where they matter: `0.52`, `9.8`, `412`, `12345`.
  static func short(_ value: Double) -> String {
    fixed(value, value >= 100 ? 0 : value >= 1 ? 1 : 2)
  }

  /// Seconds of the system's monotonic clock.
  public static func monotonicSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
