import Autograd
import Tensor

/// Views are squared afterwards, so that a permuted gradient meets a permuted operand.
private func view(
  _ name: String, _ shape: [Int], _ note: String = "",
  _ body: @escaping @Sendable (Tape, Variable) throws -> Variable
) -> GradientCase {
  GradientCase(name, shape, note: note) { tape, x in
    let y = try body(tape, x)
    return try tape.mul(y, y)
  }
}

private let patterns: [(String, [Int], [String: Int])] = [
  ("a b -> b a", [3, 4], [:]), ("b t (h d) -> b h t d", [2, 3, 4], ["h": 2]),
  ("b h t d -> b t (h d)", [2, 2, 3, 2], [:]), ("(a b) c -> a (b c)", [6, 2], ["b": 3]),
  ("a b -> a 1 b", [3, 4], [:]), ("a 1 b -> (a b)", [3, 1, 2], [:]),
  ("a b -> a b n", [2, 3], ["n": 3]), ("a b -> (a n) b", [2, 3], ["n": 2]),
  ("... a -> a ...", [2, 3, 4], [:]), ("... (h d) -> ... h d", [2, 3, 4], ["d": 2]),
  ("a -> n a", [3], ["n": 1]),
]

let shapeCases: [GradientCase] =
  patterns.map { pattern, shape, sizes in
    view("rearrange", shape, pattern) { try $0.rearrange($1, pattern, sizes) }
  } + viewCases + cuttingCases + joiningCases + triangleCases

private let viewCases: [GradientCase] = [
  view("reshape", [3, 4], "[2, 6]") { try $0.reshape($1, [2, 6]) },
  view("reshape", [3, 4], "[-1]") { try $0.reshape($1, [-1]) },
  view("reshape", [1], "[]") { try $0.reshape($1, []) },
  view("reshape", [3, 4], "after transpose") { try $0.reshape($0.transpose($1), [6, 2]) },
  view("permute", [2, 3, 4], "2 0 1") { try $0.permute($1, [2, 0, 1]) },
  view("permute", [2, 3, 4], "-1 1 0") { try $0.permute($1, [-1, 1, 0]) },
  view("permute", [1, 3], "1 0") { try $0.permute($1, [1, 0]) },
  view("transpose", [3, 4]) { try $0.transpose($1) },
  view("transpose", [2, 3, 4], "0 2") { try $0.transpose($1, 0, 2) },
  view("transpose", [2, 3, 4], "1 1") { try $0.transpose($1, 1, 1) },
  view("expand", [3, 1], "[2, 3, 4]") { try $0.expand($1, to: [2, 3, 4]) },
  view("expand", [], "[2, 3]") { try $0.expand($1, to: [2, 3]) },
  view("expand", [2, 3], "same") { try $0.expand($1, to: [2, 3]) },
  view("squeeze", [1, 3, 1], "all") { try $0.squeeze($1) },
  view("squeeze", [1, 3, 1], "axis -1") { try $0.squeeze($1, axis: -1) },
  view("unsqueeze", [3, 2], "axis 1") { try $0.unsqueeze($1, axis: 1) },
  view("unsqueeze", [3, 2], "axis -1") { try $0.unsqueeze($1, axis: -1) },
  view("unsqueeze", [], "axis 0") { try $0.unsqueeze($1, axis: 0) },
  view("flip", [3, 4], "axis 0") { try $0.flip($1, axes: [0]) },
  view("flip", [3, 4], "both") { try $0.flip($1, axes: [0, -1]) },
  view("flip", [1, 5], "axis 0") { try $0.flip($1, axes: [0]) },
  view("tile", [2, 3], "2 2") { try $0.tile($1, [2, 2]) },
  view("tile", [3], "2 1 3") { try $0.tile($1, [2, 1, 3]) },
  view("tile", [], "4") { try $0.tile($1, [4]) },
]

