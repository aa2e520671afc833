import Autograd
import Tensor

/// Pairs of shapes that broadcast in every way: equal, scalars, size 1 in either, missing axes.
let broadcastPairs: [([Int], [Int])] = [
  ([3, 5], [3, 5]), ([], []), ([4], []), ([], [4]), ([3, 1], [1, 5]), ([3, 5], [5]),
  ([5], [3, 5]), ([2, 3, 1], [3, 4]), ([1], [7]), ([2, 1, 3], [1, 1, 1]),
]

private typealias Binary = @Sendable (Tape, Variable, Variable) throws -> Variable

private func binary(
  _ name: String, _ first: ([Int], UInt64) -> Tensor, _ second: ([Int], UInt64) -> Tensor,
  _ body: @escaping Binary
) -> [GradientCase] {
  broadcastPairs.map { a, b in
    GradientCase(name, "\(a) \(b)", [first(a, 1), second(b, 5)]) { try body($0, $1[0], $1[1]) }
  }
}

/// Off the grid of `Sample.signed`, so that no pair of elements is equal.
private func shifted(_ shape: [Int], _ seed: UInt64) -> Tensor {
  let values = (try? Sample.signed(shape, seed: seed).doubles()) ?? []
  return Tensor(values.map { $0 + 0.0078125 }, shape: shape)
}

let arithmeticCases: [GradientCase] =
  binary("add", Sample.signed, Sample.signed) { try $0.add($1, $2) }
  + binary("sub", Sample.signed, Sample.signed) { try $0.sub($1, $2) }
  + binary("mul", Sample.signed, Sample.signed) { try $0.mul($1, $2) }
  + binary("div", Sample.signed, Sample.positive) { try $0.div($1, $2) }
  + binary("pow", Sample.positive, Sample.signed) { try $0.pow($1, $2) }
  + binary("maximum", Sample.signed, shifted) { try $0.maximum($1, $2) }
  + binary("minimum", Sample.signed, shifted) { try $0.minimum($1, $2) }
  + scalarCases + selectCases

private let scalarCases: [GradientCase] =
  [
    GradientCase("add", [2, 3], note: "number") { try $0.add($1, 1.5) },
    GradientCase("mul", [2, 3], note: "number") { try $0.mul($1, -2.5) },
    GradientCase("mul", [2, 3], note: "with itself") { try $0.mul($1, $1) },
    GradientCase("div", [2, 3], note: "by itself plus 9") { try $0.div($1, $0.add($1, 9)) },
  ]
  + [0, 1, 2, 3].map { p in
    GradientCase("pow", [3, 2], note: "number \(p)") { try $0.pow($1, p) }
  }
  + [-1, 0.5, -1.5, 2.5].map { p in
    GradientCase("pow", "number \(p)", [Sample.positive([5])]) { try $0.pow($1[0], p) }
  }

private let selectCases: [GradientCase] = [
  (
    [2, 3], [2, 3], Tensor([true, false, true, false, false, true], shape: [2, 3])
  ),
  ([3], [2, 3], Tensor([true, false, true, false, false, true], shape: [2, 3])),
  ([2, 1], [], Tensor([true, false, true, false, false, true], shape: [2, 3])),
  ([2, 3], [1, 3], Tensor([true, false], shape: [2, 1])),
].map { a, b, mask in
  GradientCase("select", "\(a) \(b)", [Sample.signed(a), Sample.signed(b, seed: 3)]) {
    try $0.select(mask, $1[0], $1[1])
  }
}
