import CKernels

extension Engine {
  /// One operand of a product as the kernel wants it: a matrix for each batch index, rows a fixed
  /// distance apart.
  private struct Factor {
    var tensor: Tensor
    var transposed: Bool
    var leading: Int

    var rows: Int { tensor.shape[tensor.rank - (transposed ? 1 : 2)] }
    var columns: Int { tensor.shape[tensor.rank - (transposed ? 2 : 1)] }
  }

  /// Reads a last pair of axes as it lies in memory if one of the two is dense, else copies.
  private func factor(_ x: Tensor, transposed: Bool) throws -> Factor {
    let (m, n) = (x.shape[x.rank - 2], x.shape[x.rank - 1])
    let (down, across) = (x.strides[x.rank - 2], x.strides[x.rank - 1])
    if (across == 1 || n == 1) && (down >= Swift.max(n, 1) || m == 1) {
      return Factor(tensor: x, transposed: transposed, leading: Swift.max(down, n, 1))
    }
    if (down == 1 || m == 1) && (across >= Swift.max(m, 1) || n == 1) {
      return Factor(
        tensor: try x.transposed(), transposed: !transposed, leading: Swift.max(across, m, 1))
    }
    return Factor(tensor: try contiguous(x), transposed: transposed, leading: Swift.max(n, 1))
  }

  /// Offsets of the matrices of a broadcast batch, row-major.
  private func offsets(_ x: Tensor, batch: [Int]) throws -> [Int] {
    let lead = Tensor(
      storage: x.storage, shape: Array(x.shape.dropLast(2)), strides: Array(x.strides.dropLast(2)),
      dtype: x.dtype)
    let strides = try lead.expanded(to: batch).strides
    var result = [0]
    for (size, stride) in zip(batch, strides) {
      result = result.flatMap { start in (0..<size).map { start + $0 * stride } }
    }
    return result
  }

  /// `op(a) @ op(b)`, batched over leading axes with broadcasting; a vector operand gains and loses
  /// an axis as in NumPy. `transposeA` and `transposeB` exchange the last two axes, without a copy.
  public func matmul(
    _ a: Tensor, _ b: Tensor, transposeA: Bool = false, transposeB: Bool = false
  ) throws -> Tensor {
    if let codes = b.quantization, !transposeA {
      return try quantizedProduct(a, b, codes, isTransposed: transposeB)
    }
    try match("matmul", a, b)
    guard a.rank >= 1 && b.rank >= 1 else {
      throw TensorError("matmul", "needs at least vectors, not scalars")
    }
    if a.rank == 1 {
      let row = try matmul(a.unsqueezed(0), b, transposeB: transposeB)
      return try row.squeezed(b.rank == 1 ? 0 : -2)
    }
    if b.rank == 1 {
      return try matmul(a, b.unsqueezed(1), transposeA: transposeA).squeezed(-1)
    }
    if a.dtype == .bf16 {
      let (x, y) = (try cast(a, to: .f32), try cast(b, to: .f32))
      return try cast(
        matmul(x, y, transposeA: transposeA, transposeB: transposeB), to: .bf16)
    }
    // Many rows against one matrix are one product.
    if b.rank == 2 && a.rank > 2 && !transposeA {
      let rows = try a.reshaped([a.shape.dropLast().reduce(1, *), a.shape[a.rank - 1]])
      let width = b.shape[transposeB ? 0 : 1]
      return try matmul(rows, b, transposeB: transposeB).reshaped(
        Array(a.shape.dropLast()) + [width])
    }
    return try product(factor(a, transposed: transposeA), factor(b, transposed: transposeB), a, b)
  }

  /// `x Wᵀ + bias`: x `[rows, in]`, W `[out, in]`, bias `[out]` or nil to `[rows, out]`. The bias is
  /// added to the finished sums, as by an addition of its own.
  public func linear(_ x: Tensor, _ weight: Tensor, _ bias: Tensor? = nil) throws -> Tensor {
    guard let bias else { return try matmul(x, weight, transposeB: true) }
    if let codes = weight.quantization {
      return try quantizedProduct(x, weight, codes, isTransposed: true, bias: bias)
    }
    guard x.dtype != .bf16 else { return try add(matmul(x, weight, transposeB: true), bias) }
    try match("linear", x, weight)
    try match("linear", x, bias)
    guard x.rank == 2, weight.rank == 2, bias.shape == [weight.shape[0]] else {
      throw TensorError(
        "linear",
        "shapes \(describe(x.shape)), \(describe(weight.shape)) and \(describe(bias.shape)) do not fit")
    }
    return try product(
      factor(x, transposed: false), factor(weight, transposed: true), x, weight,
      bias: contiguous(bias))
  }

  /// `sum + op(a) @ op(b)` in place, for a matrix that whoever calls has made and not shared yet.
  func accumulate(
    _ a: Tensor, _ b: Tensor, transposeA: Bool = false, transposeB: Bool = false, into sum: Tensor
  ) throws {
    _ = try product(
      factor(a, transposed: transposeA), factor(b, transposed: transposeB), a, b, into: sum)
  }

  private func product(
    _ x: Factor, _ y: Factor, _ a: Tensor, _ b: Tensor, bias: Tensor? = nil,
    into sum: Tensor? = nil
  ) throws -> Tensor {
    guard x.columns == y.rows else {
      throw TensorError(
        "matmul",
        "shapes \(describe(a.shape)) and \(describe(b.shape)) do not fit: \(x.columns) columns meet \(y.rows) rows"
      )
    }
    let batch = try Tensor.broadcast(
      Array(a.shape.dropLast(2)), Array(b.shape.dropLast(2)), "matmul")
    if let outline = outline(a, b, shape: batch + [x.rows, y.columns]) { return outline }
    let result = sum ?? Tensor(uninitialized: batch + [x.rows, y.columns], dtype: a.dtype)
    try require("matmul", "the sum", result, batch + [x.rows, y.columns])
    let addend = try bias?.address("matmul")
    let (left, right) = (
      try offsets(x.tensor, batch: batch), try offsets(y.tensor, batch: batch)
    )
    let (p, q, r) = (
      try x.tensor.address("matmul"), try y.tensor.address("matmul"), try result.address("matmul")
    )
    let kernels = try kernels(a.dtype, "matmul")
    left.withUnsafeBufferPointer { left in
      right.withUnsafeBufferPointer { right in
        var call = ck_product()
        (call.a, call.b, call.c) = (UnsafeRawPointer(p), UnsafeRawPointer(q), r)
        (call.m, call.n, call.k) = (x.rows, y.columns, x.columns)
        (call.lda, call.ldb, call.ldc) = (x.leading, y.leading, y.columns)
        call.transpose_a = x.transposed ? 1 : 0
        call.transpose_b = y.transposed ? 1 : 0
        call.batch = batch.reduce(1, *)
        (call.a_offsets, call.b_offsets) = (left.baseAddress, right.baseAddress)
        call.accumulate = sum == nil ? 0 : 1
        call.bias = addend.map { UnsafeRawPointer($0) }
        kernels.product(&call)
      }
    }
    return result
  }
}
