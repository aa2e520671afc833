import Autograd
import Tensor

private typealias Unary = @Sendable (Tape, Variable) throws -> Variable

private let shapes: [[Int]] = [[], [1], [7], [3, 5], [2, 1, 3]]

private func unary(_ name: String, note: String = "", _ body: @escaping Unary) -> [GradientCase] {
  shapes.map { GradientCase(name, $0, note: note, body) }
}

private func positive(_ name: String, _ body: @escaping Unary) -> [GradientCase] {
  shapes.map { shape in
    GradientCase(name, "\(shape)", [Sample.positive(shape)]) { try body($0, $1[0]) }
  }
}

/// Operands far out, where a careless formula overflows or cancels.
private func far(_ name: String, _ values: [Double], _ body: @escaping Unary) -> GradientCase {
  GradientCase(name, "far \(values)", [Tensor(values)]) { try body($0, $1[0]) }
}

let elementwiseCases: [GradientCase] =
  unary("neg") { try $0.neg($1) }
  + unary("exp") { try $0.exp($1) }
  + positive("log") { try $0.log($1) }
  + positive("sqrt") { try $0.sqrt($1) }
  + positive("rsqrt") { try $0.rsqrt($1) }
  + unary("square") { try $0.square($1) }
  + positive("reciprocal") { try $0.reciprocal($1) }
  + unary("abs") { try $0.abs($1) }
  + unary("sin") { try $0.sin($1) }
  + unary("cos") { try $0.cos($1) }
  + unary("erf") { try $0.erf($1) }
  + unary("expm1") { try $0.expm1($1) }
  + positive("log1p") { try $0.log1p($1) }
  + activationCases + limitCases

private let activationCases: [GradientCase] =
  unary("tanh") { try $0.tanh($1) }
  + unary("sigmoid") { try $0.sigmoid($1) }
  + unary("relu") { try $0.relu($1) }
  + unary("gelu", note: "exact") { try $0.gelu($1) }
  + unary("gelu", note: "tanh") { try $0.gelu($1, tanh: true) }
  + unary("silu") { try $0.silu($1) }
  + unary("softplus") { try $0.softplus($1) }
  + unary("logSigmoid") { try $0.logSigmoid($1) }
  + [
    far("tanh", [-3, 3, 5.5]) { try $0.tanh($1) },
    far("sigmoid", [-30, 12, 4]) { try $0.sigmoid($1) },
    far("gelu", [-6, 5, 9]) { try $0.gelu($1) },
    far("gelu", [-4, 5, 9]) { try $0.gelu($1, tanh: true) },
    far("silu", [-40, 30, 300]) { try $0.silu($1) },
    far("softplus", [-40, 30, 300]) { try $0.softplus($1) },
    far("logSigmoid", [-300, 30, 40]) { try $0.logSigmoid($1) },
  ]

private let limitCases: [GradientCase] =
  unary("clip", note: "both") { try $0.clip($1, min: -0.3, max: 0.4) }
  + unary("clip", note: "below") { try $0.clip($1, min: -0.3, max: nil) }
  + unary("clip", note: "above") { try $0.clip($1, min: nil, max: 0.4) }
  + unary("cast", note: "f64 to f32 and back") { try $0.cast($0.cast($1, to: .f32), to: .f64) }
