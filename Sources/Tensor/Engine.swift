func stub() -> Tensor { Tensor.shapeOnly([]) }
let unfinished = TensorError("engine", "not written yet")

/// How floating-point work is done: `fast` uses the BLAS and may contract; `exact` gives the same bits on every machine and for
/// any number of threads.
public enum Math: String, Sendable { case fast, exact }

/// The raw operations. Each is out of place and allocates its result from the pool.
public struct Engine: Sendable {
  public let math: Math
  public init(math: Math = .fast) { self.math = math }
  /// Threads of the process's one pool, the caller's included.
  public static func setThreads(_ count: Int) {}
  public static var threads: Int { 1 }
}

public enum BinaryOp: Int32, Sendable, CaseIterable {
  case add, sub, mul, div, pow, maximum, minimum
  case floorDivide, remainder
}
public enum CompareOp: Int32, Sendable, CaseIterable {
  case equal, notEqual, less, lessEqual, greater, greaterEqual
}
public enum UnaryOp: Int32, Sendable, CaseIterable {
  case neg, exp, log, sqrt, rsqrt, abs, sign, square, reciprocal
  case tanh, sigmoid, relu, gelu, geluTanh, silu, sin, cos, erf
  case softplus, floor, ceil, round, expm1, log1p
}
public enum ReduceOp: Int32, Sendable, CaseIterable { case sum, mean, max, min, prod }

extension Engine {
  public func binary(_ op: BinaryOp, _ a: Tensor, _ b: Tensor) throws -> Tensor { throw unfinished }
  public func add(_ a: Tensor, _ b: Tensor) throws -> Tensor { try binary(.add, a, b) }
  public func sub(_ a: Tensor, _ b: Tensor) throws -> Tensor { try binary(.sub, a, b) }
  public func mul(_ a: Tensor, _ b: Tensor) throws -> Tensor { try binary(.mul, a, b) }
  public func div(_ a: Tensor, _ b: Tensor) throws -> Tensor { try binary(.div, a, b) }
  public func pow(_ a: Tensor, _ b: Tensor) throws -> Tensor { try binary(.pow, a, b) }
  public func maximum(_ a: Tensor, _ b: Tensor) throws -> Tensor { try binary(.maximum, a, b) }
  public func minimum(_ a: Tensor, _ b: Tensor) throws -> Tensor { try binary(.minimum, a, b) }
  /// Element by element, with broadcasting, to `bool`.
  public func compare(_ op: CompareOp, _ a: Tensor, _ b: Tensor) throws -> Tensor { throw unfinished }
  public func logicalAnd(_ a: Tensor, _ b: Tensor) throws -> Tensor { throw unfinished }
  public func logicalOr(_ a: Tensor, _ b: Tensor) throws -> Tensor { throw unfinished }
  public func logicalNot(_ a: Tensor) throws -> Tensor { throw unfinished }
  /// `scale * x + shift`, of x's type.
  public func affine(_ x: Tensor, scale: Double = 1, shift: Double = 0) throws -> Tensor { throw unfinished }

