import Autograd
import Tensor

private typealias Reduction = @Sendable (Tape, Variable, [Int]?, Bool) throws -> Variable

private func reduction(
  _ name: String, positive: Bool = false, _ body: @escaping Reduction
) -> [GradientCase] {
  let places: [([Int], [Int]?)] = [
    ([3, 5], nil), ([3, 5], [0]), ([3, 5], [1]), ([3, 5], [-1]), ([2, 3, 4], [0, 2]),
    ([2, 3, 4], [1]), ([7], nil), ([1, 5], [1]), ([2, 1, 3], [0, 1, 2]),
  ]
  return places.flatMap { shape, axes in
    [false, true].map { keep in
      let input = positive ? Sample.positive(shape) : Sample.signed(shape)
      let label = "\(shape) axes \(axes.map { "\($0)" } ?? "all")\(keep ? " keep" : "")"
      return GradientCase(name, label, [input]) { try body($0, $1[0], axes, keep) }
    }
  }
}

let reductionCases: [GradientCase] =
  reduction("sum") { try $0.sum($1, axes: $2, keep: $3) }
  + reduction("mean") { try $0.mean($1, axes: $2, keep: $3) }
  + reduction("max") { try $0.max($1, axes: $2, keep: $3) }
  + reduction("min") { try $0.min($1, axes: $2, keep: $3) }
  + reduction("prod") { try $0.prod($1, axes: $2, keep: $3) }
  + reduction("variance") { try $0.variance($1, axes: $2, keep: $3) }
  + reduction("variance") { try $0.variance($1, axes: $2, keep: $3, correction: 0) }
  + reduction("standardDeviation") { try $0.standardDeviation($1, axes: $2, keep: $3) }
  + reduction("standardDeviation") {
    try $0.standardDeviation($1, axes: $2, keep: $3, correction: 0)
  }
  + reduction("logSumExp") { try $0.logSumExp($1, axes: $2, keep: $3) }
  + reduction("norm") { try $0.norm($1, axes: $2, keep: $3) }
  + otherCases

private let otherCases: [GradientCase] =
  [([5], 0), ([3, 4], 0), ([3, 4], 1), ([2, 3, 2], -2), ([1, 3], 0)].map { shape, axis in
    GradientCase("cumsum", shape, note: "axis \(axis)") { try $0.cumsum($1, axis: axis) }
  } + [
    GradientCase("sum", [], note: "scalar") { try $0.sum($1) },
    GradientCase("max", [], note: "scalar") { try $0.max($1) },
    GradientCase("logSumExp", "large", [Tensor([900.0, 901, 899.5])]) { try $0.logSumExp($1[0]) },
    GradientCase("prod", "a zero", [Tensor([2.0, 0, -3, 1.5, 4, 0.5], shape: [2, 3])]) {
      try $0.prod($1[0], axes: [1])
    },
    GradientCase("prod", "two zeros", [Tensor([2.0, 0, 0, 1.5, 4, 0], shape: [2, 3])]) {
      try $0.prod($1[0], axes: [1])
    },
  ]
