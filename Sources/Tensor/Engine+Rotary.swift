import CKernels
import CKernelsExact

extension Engine {
  /// Rotary embedding, "rotate half": x `[B, H, T, D]`, cos and sin `[T, R/2]` or `[B, T, R/2]`.
  /// With the first R ≤ D features in halves (x₁, x₂): `(x₁ cos − x₂ sin, x₂ cos + x₁ sin)`.
  /// `inverse` turns back, which is the gradient.
  public func rotary(_ x: Tensor, cos: Tensor, sin: Tensor, inverse: Bool = false) throws -> Tensor
  {
    let name = "rotary"
    if x.dtype == .bf16 {
      return try cast(
        rotary(
          cast(x, to: .f32), cos: cast(cos, to: .f32), sin: cast(sin, to: .f32), inverse: inverse),
        to: .bf16)
    }
    try match(name, x, cos)
    try match(name, x, sin)
    try require(name, "sin", sin, cos.shape)
    guard x.rank == 4, let half = cos.shape.last, 2 * half <= x.shape[3],
      cos.shape == [x.shape[2], half] || cos.shape == [x.shape[0], x.shape[2], half]
    else {
      throw TensorError(
        name,
        "x \(describe(x.shape)) must be [B, H, T, D] and the tables \(describe(cos.shape)) [T, R/2] or [B, T, R/2] with R ≤ D"
      )
    }
    let source = try denseRows(x)
    let (c, s) = (try contiguous(cos), try contiguous(sin))
    let result = Tensor(uninitialized: x.shape, dtype: x.dtype)
    try kernels(x.dtype, name).rotary(
      try source.address(name), x.shape[0], x.shape[1], x.shape[2], x.shape[3], source.strides[0],
      source.strides[1], source.strides[2], try c.address(name), try s.address(name), half,
      cos.rank == 3 ? x.shape[2] * half : 0, inverse ? 1 : 0, try result.address(name))
    return result
  }

  /// cos and sin of `position * base^(−2i/dimension)`, i < dimension / 2: two tensors of shape
  /// positions.shape + [dimension / 2].
  public func rotaryTables(
    positions: Tensor, dimension: Int, base: Double, dtype: DType = .f32
  ) throws -> (cos: Tensor, sin: Tensor) {
    guard dimension > 0, dimension % 2 == 0, base > 0 else {
      throw TensorError("rotaryTables", "the dimension must be even and the base positive")
    }
    let places = try contiguous(cast(positions, to: .f64))
    let shape = positions.shape + [dimension / 2]
    let cos = Tensor(uninitialized: shape, dtype: .f64)
    let sin = Tensor(uninitialized: shape, dtype: .f64)
    cke_rotary_tables(
      try places.address("rotaryTables").assumingMemoryBound(to: Double.self), places.count,
      dimension / 2, base, try cos.address("rotaryTables").assumingMemoryBound(to: Double.self),
      try sin.address("rotaryTables").assumingMemoryBound(to: Double.self))
    return (try cast(cos, to: dtype), try cast(sin, to: dtype))
  }
}