  public func unary(_ op: UnaryOp, _ x: Tensor) throws -> Tensor { throw unfinished }
  /// The gradient of `unary`: `gradient * f'(x)`. `saved` is the output for the ops of which `UnaryOp.savesOutput` is true,
  /// else the input.
  public func unaryBackward(_ op: UnaryOp, saved: Tensor, gradient: Tensor) throws -> Tensor { throw unfinished }
  public func neg(_ x: Tensor) throws -> Tensor { try unary(.neg, x) }
  public func exp(_ x: Tensor) throws -> Tensor { try unary(.exp, x) }
  public func log(_ x: Tensor) throws -> Tensor { try unary(.log, x) }
  public func sqrt(_ x: Tensor) throws -> Tensor { try unary(.sqrt, x) }
  public func rsqrt(_ x: Tensor) throws -> Tensor { try unary(.rsqrt, x) }
  public func abs(_ x: Tensor) throws -> Tensor { try unary(.abs, x) }
  public func sign(_ x: Tensor) throws -> Tensor { try unary(.sign, x) }
  public func tanh(_ x: Tensor) throws -> Tensor { try unary(.tanh, x) }
  public func sigmoid(_ x: Tensor) throws -> Tensor { try unary(.sigmoid, x) }
  public func relu(_ x: Tensor) throws -> Tensor { try unary(.relu, x) }
  public func gelu(_ x: Tensor, tanh: Bool = false) throws -> Tensor { try unary(tanh ? .geluTanh : .gelu, x) }
  public func silu(_ x: Tensor) throws -> Tensor { try unary(.silu, x) }
  public func sin(_ x: Tensor) throws -> Tensor { try unary(.sin, x) }
  public func cos(_ x: Tensor) throws -> Tensor { try unary(.cos, x) }
  public func erf(_ x: Tensor) throws -> Tensor { try unary(.erf, x) }
  /// `min(max(x, low), high)`; NaN stays NaN.
  public func clip(_ x: Tensor, low: Double?, high: Double?) throws -> Tensor { throw unfinished }
  /// `a` where the mask is true, else `b`; all three broadcast.
  public func select(_ mask: Tensor, _ a: Tensor, _ b: Tensor) throws -> Tensor { throw unfinished }
  public func cast(_ x: Tensor, to dtype: DType) throws -> Tensor { throw unfinished }
  /// The same elements, row-major without gaps; `x` itself if it is so already.
  public func contiguous(_ x: Tensor) throws -> Tensor { throw unfinished }
}

extension UnaryOp {
  /// True if `unaryBackward` wants the output of the forward operation, false if its input.
  public var savesOutput: Bool {
    switch self {
    case .exp, .sqrt, .rsqrt, .reciprocal, .tanh, .sigmoid, .relu, .expm1: return true
    default: return false
    }
  }
}

extension Engine {
  /// Over the given axes (nil: all). `keep` leaves them as size 1.
  public func reduce(_ op: ReduceOp, _ x: Tensor, axes: [Int]? = nil, keep: Bool = false) throws -> Tensor { throw unfinished }
  public func sum(_ x: Tensor, axes: [Int]? = nil, keep: Bool = false) throws -> Tensor { try reduce(.sum, x, axes: axes, keep: keep) }
  public func mean(_ x: Tensor, axes: [Int]? = nil, keep: Bool = false) throws -> Tensor { try reduce(.mean, x, axes: axes, keep: keep) }
  public func max(_ x: Tensor, axes: [Int]? = nil, keep: Bool = false) throws -> Tensor { try reduce(.max, x, axes: axes, keep: keep) }
  public func min(_ x: Tensor, axes: [Int]? = nil, keep: Bool = false) throws -> Tensor { try reduce(.min, x, axes: axes, keep: keep) }
  public func prod(_ x: Tensor, axes: [Int]? = nil, keep: Bool = false) throws -> Tensor { try reduce(.prod, x, axes: axes, keep: keep) }
  /// Sums a gradient over the axes along which a tensor of `shape` had been broadcast to it.
  public func sum(_ x: Tensor, to shape: [Int]) throws -> Tensor { throw unfinished }
  /// The place of the first largest element along an axis, `i64`.
  public func argmax(_ x: Tensor, axis: Int = -1, keep: Bool = false) throws -> Tensor { throw unfinished }
  public func argmin(_ x: Tensor, axis: Int = -1, keep: Bool = false) throws -> Tensor { throw unfinished }
  /// Running sums along an axis; `reverse` runs from the end (its own gradient).
  public func cumsum(_ x: Tensor, axis: Int, reverse: Bool = false) throws -> Tensor { throw unfinished }
  /// The sum of squares of all elements, accumulated in f64.
  public func sumOfSquares(_ x: Tensor) throws -> Double { throw unfinished }

  /// `op(a) @ op(b)`, batched over leading axes with broadcasting; a vector operand gains and loses an axis as in NumPy.
  /// `transposeA`/`transposeB` exchange the last two axes.
  public func matmul(_ a: Tensor, _ b: Tensor, transposeA: Bool = false, transposeB: Bool = false) throws -> Tensor { throw unfinished }