/// Slices of one value whose gradients come together: parts that make the whole, in any order, that
/// overlap, that leave a gap, and that meet a use of the whole.
private let piecesCases: [GradientCase] = [
  ("the whole", [0..<2, 2..<5, 5..<6], false), ("out of order", [4..<6, 0..<1, 1..<4], false),
  ("overlapping", [0..<4, 2..<6], false), ("with a gap", [0..<2, 3..<6], false),
  ("twice", [0..<6, 0..<3, 3..<6], false), ("beside a use of the whole", [0..<3, 3..<6], true),
].map { label, ranges, usesWhole in
  GradientCase("slice", [3, 6], note: label) { tape, x in
    let y = try tape.mul(x, 2)
    var total = usesWhole ? try tape.sum(tape.mul(y, y)) : try tape.sum(tape.mul(x, x))
    for (place, range) in ranges.enumerated() {
      let part = try tape.slice(y, axis: 1, range: range)
      let power = try tape.pow(part, Double(place + 2))
      total = try tape.add(total, tape.sum(power))
    }
    return total
  }
}

private let cuttingCases: [GradientCase] = piecesCases + [
  view("slice", [5, 3], "1..<4") { try $0.slice($1, axis: 0, range: 1..<4) },
  view("slice", [5, 3], "by 2") { try $0.slice($1, axis: 0, range: 0..<5, step: 2) },
  view("slice", [3, 5], "by -2") { try $0.slice($1, axis: -1, range: 0..<5, step: -2) },
  view("slice", [3, 6], "1..<6 by -2") { try $0.slice($1, axis: 1, range: 1..<6, step: -2) },
  view("slice", [2, 3, 2], "middle") { try $0.slice($1, axis: 1, range: 1..<2) },
  view("selecting", [3, 4], "axis 0") { try $0.selecting($1, axis: 0, index: 1) },
  view("selecting", [3, 4], "axis -1") { try $0.selecting($1, axis: -1, index: -1) },
  view("selecting", [3], "a vector") { try $0.selecting($1, axis: 0, index: 2) },
  view("pad", [2, 3], "1 2, 0 1") { try $0.pad($1, [(1, 2), (0, 1)], value: 0.5) },
  view("pad", [3], "2 0") { try $0.pad($1, [(2, 0)]) },
  view("pad", [2, 1, 2], "none") { try $0.pad($1, [(0, 0), (1, 1), (0, 0)]) },
]

private func joined(
  _ name: String, _ shapes: [[Int]], _ axis: Int,
  _ body: @escaping @Sendable (Tape, [Variable]) throws -> Variable
) -> GradientCase {
  let inputs = shapes.enumerated().map { Sample.signed($1, seed: UInt64($0 + 1)) }
  return GradientCase(name, "\(shapes) axis \(axis)", inputs) { tape, x in
    let y = try body(tape, x)
    return try tape.mul(y, y)
  }
}

private let joiningCases: [GradientCase] =
  [
    ([[2, 3], [4, 3]], 0), ([[2, 3], [2, 1], [2, 2]], 1), ([[2, 3], [2, 3]], -1), ([[3]], 0),
    ([[2, 1, 2], [2, 3, 2]], -2),
  ].map { shapes, axis in joined("concatenate", shapes, axis) { try $0.concatenate($1, axis: axis) }
  }
  + [
    ([[2, 3], [2, 3]], 0), ([[2, 3], [2, 3], [2, 3]], 1), ([[2], [2]], -1), ([[], []], 0),
  ].map {
    shapes, axis in joined("stack", shapes, axis) { try $0.stack($1, axis: axis) }
  }
  + [
    GradientCase("concatenate", [2, 3], note: "with itself") {
      try $0.mul($0.concatenate([$1, $1], axis: 1), $0.concatenate([$1, $1], axis: 1))
    }
  ]

private let triangleCases: [GradientCase] =
  [[4], [1], [3, 3], [3, 5], [5, 3], [2, 3, 3], [2, 2, 3]].map { shape in
    view("diag", shape) { try $0.diag($1) }
  }
  + [([3, 3], 0), ([3, 5], 1), ([5, 3], -1), ([2, 3, 3], 0), ([1, 4], 2)].flatMap { shape, k in
    [
      view("tril", shape, "\(k)") { try $0.tril($1, diagonal: k) },
      view("triu", shape, "\(k)") { try $0.triu($1, diagonal: k) },
    ]
  }
