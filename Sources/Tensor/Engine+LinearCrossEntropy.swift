import CKernels

/// What `Engine.linearCrossEntropy` gives: the loss, and the gradients that were asked for.
public struct LinearCrossEntropy: Sendable {
  public let loss: Tensor
  public let input, weight, bias: Tensor?
}

extension Engine {
  /// The mean cross-entropy of `x Wᵀ + bias` over the rows whose label is not `ignore`, with its
  /// gradients, without ever holding all logits: x `[N, D]`, W `[V, D]`, bias `[V]` or nil, labels
  /// `[N]`.
  ///
  /// Rows without a label are left out of the products. The others go through in chunks whose
  /// logits take about `chunkBytes`; the gradients of a chunk are made while its logits are there,
  /// so they cost no second product. They are those of the loss itself, to be scaled by its own.
  public func linearCrossEntropy(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, labels: Tensor, ignore: Int,
    wants: (input: Bool, weight: Bool, bias: Bool), chunkBytes: Int
  ) throws -> LinearCrossEntropy {
    let (rows, width, classes) = (x.shape[0], x.shape[1], weight.shape[0])
    let ids = try contiguous(cast(labels, to: .i64))
    let places = try nonzero(compare(.notEqual, ids, .full([], integer: ignore)))
    let counted = places.count
    let isWhole = counted == rows
    let kept = try isWhole ? contiguous(x) : index(x, axis: 0, places)
    let targets = try isWhole ? ids : index(ids, axis: 0, places)
    let losses = Tensor(uninitialized: [counted], dtype: x.dtype)
    let dx = wants.input ? Tensor(uninitialized: [counted, width], dtype: x.dtype) : nil
    let dw = wants.weight ? Tensor.zeros([classes, width], dtype: x.dtype) : nil
    var db = wants.bias ? Tensor.zeros([classes], dtype: x.dtype) : nil
    let step = Swift.max(16, chunkBytes / (classes * x.dtype.size) / 16 * 16)
    for start in stride(from: 0, to: counted, by: step) {
      let range = start..<Swift.min(start + step, counted)
      let input = try kept.sliced(axis: 0, range: range)
      let labels = try targets.sliced(axis: 0, range: range)
      let part = try losses.sliced(axis: 0, range: range)
      let logits = try linear(input, weight, bias)  // [chunk, V]
      guard wants.input || wants.weight || wants.bias else {
        try put(crossEntropy(logits, labels: labels, ignore: ignore).losses, into: part)
        continue
      }
      let slope = try slope(logits, labels: labels, ignore: ignore, of: counted, losses: part)
      if let dx { try put(matmul(slope, weight), into: dx.sliced(axis: 0, range: range)) }
      if let dw { try accumulate(slope, input, transposeA: true, into: dw) }
      if let sum = db { db = try add(sum, self.sum(slope, axes: [0], keep: false)) }
    }
    func spread(_ values: Tensor) throws -> Tensor {
      try isWhole ? values : indexAdd(values, axis: 0, places, size: rows)
    }
    let weights = Tensor.full([rows], counted == 0 ? 0 : 1 / Double(counted), dtype: x.dtype)
    let loss = try sum(mul(spread(losses), weights), axes: nil, keep: false)
    return LinearCrossEntropy(loss: loss, input: try dx.map(spread), weight: dw, bias: db)
  }

  /// Writes the losses of some of `count` rows, which all have labels, and gives the slope of the
  /// mean of all. Fast math makes it in the place of the logits, which nobody else may hold; exact
  /// math has the bits of the cross-entropy of whole logits.
  private func slope(
    _ logits: Tensor, labels: Tensor, ignore: Int, of count: Int, losses: Tensor
  ) throws -> Tensor {
    let name = "crossEntropy"
    let share = 1 / Double(count)
    guard math == .fast else {
      let (part, lse, _) = try crossEntropy(logits, labels: labels, ignore: ignore)
      try put(part, into: losses)
      return try crossEntropyBackward(
        logits, labels: labels, lse: lse,
        gradient: .full(labels.shape, share, dtype: logits.dtype), ignore: ignore)
    }
    let (ids, _) = try checked(labels, classes: logits.shape[1], ignore: ignore)
    try kernels(logits.dtype, name).cross_entropy_slope(
      try logits.address(name), try ids.address(name).assumingMemoryBound(to: Int64.self), share,
      try losses.address(name), ids.count, logits.shape[1])
    return logits
  }
}