  public func softmax(_ x: Tensor, axis: Int = -1) throws -> Tensor { throw unfinished }
  /// From the output of `softmax`.
  public func softmaxBackward(output: Tensor, gradient: Tensor, axis: Int = -1) throws -> Tensor { throw unfinished }
  public func logSoftmax(_ x: Tensor, axis: Int = -1) throws -> Tensor { throw unfinished }
  /// From the output of `logSoftmax`.
  public func logSoftmaxBackward(output: Tensor, gradient: Tensor, axis: Int = -1) throws -> Tensor { throw unfinished }

  /// `(x - mean) * rstd * weight + bias` over the last axis; `mean`, `rstd` have x's shape without it.
  public func layerNorm(_ x: Tensor, weight: Tensor?, bias: Tensor?, eps: Double) throws -> (output: Tensor, mean: Tensor, rstd: Tensor) { throw unfinished }
  /// `parameters` false leaves out the gradients of weight and bias.
  public func layerNormBackward(_ x: Tensor, weight: Tensor?, mean: Tensor, rstd: Tensor, gradient: Tensor, input: Bool = true, parameters: Bool = true) throws -> (input: Tensor?, weight: Tensor?, bias: Tensor?) { throw unfinished }
  /// `x * rstd * weight`, `rstd = 1 / sqrt(mean(x²) + eps)` over the last axis.
  public func rmsNorm(_ x: Tensor, weight: Tensor?, eps: Double) throws -> (output: Tensor, rstd: Tensor) { throw unfinished }
  public func rmsNormBackward(_ x: Tensor, weight: Tensor?, rstd: Tensor, gradient: Tensor, input: Bool = true, parameters: Bool = true) throws -> (input: Tensor?, weight: Tensor?) { throw unfinished }

  /// Row losses `lse - logits[label]` (0 for ignored rows) and the rows' log-sum-exp. logits `[..., V]`, labels `[...]` integer.
  public func crossEntropy(_ logits: Tensor, labels: Tensor, ignore: Int = -100) throws -> (losses: Tensor, lse: Tensor, counted: Int) { throw unfinished }
  /// `(softmax - onehot) * gradient[row]`; `gradient` has the labels' shape.
  public func crossEntropyBackward(_ logits: Tensor, labels: Tensor, lse: Tensor, gradient: Tensor, ignore: Int = -100) throws -> Tensor { throw unfinished }

  /// Scaled dot-product attention. q `[B, H, Tq, D]`, k, v `[B, Hk, Tk, D]` (H a multiple of Hk), any strides with a last stride of 1.
  /// `mask` broadcasts to `[B, H, Tq, Tk]`, or has shape `[B, Tk]` (keys); bool (true: attend) or additive of q's type.
  /// `causal`: query i sees keys j ≤ i + Tk − Tq. `scale` nil: 1/√D. A row that may see nothing gives 0.
  /// Also returns the rows' log-sum-exp `[B, H, Tq]`.
  public func attention(_ q: Tensor, _ k: Tensor, _ v: Tensor, mask: Tensor? = nil, keyMask: Tensor? = nil, causal: Bool = false, scale: Double? = nil) throws -> (output: Tensor, lse: Tensor) { throw unfinished }
  public func attentionBackward(_ q: Tensor, _ k: Tensor, _ v: Tensor, output: Tensor, lse: Tensor, gradient: Tensor, mask: Tensor? = nil, keyMask: Tensor? = nil, causal: Bool = false, scale: Double? = nil) throws -> (q: Tensor, k: Tensor, v: Tensor) { throw unfinished }
  /// Rotary embedding, "rotate half": x `[B, H, T, D]`, cos and sin `[T, R/2]` or `[B, T, R/2]`; the first R ≤ D features turn.
  /// `inverse` turns back: the gradient.
  public func rotary(_ x: Tensor, cos: Tensor, sin: Tensor, inverse: Bool = false) throws -> Tensor { throw unfinished }
  /// cos and sin of `position * base^(-2i/dimension)`: two tensors of shape positions.shape + [dimension / 2].
  public func rotaryTables(positions: Tensor, dimension: Int, base: Double, dtype: DType = .f32) throws -> (cos: Tensor, sin: Tensor) { throw unfinished }

