/// An n-dimensional array: a view (shape, strides, offset) over a storage. Row-major; a scalar has
/// rank 0.
///
/// A value: its elements never change once it is shared.
public struct Tensor: @unchecked Sendable {
  public let shape: [Int]
  /// Elements (not bytes) between neighbours along each axis.
  public let strides: [Int]
  /// The first element, in elements from the start of the storage.
  public let offset: Int
  public let dtype: DType
  public let storage: Storage

  /// A view of a storage. The caller promises that every element lies inside it.
  public init(storage: Storage, shape: [Int], strides: [Int]? = nil, offset: Int = 0, dtype: DType)
  {
    self.storage = storage
    self.shape = shape
    self.strides = strides ?? Tensor.rowMajorStrides(shape)
    self.offset = offset
    self.dtype = dtype
  }

  /// A new tensor whose elements are not set yet; for whoever fills it before sharing it.
  public init(uninitialized shape: [Int], dtype: DType) {
    let count = shape.reduce(1, *)
    self.init(storage: Storage(byteCount: count * dtype.size), shape: shape, dtype: dtype)
  }

  /// A new tensor laid out as another, which is contiguous; its elements are not set yet.
  init(like other: Tensor, dtype: DType) {
    self.init(
      storage: Storage(byteCount: other.count * dtype.size), shape: other.shape,
      strides: other.strides, dtype: dtype)
  }

  /// A tensor of which only shape and type are known.
  public static func shapeOnly(_ shape: [Int], dtype: DType = .f32) -> Tensor {
    let bytes = shape.reduce(1, *) * dtype.size
    return Tensor(storage: Storage(shapeOnly: bytes), shape: shape, dtype: dtype)
  }

  public var rank: Int { shape.count }
  /// The number of elements.
  public var count: Int { shape.reduce(1, *) }
  public var isEmpty: Bool { shape.contains(0) }
  /// False for a shape-only tensor.
  public var hasValues: Bool {
    let held = storage.quantization?.codes ?? storage
    return held.base != nil || held.isRefused
  }
  /// Bytes that the elements take (of the view, not of the storage).
  public var byteCount: Int { storage.quantization?.byteCount ?? count * dtype.size }

  /// True if the elements lie one after another in row-major order.
  public var isContiguous: Bool {
    var expected = 1
    for axis in stride(from: shape.count - 1, through: 0, by: -1) {
      if shape[axis] == 0 { return true }
      if shape[axis] != 1 && strides[axis] != expected { return false }
      expected *= shape[axis]
    }
    return true
  }

  /// The strides of a contiguous tensor.
  public static func rowMajorStrides(_ shape: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: shape.count)
    var step = 1
    for axis in stride(from: shape.count - 1, through: 0, by: -1) {
      strides[axis] = step
      step *= max(shape[axis], 1)
    }
    return strides
  }

  /// Throws `OutOfMemory` if the system had no room for the elements.
  public func checkRoom() throws {
    let held = storage.quantization?.codes ?? storage
    if held.isRefused { throw OutOfMemory(shape: shape, byteCount: held.byteCount) }
  }

  /// The address of the first element. Only for reading, and only while the tensor is alive.
  public func address(_ operation: String) throws -> UnsafeMutableRawPointer {
    guard let base = storage.base else {
      try checkRoom()
      if let codes = storage.quantization {
        throw TensorError(
          operation, "the matrix of shape \(describe(shape)) is stored as \(codes.kind.name)")
      }
      throw TensorError(
        operation,
        "the tensor of shape \(describe(shape)) has a shape but no values; load its weights first")
    }
    return base + offset * dtype.size
  }
}
