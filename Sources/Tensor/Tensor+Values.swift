/// Making tensors from Swift values and reading them back.
extension Tensor {
  private init<Element>(copying array: [Element], shape: [Int]?, dtype: DType) {
    let shape = shape ?? [array.count]
    precondition(shape.reduce(1, *) == array.count, "shape does not fit the number of values")
    self.init(uninitialized: shape, dtype: dtype)
    if let base = storage.base, !array.isEmpty {
      array.withUnsafeBytes { base.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(base), byteCount: $0.count) }
    }
  }

  /// An `f32` tensor; without a shape, a vector. The shape must hold exactly the array's elements.
  public init(_ array: [Float], shape: [Int]? = nil) { self.init(copying: array, shape: shape, dtype: .f32) }
  /// An `f64` tensor.
  public init(_ array: [Double], shape: [Int]? = nil) { self.init(copying: array, shape: shape, dtype: .f64) }
  /// An `i64` tensor.
  public init(_ array: [Int], shape: [Int]? = nil) {
    self.init(copying: array.map(Int64.init), shape: shape, dtype: .i64)
  }
  /// An `i32` tensor.
  public init(_ array: [Int32], shape: [Int]? = nil) { self.init(copying: array, shape: shape, dtype: .i32) }
  /// A `bool` tensor.
  public init(_ array: [Bool], shape: [Int]? = nil) {
    self.init(copying: array.map { $0 ? UInt8(1) : 0 }, shape: shape, dtype: .bool)
  }

  /// From raw little-endian elements; the number of bytes must fit the shape.
  public init(bytes: UnsafeRawBufferPointer, shape: [Int], dtype: DType) throws {
    guard bytes.count == shape.reduce(1, *) * dtype.size else {
      throw TensorError(
        "tensor", "\(bytes.count) bytes do not fill shape \(describe(shape)) of \(dtype.name)")
    }
    self.init(uninitialized: shape, dtype: dtype)
    if let base = storage.base, let source = bytes.baseAddress {
      base.copyMemory(from: source, byteCount: bytes.count)
    }
  }

  /// A rank-0 tensor.
  public static func scalar(_ value: Double, dtype: DType = .f32) -> Tensor { full([], value, dtype: dtype) }
  public static func zeros(_ shape: [Int], dtype: DType = .f32) -> Tensor { full(shape, 0, dtype: dtype) }
  public static func ones(_ shape: [Int], dtype: DType = .f32) -> Tensor { full(shape, 1, dtype: dtype) }
}

extension Tensor {
  public static func full(_ shape: [Int], _ value: Double, dtype: DType = .f32) -> Tensor { stub() }
  /// `start, start + step, …` below `stop`.
  public static func arange(_ start: Double, _ stop: Double, step: Double = 1, dtype: DType = .f32) throws -> Tensor { throw unfinished }
  public static func arange(_ count: Int) -> Tensor { Tensor(Array(0..<count)) }
  /// All elements in row-major order, converted.
  public func floats() throws -> [Float] { throw unfinished }
  public func doubles() throws -> [Double] { throw unfinished }
  public func ints() throws -> [Int] { throw unfinished }
  public func bools() throws -> [Bool] { throw unfinished }
  /// The value of a tensor with one element.
  public func item() throws -> Double { throw unfinished }
  /// The elements' bytes in row-major order.
  public func withContiguousBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) throws -> R { throw unfinished }
}
