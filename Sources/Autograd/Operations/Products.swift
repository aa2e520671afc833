import Tensor

extension Tape {
  /// The matrix product over the last two axes, the others broadcasting. A vector on the left is a
  /// row, on the right a column, and its axis is dropped from the result.
  ///
  /// The gradients are g Bᵀ and Aᵀ g, summed over broadcast axes.
  /// - Throws: when an operand has rank 0 or the inner sizes differ.
  public func matmul(_ a: Variable, _ b: Variable) throws -> Variable {
    guard a.rank > 0, b.rank > 0 else {
      throw TensorError("matmul", "an operand is a scalar; use mul for products with a scalar")
    }
    let inner = (a.shape[a.rank - 1], b.rank == 1 ? b.shape[0] : b.shape[b.rank - 2])
    guard inner.0 == inner.1 else {
      throw TensorError(
        "matmul",
        "the inner sizes differ: \(describe(a.shape)) @ \(describe(b.shape)) needs \(inner.0) = \(inner.1)"
      )
    }
    let e = engine
    let x = a.rank == 1 ? try a.value.reshaped([1, a.shape[0]]) : a.value
    let y = b.rank == 1 ? try b.value.reshaped([b.shape[0], 1]) : b.value
    let product = try e.matmul(x, y)
    var shape = product.shape
    let full = shape
    if b.rank == 1 { shape.remove(at: shape.count - 1) }
    if a.rank == 1 { shape.remove(at: shape.count - (b.rank == 1 ? 1 : 2)) }
    let (aShape, bShape, xShape, yShape) = (a.shape, b.shape, x.shape, y.shape)
    return record(
      "matmul", try product.reshaped(shape),
      Input(a) { g in
        let g = try g.reshaped(full)
        return try e.productGradientA(g, y, xShape).reshaped(aShape)
      },
      Input(b) { g in
        let g = try g.reshaped(full)
        return try e.productGradientB(g, x, yShape).reshaped(bShape)
      })
  }

  /// x Wᵀ + b, as in a linear layer: x [..., in], W [out, in], b [out] (or nil) to [..., out].
  ///
  /// The gradients are g W, gᵀ x and Σ g; those of a frozen weight and bias are never computed, and
  /// x is not kept for them.
  public func linear(_ x: Variable, _ weight: Variable, _ bias: Variable? = nil) throws -> Variable
  {
    try checkLinear(x, weight, bias)
    if defers(x, weight, bias) { return try deferredLinear(x, weight, bias) }
    let shape = x.shape.replacing(axis: x.rank - 1, by: weight.shape[0])
    let value = try engine.linear(x.value.flattenedRows(), weight.stored, bias?.value)  // [N, out]
    return record("linear", try value.reshaped(shape), linearInputs(x, weight, bias))
  }

  /// The gradients of a linear layer's operands.
  func linearInputs(_ x: Variable, _ weight: Variable, _ bias: Variable?) -> [Input] {
    let (e, w, v, shape) = (engine, weight.stored, x.value, x.shape)
    var inputs = [
      Input(x) { g in try e.matmul(g.flattenedRows(), w).reshaped(shape) },
      Input(weight) { g in
        try e.matmul(g.flattenedRows(), v.flattenedRows(), transposeA: true)
      },
    ]
    if let bias {
      inputs.append(Input(bias) { g in try e.sum(g.flattenedRows(), axes: [0], keep: false) })
    }
    return inputs
  }

  private func checkLinear(_ x: Variable, _ weight: Variable, _ bias: Variable?) throws {
    guard weight.rank == 2, x.rank > 0, x.shape[x.rank - 1] == weight.shape[1] else {
      throw TensorError(
        "linear",
        "x has shape \(describe(x.shape)) and the weight \(describe(weight.shape)); "
          + "x [..., in] needs a weight [out, in]")
    }
    if let bias, bias.shape != [weight.shape[0]] {
      throw TensorError(
        "linear",
        "the bias has shape \(describe(bias.shape)), but the weight \(describe(weight.shape)) needs "
          + "[\(weight.shape[0])]")
    }
  }

  /// The outer product of two vectors: [m], [n] to [m, n].
  public func outer(_ a: Variable, _ b: Variable) throws -> Variable {
    guard a.rank == 1, b.rank == 1 else {
      throw TensorError(
        "outer",
        "needs two vectors, but the shapes are \(describe(a.shape)) and \(describe(b.shape))")
    }
    let e = engine
    let (m, n) = (a.shape[0], b.shape[0])
    let column = try a.value.reshaped([m, 1])
    let row = try b.value.reshaped([1, n])
    return record(
      "outer", try e.mul(column, row),
      Input(a) { g in try e.sum(e.mul(g, row), axes: [1], keep: false) },
      Input(b) { g in try e.sum(e.mul(g, column), axes: [0], keep: false) })
  }

  /// The Kronecker product of two matrices: [m, n], [p, q] to [m p, n q], where block (i, j) is
  /// aᵢⱼ B.
  public func kron(_ a: Variable, _ b: Variable) throws -> Variable {
    guard a.rank == 2, b.rank == 2 else {
      throw TensorError(
        "kron",
        "needs two matrices, but the shapes are \(describe(a.shape)) and \(describe(b.shape))")
    }
    let e = engine
    let (m, n, p, q) = (a.shape[0], a.shape[1], b.shape[0], b.shape[1])
    let left = try a.value.reshaped([m, 1, n, 1])
    let right = try b.value.reshaped([1, p, 1, q])
    return record(
      "kron", try e.mul(left, right).reshaped([m * p, n * q]),
      Input(a) { g in
        let blocks = try g.reshaped([m, p, n, q])
        return try e.sum(e.mul(blocks, right), axes: [1, 3], keep: false)
      },
      Input(b) { g in
        let blocks = try g.reshaped([m, p, n, q])
        return try e.sum(e.mul(blocks, left), axes: [0, 2], keep: false)
      })
  }

  /// The singular value decomposition has no gradient here: always throws, with the remedy.
  public func svd(_ x: Variable) throws -> Variable {
    throw TensorError(
      "svd",
      "has no gradient; take it of a constant (stopGradient), as initialisers do, and train the "
        + "factors")
  }
}

extension Engine {
  /// g Bᵀ for a product A @ B of matrices (with leading axes).
  func productGradientA(_ g: Tensor, _ b: Tensor, _ shape: [Int]) throws -> Tensor {
    guard b.rank == 2, g.rank > 2 else {
      return try sum(matmul(g, b, transposeB: true), to: shape)
    }
    return try matmul(g.flattenedRows(), b, transposeB: true).reshaped(shape)
  }

  /// Aᵀ g for a product A @ B of matrices (with leading axes). One product over all rows when B had
  /// no leading axes, instead of a sum of many.
  func productGradientB(_ g: Tensor, _ a: Tensor, _ shape: [Int]) throws -> Tensor {
    guard shape.count == 2, g.rank > 2 else {
      return try sum(matmul(a, g, transposeA: true), to: shape)
    }
    return try matmul(a.flattenedRows(), g.flattenedRows(), transposeA: true)
  }
}

extension Tensor {
  /// [..., D] as [N, D].
  func flattenedRows() throws -> Tensor {
    try reshaped([shape.dropLast().reduce(1, *), shape[rank - 1]])
  }
}