  /// Rows of a table `[V, ...]` by integer ids of any shape.
  public func gatherRows(_ table: Tensor, _ ids: Tensor) throws -> Tensor { throw unfinished }
  /// The gradient of `gatherRows`: a table of `rows` rows, each the sum of the gradient's rows with its id, in order.
  public func scatterAddRows(_ gradient: Tensor, ids: Tensor, rows: Int) throws -> Tensor { throw unfinished }
  public func concatenate(_ parts: [Tensor], axis: Int) throws -> Tensor { throw unfinished }
  public func stack(_ parts: [Tensor], axis: Int) throws -> Tensor { throw unfinished }
  /// Elements `indices` (a vector; negative counts from the end) along an axis.
  public func index(_ x: Tensor, axis: Int, _ indices: Tensor) throws -> Tensor { throw unfinished }
  /// The gradient of `index`: zeros of size `size` along the axis with the gradient's slices added in order.
  public func indexAdd(_ gradient: Tensor, axis: Int, _ indices: Tensor, size: Int) throws -> Tensor { throw unfinished }
  /// The places at which a mask is true, flattened row-major: an `i64` vector.
  public func nonzero(_ mask: Tensor) throws -> Tensor { throw unfinished }
  /// The elements (or, for a mask of lower rank, the sub-tensors) of x where the mask is true.
  public func index(_ x: Tensor, mask: Tensor) throws -> Tensor { throw unfinished }
  /// `result[.., i, ..] = x[.., indices[.., i, ..], ..]` along an axis; shapes equal but for that axis.
  public func takeAlong(_ x: Tensor, axis: Int, indices: Tensor) throws -> Tensor { throw unfinished }
  /// The gradient of `takeAlong`: zeros with size `size` along the axis, gradients added in order.
  public func scatterAddAlong(_ gradient: Tensor, axis: Int, indices: Tensor, size: Int) throws -> Tensor { throw unfinished }
  /// `value` around x: (before, after) for each axis.
  public func pad(_ x: Tensor, _ widths: [(before: Int, after: Int)], value: Double = 0) throws -> Tensor { throw unfinished }
  /// The gradient of a slice: zeros of `shape` with x at `range` (by `step`) of an axis.
  public func unslice(_ x: Tensor, shape: [Int], axis: Int, range: Range<Int>, step: Int = 1) throws -> Tensor { throw unfinished }
  /// Stable; NaN last. The places are `i64`.
  public func sort(_ x: Tensor, axis: Int = -1, descending: Bool = false) throws -> (values: Tensor, indices: Tensor) { throw unfinished }
  /// The k largest along an axis, largest first; of equals the first first.
  public func topK(_ x: Tensor, _ k: Int, axis: Int = -1) throws -> (values: Tensor, indices: Tensor) { throw unfinished }

  /// One AdamW step (decoupled weight decay) as PyTorch's, out of place. `step` counts from 1.
  public func adamw(_ parameter: Tensor, gradient: Tensor, first: Tensor, second: Tensor, rate: Double, beta1: Double, beta2: Double, eps: Double, decay: Double, step: Int) throws -> (parameter: Tensor, first: Tensor, second: Tensor) { throw unfinished }
  /// `x = u @ diag(s) @ vᵀ` with m × n, k = min(m, n): u `[m, k]`, s `[k]` falling, v `[n, k]`. One-sided Jacobi in f64.
  public func svd(_ x: Tensor) throws -> (u: Tensor, s: Tensor, v: Tensor) { throw unfinished }
  /// `x = q @ r`, q `[m, k]` with orthonormal columns, r `[k, n]` upper triangular with LAPACK's signs. Householder in f64.
  public func qr(_ x: Tensor) throws -> (q: Tensor, r: Tensor) { throw unfinished }
  /// IEEE half floats (raw bytes) as `f32`.
  public func decodeHalf(_ bytes: UnsafeRawBufferPointer, shape: [Int]) throws -> Tensor { throw unfinished }
  /// 0 with probability `rate`, else `1 / (1 - rate)`.
  public func dropoutMask(_ shape: [Int], rate: Double, random: Philox, dtype: DType = .f32) throws -> Tensor { throw unfinished }
}
