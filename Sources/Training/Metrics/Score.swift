/// A ratio that may have nothing to divide by. Then it is 0 and says so.
public struct Score: Sendable, Equatable {
  public let value: Double
  /// False for 0 / 0.
  public let isDefined: Bool

  public init(_ value: Double, isDefined: Bool = true) {
    self.value = value
    self.isDefined = isDefined
  }

  /// `numerator / denominator`; 0 and undefined when the denominator is 0.
  public static func ratio(_ numerator: Double, _ denominator: Double) -> Score {
    denominator == 0 ? Score(0, isDefined: false) : Score(numerator / denominator)
  }

  static func ratio(_ numerator: Int, _ denominator: Int) -> Score {
    ratio(Double(numerator), Double(denominator))
  }
}
