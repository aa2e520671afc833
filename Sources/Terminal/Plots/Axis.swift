import Glibc

/// A range of values with round marks on it.
struct Axis: Equatable {
  var lower: Double
  var upper: Double
  var ticks: [Double]
  var labels: [String]

  /// The axis for `values`; NaN and infinities are left out, a constant gets a range around it.
  ///
  /// - Parameters:
  ///   - count: about how many ticks.
  ///   - rounded: whether the ends move outward to ticks.
  init(_ values: some Sequence<Double>, count: Int, rounded: Bool) {
    var low = Double.infinity
    var high = -Double.infinity
    for value in values where value.isFinite {
      low = min(low, value)
      high = max(high, value)
    }
    if low > high { (low, high) = (0, 1) }
    if high - low <= 1e-12 * max(abs(low), abs(high)) {
      let margin = low == 0 ? 1 : abs(low) / 2
      (low, high) = (low - margin, high + margin)
    }
    // Spans beyond the largest double would be infinite: halve before subtracting.
    let step = Axis.roundStep((high / 2 - low / 2) / Double(max(1, count)) * 2)
    var first = (low / step).rounded(.down)
    var last = (high / step).rounded(.up)
    if !rounded {
      first = (low / step - 1e-9).rounded(.up)
      last = (high / step + 1e-9).rounded(.down)
    }
    ticks = first <= last ? (0...Int(last - first)).map { (first + Double($0)) * step } : []
    lower = rounded ? min(low, first * step) : low
    upper = rounded ? max(high, last * step) : high
    labels = Axis.labels(ticks, step: step)
  }

  /// Where `value` stands, 0 at the lower end and 1 at the upper.
  func fraction(_ value: Double) -> Double {
    (value / 2 - lower / 2) / (upper / 2 - lower / 2)
  }

  /// 1, 2 or 5 times a power of ten, whichever is nearest to `raw` in proportion.
  static func roundStep(_ raw: Double) -> Double {
    guard raw > 0, raw.isFinite else { return 1 }
    let exponent = log10(raw).rounded(.down)
    let power = pow(10, exponent)
    guard power > 0 else { return raw }
    let mantissa = raw / power
    // The limits are the geometric means of neighbours.
    let nice = mantissa < 2.0.squareRoot() ? 1.0 : mantissa < 10.0.squareRoot() ? 2
      : mantissa < 50.0.squareRoot() ? 5 : 10
    // A quotient, because negative powers of ten are not exact and their inverses are.
    return exponent < 0 && exponent > -300 ? nice / pow(10, -exponent) : nice * power
  }

  private static func labels(_ ticks: [Double], step: Double) -> [String] {
    let largest = ticks.map(abs).max() ?? 0
    let decimals = max(0, Int(-log10(step).rounded(.down)))
    if largest >= 1e6 || decimals > 5 {
      return ticks.map { scientific($0, step) }
    }
    return ticks.map { fixed($0, decimals) }
  }

  private static func scientific(_ tick: Double, _ step: Double) -> String {
    // Round-off around zero is far below the step.
    abs(tick) < step / 2 ? "0" : compact(tick, digits: 6)
  }
}
