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
    var first = (low / step.value - (rounded ? 0 : 1e-9)).rounded(rounded ? .down : .up)
    var last = (high / step.value + (rounded ? 0 : 1e-9)).rounded(rounded ? .up : .down)
    // Rounding outward must not leave the range of doubles.
    if !step.multiple(first).isFinite { first += 1 }
    if !step.multiple(last).isFinite { last -= 1 }
    ticks = first <= last ? (0...Int(last - first)).map { step.multiple(first + Double($0)) } : []
    lower = rounded ? min(low, step.multiple(first)) : low
    upper = rounded ? max(high, step.multiple(last)) : high
    labels = Axis.labels(ticks, step: step.value)
  }

  /// Where `value` stands, 0 at the lower end and 1 at the upper.
  func fraction(_ value: Double) -> Double {
    (value / 2 - lower / 2) / (upper / 2 - lower / 2)
  }

  /// A round number as a quotient: multiples of 0.1 are exact only as tenths.
  struct Step: Equatable {
    var numerator: Double
    var denominator = 1.0

    var value: Double { numerator / denominator }
    func multiple(_ count: Double) -> Double { count * numerator / denominator }
  }

  /// 1, 2 or 5 times a power of ten, whichever is nearest to `raw` in proportion.
  static func roundStep(_ raw: Double) -> Step {
    guard raw > 0, raw.isFinite else { return Step(numerator: 1) }
    let exponent = log10(raw).rounded(.down)
    // Denormal spans have no exact inverse power; their ticks need not be round.
    guard exponent > -300 else { return Step(numerator: raw) }
    let mantissa = exponent < 0 ? raw * pow(10, -exponent) : raw / pow(10, exponent)
    // The limits are the geometric means of neighbours.
    let limits = [(2.0, 1.0), (10, 2), (50, 5)]
    let nice = limits.first { mantissa < $0.0.squareRoot() }?.1 ?? 10
    return exponent < 0
      ? Step(numerator: nice, denominator: pow(10, -exponent))
      : Step(numerator: nice * pow(10, exponent))
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
