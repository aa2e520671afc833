import Autograd
import Tensor

private func squared(
  _ name: String, _ shape: [Int], _ note: String,
  _ body: @escaping @Sendable (Tape, Variable) throws -> Variable
) -> GradientCase {
  GradientCase(name, shape, note: note) { tape, x in
    let y = try body(tape, x)
    return try tape.mul(y, y)
  }
}

let indexingCases: [GradientCase] = rowCases + alongCases + orderCases

private let rowCases: [GradientCase] = [
  squared("gatherRows", [5, 3], "repeated") {
    try $0.gatherRows($1, Tensor([4, 0, 4, 2, 4, 1], shape: [2, 3]))
  },
  squared("gatherRows", [5, 3], "one") { try $0.gatherRows($1, Tensor([3], shape: [])) },
  squared("gatherRows", [4, 2, 3], "rank 3") { try $0.gatherRows($1, Tensor([1, 1])) },
  squared("gatherRows", [4], "vector") { try $0.gatherRows($1, Tensor([3, 0, 3])) },
  squared("index", [3, 5], "axis 1") { try $0.index($1, axis: 1, Tensor([4, 0, 0, -1])) },
  squared("index", [3, 5], "axis 0") { try $0.index($1, axis: 0, Tensor([2])) },
  squared("index", [2, 3, 2], "axis -2") { try $0.index($1, axis: -2, Tensor([2, 0, 2])) },
  squared("index", [2, 3], "mask") {
    try $0.index($1, mask: Tensor([true, false, true, true, false, false], shape: [2, 3]))
  },
  squared("index", [3, 4], "mask of rows") {
    try $0.index($1, mask: Tensor([true, false, true]))
  },
  squared("index", [4], "full mask") {
    try $0.index($1, mask: Tensor([true, true, true, true]))
  },
]

private let alongCases: [GradientCase] =
  [
    squared("takeAlong", [3, 4], "axis 1") {
      try $0.takeAlong($1, axis: 1, indices: Tensor([0, 0, 3, 1, 2, 2], shape: [3, 2]))
    },
    squared("takeAlong", [3, 4], "axis 0") {
      try $0.takeAlong($1, axis: 0, indices: Tensor([0, 2, 1, 2], shape: [1, 4]))
    },
    squared("takeAlong", [5], "axis -1") {
      try $0.takeAlong($1, axis: -1, indices: Tensor([4, 4, 0]))
    },
  ]
  + [
    ([3, 4], 1, [3, 2], [0, 0, 3, 1, 2, 2]), ([3, 4], 0, [2, 4], [0, 2, 1, 2, 0, 2, 2, 1]),
    ([5], -1, [3], [4, 4, 0]),
  ].map { shape, axis, source, indices in
    GradientCase(
      "scatterAdd", "\(shape) axis \(axis)",
      [Sample.signed(shape), Sample.signed(source, seed: 4)]
    ) { tape, x in
      let y = try tape.scatterAdd(
        x[0], axis: axis, indices: Tensor(indices, shape: source), x[1])
      return try tape.mul(y, y)
    }
  }

private let orderCases: [GradientCase] = [
  squared("topK", [3, 5], "2 of the last axis") { try $0.topK($1, 2).values },
  squared("topK", [4, 3], "1 of axis 0") { try $0.topK($1, 1, axis: 0).values },
  squared("topK", [6], "all") { try $0.topK($1, 6).values },
  squared("sort", [3, 5], "rising") { try $0.sort($1).values },
  squared("sort", [5, 3], "axis 0, falling") {
    try $0.sort($1, axis: 0, descending: true).values
  },
  squared("sort", [1], "one") { try $0.sort($1).values },
]
