import Autograd
import Tensor

let networkCases: [GradientCase] =
  softmaxCases + normCases + dropoutCases + attentionCases + rotaryCases

private let softmaxCases: [GradientCase] =
  [([5], -1), ([3, 4], -1), ([3, 4], 0), ([2, 3, 4], 1), ([3, 1], -1), ([1, 7], 1)].flatMap {
    shape, axis in
    [
      GradientCase("softmax", shape, note: "axis \(axis)") { try $0.softmax($1, axis: axis) },
      GradientCase("logSoftmax", shape, note: "axis \(axis)") { try $0.logSoftmax($1, axis: axis) },
    ]
  }

private let normCases: [GradientCase] = [[5], [1, 4], [3, 4], [2, 3, 7]].flatMap { shape in
  let width = shape[shape.count - 1]
  let x = Sample.signed(shape)
  let (weight, bias) = (Sample.positive([width]), Sample.signed([width], seed: 9))
  return [
    GradientCase("layerNorm", "\(shape)", [x, weight, bias]) {
      try $0.layerNorm($1[0], weight: $1[1], bias: $1[2], eps: 1e-5)
    },
    GradientCase("layerNorm", "\(shape) weight only", [x, weight]) {
      try $0.layerNorm($1[0], weight: $1[1], bias: nil, eps: 1e-3)
    },
    GradientCase("layerNorm", "\(shape) bare", [x]) {
      try $0.layerNorm($1[0], weight: nil, bias: nil, eps: 1e-2)
    },
    GradientCase("layerNorm", "\(shape) frozen parameters", [x]) {
      try $0.layerNorm($1[0], weight: Variable(weight), bias: Variable(bias))
    },
    GradientCase("layerNorm", "\(shape) frozen input", [weight, bias]) {
      try $0.layerNorm(Variable(x), weight: $1[0], bias: $1[1])
    },
    GradientCase("rmsNorm", "\(shape)", [x, weight]) {
      try $0.rmsNorm($1[0], weight: $1[1], eps: 1e-6)
    },
    GradientCase("rmsNorm", "\(shape) bare", [x]) {
      try $0.rmsNorm($1[0], weight: nil, eps: 1e-2)
    },
    GradientCase("rmsNorm", "\(shape) frozen input", [weight]) {
      try $0.rmsNorm(Variable(x), weight: $1[0])
    },
  ]
}

private let dropoutCases: [GradientCase] = [0, 0.25, 0.9].map { rate in
  GradientCase("dropout", [4, 5], note: "rate \(rate)") {
    try $0.dropout($1, rate: rate, random: Philox(seed: 7, stream: 3))
  }
}

private struct AttentionShape {
  var batch = 2
  var heads = 2
  var keyHeads = 2
  var queries = 3
  var keys = 3
  var width = 2

  var inputs: [Tensor] {
    [
      Sample.signed([batch, heads, queries, width]),
      Sample.signed([batch, keyHeads, keys, width], seed: 3),
      Sample.signed([batch, keyHeads, keys, width], seed: 5),
    ]
  }
}

private func attention(
  _ label: String, _ shape: AttentionShape = AttentionShape(), mask: Tensor? = nil,
  keyMask: Tensor? = nil, causal: Bool = false, scale: Double? = nil
) -> GradientCase {
  GradientCase("attention", label, shape.inputs) {
    try $0.attention(
      $1[0], $1[1], $1[2], mask: mask, keyMask: keyMask, causal: causal, scale: scale)
  }
}

private let attentionCases: [GradientCase] = [
  attention("plain"),
  attention("causal", causal: true),
  attention("scale", scale: 0.3),
  attention("one query", AttentionShape(queries: 1, keys: 5), causal: true),
  attention("more keys, causal", AttentionShape(batch: 1, queries: 2, keys: 5), causal: true),
  attention("one key", AttentionShape(keys: 1)),
  attention("grouped", AttentionShape(heads: 4, keyHeads: 2, queries: 2, keys: 3), causal: true),
  attention("one key head, odd width", AttentionShape(heads: 3, keyHeads: 1, width: 3)),
  attention(
    "key mask", keyMask: Tensor([true, true, false, true, false, true], shape: [2, 3])),
  attention(
    "key mask, causal", keyMask: Tensor([true, true, false, true, true, true], shape: [2, 3]),
    causal: true),
  attention(
    "mask of all", mask: Tensor((0..<9).map { $0 % 4 != 1 }, shape: [3, 3])),
  attention(
    "added mask",
    mask: Tensor((0..<18).map { Double($0 % 5) * 0.5 - 1 }, shape: [2, 1, 3, 3])),
  attention(
    "a row that sees nothing",
    mask: Tensor([true, true, false, false, false, false, true, true, true], shape: [3, 3])),
]

private let rotaryCases: [GradientCase] = [
  ([1, 2, 3, 4], 4), ([2, 1, 3, 6], 4), ([1, 1, 1, 2], 2),
]
.map { shape, turned in
  let half = turned / 2
  let angles = (0..<shape[2] * half).map { Double($0) * 0.7 - 1 }
  let cos = Tensor(angles.map { 1 - $0 * $0 / 4 }, shape: [shape[2], half])
  let sin = Tensor(angles, shape: [shape[2], half])
  return GradientCase("rotary", shape, note: "turned \(turned)") {
    try $0.rotary($1, cos: cos, sin: sin)
  }
}
