import CKernels
import CKernelsExact

extension Engine {
  /// One AdamW step (Loshchilov and Hutter 2019) in PyTorch's order, out of place. `step` counts
  /// from 1.
  ///
  ///     p ← p (1 − rate · decay);  m ← m + (g − m)(1 − β₁);  v ← β₂ v + (1 − β₂) g²
  ///     p ← p − rate / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + eps)
  public func adamw(
    _ parameter: Tensor, gradient: Tensor, first: Tensor, second: Tensor, rate: Double,
    beta1: Double, beta2: Double, eps: Double, decay: Double, step: Int
  ) throws -> (parameter: Tensor, first: Tensor, second: Tensor) {
    let name = "adamw"
    for (label, tensor) in [("gradient", gradient), ("first", first), ("second", second)] {
      try require(name, label, tensor, parameter.shape)
    }
    guard step >= 1 else { throw TensorError(name, "step counts from 1, not \(step)") }
    let p = try ready(parameter)
    let (g, m, v) = (
      try ready(cast(gradient, to: p.dtype)), try ready(cast(first, to: p.dtype)),
      try ready(cast(second, to: p.dtype))
    )
    let results = (0..<3).map { _ in Tensor(uninitialized: p.shape, dtype: p.dtype) }
    var call = ck_adamw()
    call.parameter = UnsafeRawPointer(try p.address(name))
    call.gradient = UnsafeRawPointer(try g.address(name))
    call.first = UnsafeRawPointer(try m.address(name))
    call.second = UnsafeRawPointer(try v.address(name))
    call.new_parameter = try results[0].address(name)
    call.new_first = try results[1].address(name)
    call.new_second = try results[2].address(name)
    (call.count, call.rate, call.beta1, call.beta2) = (p.count, rate, beta1, beta2)
    (call.eps, call.decay) = (eps, decay)
    call.correction1 = 1 - Engine.power(beta1, step)
    call.correction2 = 1 - Engine.power(beta2, step)
    try kernels(p.dtype, name).adamw(&call)
    return (
      try cast(results[0], to: parameter.dtype), try cast(results[1], to: first.dtype),
      try cast(results[2], to: second.dtype)
    )
  }

  /// By repeated squaring: the same bits everywhere, unlike libm's `pow`.
  private static func power(_ base: Double, _ exponent: Int) -> Double {
    var (result, factor, rest) = (1.0, base, exponent)
    while rest > 0 {
      if rest & 1 == 1 { result *= factor }
      factor *= factor
      rest >>= 1
    }
    return result
  }

  /// 0 with probability `rate`, else `1 / (1 − rate)`: multiplied with an activation, dropout.
  public func dropoutMask(_ shape: [Int], rate: Double, random: Philox, dtype: DType = .f32) throws
    -> Tensor
  {
    guard rate >= 0 && rate < 1 else {
      throw TensorError("dropout", "the rate must lie in 0..<1, not \(rate)")
    }
    let result = Tensor(uninitialized: shape, dtype: dtype.compute)
    guard dtype.isFloat else {
      throw TensorError("dropout", "needs a floating type, not \(dtype.name)")
    }
    cke_dropout(
      random.seed, random.stream, rate, dtype == .f64 ? 1 : 0, try result.address("dropout"),
      result.count)
    return try cast(result, to: dtype)
  }
}
