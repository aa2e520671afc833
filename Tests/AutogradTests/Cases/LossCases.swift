import Autograd
import Tensor

let lossCases: [GradientCase] = crossEntropyCases + productLossCases + otherLossCases

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

/// Cross-entropy of a product that is put off: rows in chunks of 16, some without a label.
private let productLossCases: [GradientCase] = [
  ("x, weight and bias", [35, 3], [5], true), ("without a bias", [7, 2], [4], true),
  ("a frozen weight", [20, 3], [6], false),
].map { label, rows, classes, trains in
  let weight = Sample.signed(classes + [rows[1]], seed: 3)
  let bias = Sample.signed(classes, seed: 5)
  let labels = (0..<rows[0]).map { $0 % 4 == 2 ? -100 : ($0 * 3) % classes[0] }
  let inputs = [Sample.signed(rows)] + (trains ? [weight] : []) + (rows[0] == 35 ? [bias] : [])
  return GradientCase("crossEntropy", "of a product, \(label)", inputs) { tape, v in
    tape.inStep = true
    tape.largeResultBytes = 0
    let w = trains ? v[1] : Variable(try tape.engine.cast(weight, to: v[0].dtype))
    let logits = try tape.linear(v[0], w, v.count > 2 ? v[2] : nil)
    return try tape.crossEntropy(logits, labels: Tensor(labels))
  }
} + [
  GradientCase(
    "crossEntropy", "of a product's slice",
    [Sample.signed([2, 6, 3]), Sample.signed([4, 3], seed: 3)]
  ) { tape, v in
    tape.inStep = true
    tape.largeResultBytes = 0
    let logits = try tape.slice(tape.linear(v[0], v[1]), axis: 1, range: 0..<5)
    let labels = Tensor([0, 3, -100, 2, 1, 3, 0, 0, -100, 2])
    let loss = try tape.crossEntropy(tape.reshape(logits, [-1, 4]), labels: labels)
    return try tape.mul(loss, 3)
  }
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
