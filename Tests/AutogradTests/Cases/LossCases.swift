import Autograd
import Tensor

let lossCases: [GradientCase] = crossEntropyCases + otherLossCases

private func crossEntropy(
  _ label: String, _ shape: [Int], _ labels: [Int], ignore: Int = -100, weights: Tensor? = nil
) -> GradientCase {
  GradientCase("crossEntropy", label, [Sample.signed(shape)]) {
    try $0.crossEntropy(
      $1[0], labels: Tensor(labels, shape: shape.dropLast()), ignoreIndex: ignore,
      classWeights: weights)
  }
}

private let crossEntropyCases: [GradientCase] = [
  crossEntropy("rows", [4, 5], [0, 3, 4, 3]),
  crossEntropy("one row", [1, 3], [2]),
  crossEntropy("one class", [3, 1], [0, 0, 0]),
  crossEntropy("a scalar label", [6], [4]),
  crossEntropy("rank 3, ignored", [2, 3, 4], [0, -100, 3, 2, -100, 1]),
  crossEntropy("ignore 0", [3, 4], [0, 2, 3], ignore: 0),
  crossEntropy("all ignored", [2, 3], [-100, -100]),
  crossEntropy("weights", [4, 3], [0, 1, 2, 1], weights: Tensor([0.5, 2, 1.25])),
  crossEntropy(
    "weights, ignored", [4, 3], [0, -100, 2, 1], weights: Tensor([0.5, 2, 1.25])),
]

private let otherLossCases: [GradientCase] =
  [([4], [4]), ([3, 2], [3, 2]), ([3, 2], [2]), ([], []), ([3, 1], [1, 4])].map { a, b in
    GradientCase(
      "meanSquaredError", "\(a) \(b)", [Sample.signed(a), Sample.signed(b, seed: 2)]
    ) { try $0.meanSquaredError($1[0], $1[1]) }
  }
  + [[5], [3, 4], [2, 3, 2], [4, 1]].flatMap { shape in
    [
      GradientCase(
        "klDivergence", "\(shape) raw", [Sample.signed(shape), Sample.signed(shape, seed: 2)]
      ) { try $0.klDivergence(logP: $1[0], logQ: $1[1]) },
      GradientCase(
        "klDivergence", "\(shape) of softmax",
        [Sample.signed(shape), Sample.signed(shape, seed: 2)]
      ) { try $0.klDivergence(logP: $0.logSoftmax($1[0]), logQ: $0.logSoftmax($1[1])) },
    ]
  }
  + [[5], [3, 4], []].map { shape in
    GradientCase(
      "binaryCrossEntropy", "\(shape)", [Sample.signed(shape), Sample.positive(shape)]
    ) { try $0.binaryCrossEntropy(logits: $1[0], targets: $1[1]) }
  }
  + [
    GradientCase("binaryCrossEntropy", "far", [Tensor([-60.0, 45, 3]), Tensor([0.25, 1, 0])]) {
      try $0.binaryCrossEntropy(logits: $1[0], targets: $1[1])
    }
  ]
