import CKernelsExact

extension Engine {
  /// A matrix as a dense f64 copy of its own.
  private func matrix(_ x: Tensor, _ name: String) throws -> Tensor {
    guard x.rank == 2, x.dtype.isFloat else {
      throw TensorError(
        name, "needs a floating-point matrix, not \(x.dtype.name) of shape \(describe(x.shape))")
    }
    let copy = Tensor(uninitialized: x.shape, dtype: .f64)
    try put(cast(x, to: .f64), into: copy)
    return copy
  }

  private func doubles(_ x: Tensor, _ name: String) throws -> UnsafeMutablePointer<Double> {
    try x.address(name).assumingMemoryBound(to: Double.self)
  }

  /// `x = u @ diag(s) @ vᵀ` for m × n with k = min(m, n): u `[m, k]`, s `[k]` falling, v `[n, k]`.
  /// One-sided Jacobi in f64, the same bits in both kinds of math. Where s is exactly 0, the column
  /// of u (for m < n, of v) is 0.
  public func svd(_ x: Tensor) throws -> (u: Tensor, s: Tensor, v: Tensor) {
    if x.rank == 2 && x.shape[0] < x.shape[1] {
      let (v, s, u) = try svd(x.transposed())
      return (u, s, v)
    }
    if !x.hasValues, x.rank == 2 {
      let (m, n) = (x.shape[0], x.shape[1])
      func part(_ shape: [Int]) -> Tensor { .shapeOnly(shape, dtype: x.dtype) }
      return (part([m, n]), part([n]), part([n, n]))
    }
    let u = try matrix(x, "svd")
    let n = x.shape[1]
    let s = Tensor(uninitialized: [n], dtype: .f64)
    let v = Tensor(uninitialized: [n, n], dtype: .f64)
    cke_svd(
      try doubles(u, "svd"), try doubles(s, "svd"), try doubles(v, "svd"), x.shape[0], n)
    return (try cast(u, to: x.dtype), try cast(s, to: x.dtype), try cast(v, to: x.dtype))
  }

  /// `x = q @ r` with k = min(m, n): q `[m, k]` with orthonormal columns, r `[k, n]` upper
  /// triangular with LAPACK's signs. Householder in f64, the same bits in both kinds of math.
  public func qr(_ x: Tensor) throws -> (q: Tensor, r: Tensor) {
    let a = try matrix(x, "qr")
    let (m, n) = (x.shape[0], x.shape[1])
    let q = Tensor(uninitialized: [m, Swift.min(m, n)], dtype: .f64)
    let r = Tensor(uninitialized: [Swift.min(m, n), n], dtype: .f64)
    cke_qr(try doubles(a, "qr"), try doubles(q, "qr"), try doubles(r, "qr"), m, n)
    return (try cast(q, to: x.dtype), try cast(r, to: x.dtype))
  }
}
