import CKernels

extension Engine {
  private typealias Rows =
    @convention(c) (UnsafeRawPointer?, UnsafeMutableRawPointer?, Int, Int) -> Void
  private typealias PairRows =
    @convention(c) (UnsafeRawPointer?, UnsafeRawPointer?, UnsafeMutableRawPointer?, Int, Int) ->
    Void

  private func rowwise(
    _ name: String, _ x: Tensor, axis: Int, _ kernel: (ck_kernels) -> Rows?
  ) throws -> Tensor {
    let axis = try x.axis(axis, name)
    let source = try ready(rows(x, axis: axis))
    let result = Tensor(uninitialized: source.shape, dtype: source.dtype)
    let size = x.shape[axis]
    kernel(try kernels(x.dtype, name))?(
      try source.address(name), try result.address(name), size == 0 ? 0 : x.count / size, size)
    return try cast(result, to: x.dtype).transposed(axis, x.rank - 1)
  }

  private func rowwise(
    _ name: String, _ y: Tensor, _ gradient: Tensor, axis: Int, _ kernel: (ck_kernels) -> PairRows?
  ) throws -> Tensor {
    try match(name, y, gradient)
    try require(name, "gradient", gradient, y.shape)
    let axis = try y.axis(axis, name)
    let source = try ready(rows(y, axis: axis))
    let slope = try ready(rows(gradient, axis: axis))
    let result = Tensor(uninitialized: source.shape, dtype: source.dtype)
    let size = y.shape[axis]
    kernel(try kernels(y.dtype, name))?(
      try source.address(name), try slope.address(name), try result.address(name),
      size == 0 ? 0 : y.count / size, size)
    return try cast(result, to: y.dtype).transposed(axis, y.rank - 1)
  }

  /// `exp(x) / sum(exp(x))` along an axis. A row that is −∞ throughout gives NaN, as in PyTorch.
  public func softmax(_ x: Tensor, axis: Int = -1) throws -> Tensor {
    try rowwise("softmax", x, axis: axis) { $0.softmax }
  }

  /// From the output of `softmax`: `y (g − sum(y g))`.
  public func softmaxBackward(output: Tensor, gradient: Tensor, axis: Int = -1) throws -> Tensor {
    try rowwise("gradient of softmax", output, gradient, axis: axis) { $0.softmax_backward }
  }

  public func logSoftmax(_ x: Tensor, axis: Int = -1) throws -> Tensor {
    try rowwise("logSoftmax", x, axis: axis) { $0.log_softmax }
  }

  /// From the output of `logSoftmax`: `g − exp(y) sum(g)`.
  public func logSoftmaxBackward(output: Tensor, gradient: Tensor, axis: Int = -1) throws -> Tensor
  {
    try rowwise("gradient of logSoftmax", output, gradient, axis: axis) { $0.log_softmax_backward }
  }

  /// Labels as dense `i64`, each in range or `ignore`.
  func checked(_ labels: Tensor, classes: Int, ignore: Int) throws -> (Tensor, Int) {
    guard labels.dtype.isInteger else {
      throw TensorError("crossEntropy", "labels must be integers, not \(labels.dtype.name)")
    }
    let ids = try contiguous(cast(labels, to: .i64))
    let values = try ids.address("crossEntropy").assumingMemoryBound(to: Int64.self)
    var counted = 0
    let wrong = ck_check_labels(values, ids.count, classes, Int64(ignore), &counted)
    guard wrong < 0 else {
      throw TensorError(
        "crossEntropy", "label \(values[wrong]) is outside 0..<\(classes) and is not \(ignore)")
    }
    return (ids, counted)
  }

  /// Row losses `lse − logits[label]` (0 for ignored rows), the rows' log-sum-exp, and how many
  /// rows counted. logits `[..., V]`, labels `[...]` integer. A mean is the sum of the losses over
  /// `counted`.
  public func crossEntropy(_ logits: Tensor, labels: Tensor, ignore: Int = -100) throws -> (
    losses: Tensor, lse: Tensor, counted: Int
  ) {
    guard let classes = logits.shape.last else {
      throw TensorError("crossEntropy", "the logits need an axis of classes")
    }
    try require("crossEntropy", "labels", labels, Array(logits.shape.dropLast()))
    let (ids, counted) = try checked(labels, classes: classes, ignore: ignore)
    let source = try ready(logits)
    let losses = Tensor(uninitialized: labels.shape, dtype: source.dtype)
    let lse = Tensor(uninitialized: labels.shape, dtype: source.dtype)
    try kernels(logits.dtype, "crossEntropy").cross_entropy(
      try source.address("crossEntropy"),
      try ids.address("crossEntropy").assumingMemoryBound(to: Int64.self), Int64(ignore),
      try losses.address("crossEntropy"), try lse.address("crossEntropy"), ids.count, classes)
    return (losses, lse, counted)
  }

  /// `(softmax − onehot) * gradient[row]`, 0 for ignored rows; `gradient` has the labels' shape and
  /// the type of `lse`.
  public func crossEntropyBackward(
    _ logits: Tensor, labels: Tensor, lse: Tensor, gradient: Tensor, ignore: Int = -100
  ) throws -> Tensor {
    let name = "gradient of crossEntropy"
    try require(name, "gradient", gradient, labels.shape)
    try require(name, "lse", lse, labels.shape)
    try require(name, "labels", labels, Array(logits.shape.dropLast()))
    let classes = logits.shape.last ?? 0
    let (ids, _) = try checked(labels, classes: classes, ignore: ignore)
    let source = try ready(logits)
    let sums = try ready(cast(lse, to: source.dtype))
    let slopes = try ready(cast(gradient, to: source.dtype))
    let result = Tensor(uninitialized: logits.shape, dtype: source.dtype)
    try kernels(logits.dtype, name).cross_entropy_backward(
      try source.address(name), try ids.address(name).assumingMemoryBound(to: Int64.self),
      Int64(ignore), try sums.address(name), try slopes.address(name), try result.address(name),
      ids.count, classes)
    return try cast(result, to: logits.dtype)
  }
}
