import Foundation
import Tensor

/// Whether printed lines are the expected ones.
///
/// Text and whole numbers must be the same. Times (`31 ms`, `3 min 20 s`), rates (`8,000 tokens/s`) and amounts of memory
/// (`12 MB`) are masked on both sides. With exact kernels, floats must be the same text; with fast ones they may differ by
/// one part in 10⁴ or, where enough digits are printed for rounding to explain it, by one unit in the last place.
struct GoldenComparison {
  let math: Math

  /// The relative difference that fast kernels may make.
  static let relativeTolerance = 1e-4

  /// `expected` may hold lines `…`, each of which stands for any lines.
  func matches(_ expected: [String], _ actual: [String]) -> Bool {
    var (place, next) = (0, 0)
    // Where the latest `…` stands, and the first line that it does not cover. Going back to the
    // latest alone is enough: an earlier one could only cover what this one can.
    var latest: (place: Int, next: Int)?
    while next < actual.count {
      if place < expected.count, expected[place] == GoldenLines.ellipsis {
        latest = (place, next)
        place += 1
      } else if place < expected.count, matches(line: expected[place], actual[next]) {
        place += 1
        next += 1
      } else if let covering = latest {
        latest = (covering.place, covering.next + 1)
        (place, next) = (covering.place + 1, covering.next + 1)
      } else {
        return false
      }
    }
    return expected[place...].allSatisfy { $0 == GoldenLines.ellipsis }
  }

  func matches(line expected: String, _ actual: String) -> Bool {
    if expected == actual { return true }
    let (a, b) = (Masking.masked(expected), Masking.masked(actual))
    if a == b { return true }
    guard math == .fast else { return false }
    let (left, right) = (GoldenPiece.pieces(of: a), GoldenPiece.pieces(of: b))
    return left.count == right.count && zip(left, right).allSatisfy(areClose)
  }

  private func areClose(_ a: GoldenPiece, _ b: GoldenPiece) -> Bool {
    guard case .float(let first) = a, case .float(let second) = b else { return a == b }
    if first.value == second.value { return true }
    let difference = abs(first.value - second.value)
    let size = max(abs(first.value), abs(second.value))
    guard difference.isFinite else { return false }
    return difference <= Self.relativeTolerance * size
      || difference <= 1.000001 * min(first.unit, second.unit)
  }
}

/// A stretch of a line: a float, or text that must be the same.
enum GoldenPiece: Equatable {
  struct Float: Equatable {
    let value: Double
    /// One in the last printed place; 0 where too few digits are printed for rounding to reach it.
    let unit: Double
  }

  case text(String)
  case float(Float)

  /// Cuts a line at its floats: digits with a point or an exponent. Runs of blanks count as one, since columns move.
  static func pieces(of line: String) -> [GoldenPiece] {
    var pieces: [GoldenPiece] = []
    var scan = NumberScan(line)
    var textStart = 0
    while let number = scan.next() {
      guard number.isFloat else { continue }
      pieces.append(.text(Masking.blanksJoined(scan.text(textStart..<number.start))))
      pieces.append(float(scan.text(number.start..<number.end)))
      textStart = number.end
    }
    pieces.append(.text(Masking.blanksJoined(scan.text(textStart..<scan.bytes.count))))
    return pieces
  }

  private static func float(_ text: String) -> GoldenPiece {
    guard let value = Double(text) else { return .text(text) }
    let parts = text.split(separator: "e", maxSplits: 1)
    let digits = parts[0].drop { $0 == "-" }
    let decimals = digits.split(separator: ".").dropFirst().first?.count ?? 0
    let exponent = parts.count > 1 ? Double(parts[1]) ?? 0 : 0
    let significant = digits.filter(\.isNumber).drop { $0 == "0" }.count
    let isFine = decimals >= 3 || significant >= 4
    return .float(Float(value: value, unit: isFine ? pow(10, exponent - Double(decimals)) : 0))
  }
}

