import Tensor

/// Figures of predicted numbers against given ones. Keeps all pairs, since ranks need them.
public struct RegressionMetrics: Sendable, Equatable {
  public private(set) var predictions: [Double] = []
  public private(set) var targets: [Double] = []

  public init() {}

  /// Adds a batch; both of one shape, or differing in axes of size 1 only.
  public mutating func add(predictions: Tensor, targets: Tensor) throws {
    guard predictions.count == targets.count else {
      throw TensorError(
        "regression metrics",
        "predictions of shape \(describe(predictions.shape)) cannot be compared with targets of "
          + "shape \(describe(targets.shape))")
    }
    self.predictions += try predictions.doubles()
    self.targets += try targets.doubles()
  }

  public var count: Int { targets.count }

  public var meanSquaredError: Score { mean { ($0 - $1) * ($0 - $1) } }
  public var meanAbsoluteError: Score { mean { abs($0 - $1) } }

  /// `cov(p, t) / (σ(p) σ(t))`; undefined when either side does not vary.
  public var pearson: Score { RegressionMetrics.correlation(predictions, targets) }

  /// Pearson's correlation of the ranks, equal values sharing their mean rank.
  public var spearman: Score {
    RegressionMetrics.correlation(
      RegressionMetrics.ranks(predictions), RegressionMetrics.ranks(targets))
  }

  private func mean(_ term: (Double, Double) -> Double) -> Score {
    .ratio(zip(predictions, targets).reduce(0) { $0 + term($1.0, $1.1) }, Double(count))
  }

  static func correlation(_ a: [Double], _ b: [Double]) -> Score {
    let meanA = a.reduce(0, +) / Double(max(1, a.count))
    let meanB = b.reduce(0, +) / Double(max(1, b.count))
    var together = 0.0
    var squaresA = 0.0
    var squaresB = 0.0
    for (x, y) in zip(a, b) {
      together += (x - meanA) * (y - meanB)
      squaresA += (x - meanA) * (x - meanA)
      squaresB += (y - meanB) * (y - meanB)
    }
    return .ratio(together, squaresA.squareRoot() * squaresB.squareRoot())
  }

  /// Ranks from 1; equal values share the mean of their places.
  static func ranks(_ values: [Double]) -> [Double] {
    let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
    var ranks = Array(repeating: 0.0, count: values.count)
    var first = 0
    while first < order.count {
      var last = first
      while last + 1 < order.count, values[order[last + 1]] == values[order[first]] { last += 1 }
      for place in first...last { ranks[order[place]] = Double(first + last) / 2 + 1 }
      first = last + 1
    }
    return ranks
  }
}
