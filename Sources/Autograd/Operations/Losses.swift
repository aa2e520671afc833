import Tensor

/// Losses: each gives a scalar.
extension Tape {
  /// Cross-entropy −Σ wᵢ ln softmax(logitsᵢ)[labelᵢ] / Σ wᵢ over the rows whose label is not
  /// `ignoreIndex`: logits [..., V], integer labels [...], class weights [V] (nil: all 1).
  ///
  /// The gradient of a row is g wᵢ / Σ w (softmax − one-hot). With no row counted the loss is 0.
  /// - Throws: when a label is neither `ignoreIndex` nor in 0..<V, or the shapes do not fit.
  public func crossEntropy(
    _ logits: Variable, labels: Tensor, ignoreIndex: Int = -100, classWeights: Tensor? = nil
  ) throws -> Variable {
    if classWeights == nil, let product = logits.deferred {
      return try crossEntropy(of: product, labels: labels, ignoreIndex: ignoreIndex)
    }
    let (e, v) = (engine, logits.value)
    let (losses, lse, counted) = try e.crossEntropy(v, labels: labels, ignore: ignoreIndex)
    let weights: Tensor  // one a row, summing to 1
    if let classWeights {
      weights = try e.rowWeights(classWeights, labels, ignoreIndex, dtype: losses.dtype)
    } else {
      let share = counted == 0 ? 0 : 1 / Double(counted)
      weights = Tensor.full(labels.shape, share, dtype: losses.dtype)
    }
    return record(
      "crossEntropy", try e.sum(e.mul(losses, weights), axes: nil, keep: false),
      Input(logits) { g in
        try e.crossEntropyBackward(
          v, labels: labels, lse: lse, gradient: e.mul(weights, g), ignore: ignoreIndex)
      })
  }

  /// Cross-entropy of logits that were never computed as a whole. The gradients are made with the
  /// loss, chunk by chunk, and scaled by g later.
  private func crossEntropy(
    of product: DeferredLinear, labels: Tensor, ignoreIndex: Int
  ) throws -> Variable {
    let e = engine
    let (x, weight, bias) = (product.x, product.weight, product.bias)
    guard labels.shape == Array(product.shape.dropLast()) else {
      throw TensorError(
        "crossEntropy",
        "labels have shape \(describe(labels.shape)), not \(describe(Array(product.shape.dropLast())))")
    }
    let isRecorded = recording
    func wants(_ variable: Variable?) -> Bool { isRecorded && variable?.node != nil }
    let found = try e.linearCrossEntropy(
      x.value.flattenedRows(), weight.stored, bias?.value, labels: labels.reshaped([-1]),
      ignore: ignoreIndex, wants: (wants(x), wants(weight), wants(bias)),
      chunkBytes: largeResultBytes)
    let none = Variable(found.loss)
    let shapes = [x.shape, weight.shape, bias?.shape ?? []]
    let made = [found.input, found.weight, found.bias]
    return record("crossEntropy", found.loss, joint: [x, weight, bias ?? none]) { g, wanted in
      let isOne = try g.item() == 1
      return try zip(zip(made, shapes), wanted).map { pair, wanted in
        guard wanted, let gradient = pair.0 else { return nil }
        return try (isOne ? gradient : e.mul(gradient, g)).reshaped(pair.1)
      }
    }
  }

  /// The mean of (a − b)²; the operands broadcast. The gradients are ±2 g (a − b) / n.
  public func meanSquaredError(_ a: Variable, _ b: Variable) throws -> Variable {
    let e = engine
    let difference = try e.sub(a.value, b.value)
    let (aShape, bShape) = (a.shape, b.shape)
    let factor = 2 / Double(difference.count)
    return record(
      "meanSquaredError",
      try e.mean(e.mul(difference, difference), axes: nil, keep: false),
      Input(a) { g in
        try e.sum(e.affine(e.mul(difference, g), scale: factor), to: aShape)
      },
      Input(b) { g in
        try e.sum(e.affine(e.mul(difference, g), scale: -factor), to: bShape)
      })
  }

  /// The Kullback–Leibler divergence Σ p (ln p − ln q) over the last axis, averaged over the rows,
  /// from logarithms of probabilities [..., V]. Where p is 0 the term is 0.
  ///
  /// With n rows, the gradients are g p (ln p − ln q + 1) / n and −g p / n.
  public func klDivergence(logP: Variable, logQ: Variable) throws -> Variable {
    guard logP.shape == logQ.shape, let size = logP.shape.last else {
      throw TensorError(
        "klDivergence",
        "needs two tensors [..., V] of one shape, but they are \(describe(logP.shape)) and "
          + "\(describe(logQ.shape))")
    }
    let e = engine
    let p = try e.exp(logP.value)
    let isZero = try e.compare(.equal, p, p.zero)
    let ratio = try e.select(isZero, p.zero, e.sub(logP.value, logQ.value))
    let share = Double(size) / Double(p.count)
    let total = try e.sum(e.mul(p, ratio), axes: nil, keep: false)
    return record(
      "klDivergence", try e.affine(total, scale: share),
      Input(logP) { g in
        try e.mul(e.mul(p, e.affine(ratio, shift: 1)), e.affine(g, scale: share))
      },
      Input(logQ) { g in try e.mul(p, e.affine(g, scale: -share)) })
  }

  /// Binary cross-entropy of logits x with targets t in [0, 1], the mean of softplus(x) − t x, which
  /// is −t ln σ(x) − (1 − t) ln(1 − σ(x)); shapes equal.
  ///
  /// The gradients are g (σ(x) − t) / n and −g x / n.
  public func binaryCrossEntropy(logits: Variable, targets: Variable) throws -> Variable {
    guard logits.shape == targets.shape else {
      throw TensorError(
        "binaryCrossEntropy",
        "logits \(describe(logits.shape)) and targets \(describe(targets.shape)) must have one shape"
      )
    }
    let (e, x, t) = (engine, logits.value, targets.value)
    let losses = try e.sub(e.unary(.softplus, x), e.mul(t, x))
    let share = 1 / Double(x.count)
    return record(
      "binaryCrossEntropy", try e.mean(losses, axes: nil, keep: false),
      Input(logits) { g in
        try e.mul(e.sub(e.sigmoid(x), t), e.affine(g, scale: share))
      },
      Input(targets) { g in try e.mul(x, e.affine(g, scale: -share)) })
  }
}

extension Engine {
  /// Each row's class weight, 0 for ignored rows, divided by their sum.
  func rowWeights(
    _ classWeights: Tensor, _ labels: Tensor, _ ignore: Int, dtype: DType
  ) throws -> Tensor {
    let ignored = try compare(.equal, labels, .scalar(Double(ignore), dtype: labels.dtype))
    let safe = try select(ignored, labels.zero, labels)
    let chosen = try gatherRows(cast(classWeights, to: dtype), safe)
    let rows = try select(ignored, chosen.zero, chosen)
    return try dividedOrZero(rows, sum(rows, axes: nil, keep: false))
  }
}
