import CKernels

/// Making tensors from Swift values and reading them back.
extension Tensor {
  private init<Element>(copying array: [Element], shape: [Int]?, dtype: DType) {
    let shape = shape ?? [array.count]
    precondition(shape.reduce(1, *) == array.count, "shape does not fit the number of values")
    self.init(uninitialized: shape, dtype: dtype)
    if let base = storage.base, !array.isEmpty {
      array.withUnsafeBytes {
        base.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(base), byteCount: $0.count)
      }
    }
  }

  /// An `f32` tensor; without a shape, a vector. The shape must hold exactly the array's elements.
  public init(_ array: [Float], shape: [Int]? = nil) {
    self.init(copying: array, shape: shape, dtype: .f32)
  }
  /// An `f64` tensor.
  public init(_ array: [Double], shape: [Int]? = nil) {
    self.init(copying: array, shape: shape, dtype: .f64)
  }
  /// An `i64` tensor.
  public init(_ array: [Int], shape: [Int]? = nil) {
    self.init(copying: array.map(Int64.init), shape: shape, dtype: .i64)
  }
  /// An `i32` tensor.
  public init(_ array: [Int32], shape: [Int]? = nil) {
    self.init(copying: array, shape: shape, dtype: .i32)
  }
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
  public static func scalar(_ value: Double, dtype: DType = .f32) -> Tensor {
    full([], value, dtype: dtype)
  }
  public static func zeros(_ shape: [Int], dtype: DType = .f32) -> Tensor {
    full(shape, 0, dtype: dtype)
  }
  public static func ones(_ shape: [Int], dtype: DType = .f32) -> Tensor {
    full(shape, 1, dtype: dtype)
  }
}

extension Tensor {
  /// Every element `value`, converted to the type.
  public static func full(_ shape: [Int], _ value: Double, dtype: DType = .f32) -> Tensor {
    let result = Tensor(uninitialized: shape, dtype: dtype)
    if let base = result.storage.base {
      ck_fill(Int32(dtype.rawValue), value, base, result.count)
    }
    return result
  }

  /// Every element the integer `value`, which need not be exact in f64.
  public static func full(_ shape: [Int], integer value: Int, dtype: DType = .i64) -> Tensor {
    let result = Tensor(uninitialized: shape, dtype: dtype)
    if let base = result.storage.base {
      ck_fill_int(Int32(dtype.rawValue), Int64(value), base, result.count)
    }
    return result
  }

  /// `start, start + step, …` before `stop`.
  public static func arange(
    _ start: Double, _ stop: Double, step: Double = 1, dtype: DType = .f32
  ) throws -> Tensor {
    let steps = ((stop - start) / step).rounded(.up)
    guard steps.isFinite, steps < 1e12 else {
      throw TensorError("arange", "no way from \(start) to \(stop) in steps of \(step)")
    }
    let result = Tensor(uninitialized: [max(Int(steps), 0)], dtype: dtype)
    if let base = result.storage.base {
      ck_arange(Int32(dtype.rawValue), start, step, base, result.count)
    }
    return result
  }

  /// `0, 1, …` as `i64`.
  public static func arange(_ count: Int) -> Tensor { Tensor(Array(0..<max(count, 0))) }

  private func elements<Element>(as dtype: DType, _ type: Element.Type) throws -> [Element] {
    try Engine().cast(self, to: dtype).withContiguousBytes { bytes in
      Array(bytes.bindMemory(to: type))
    }
  }

  /// All elements in row-major order, converted.
  public func floats() throws -> [Float] { try elements(as: .f32, Float.self) }
  public func doubles() throws -> [Double] { try elements(as: .f64, Double.self) }
  public func ints() throws -> [Int] { try elements(as: .i64, Int64.self).map(Int.init) }
  public func bools() throws -> [Bool] { try elements(as: .bool, UInt8.self).map { $0 != 0 } }

  /// The value of a tensor with one element.
  public func item() throws -> Double {
    let values = count == 1 ? try doubles() : []
    guard let value = values.first else {
      throw TensorError("item", "shape \(describe(shape)) has \(count) elements, not one")
    }
    return value
  }

  /// The elements' bytes in row-major order, valid during the call.
  public func withContiguousBytes<Result>(
    _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result {
    let dense = try Engine().contiguous(self)
    let base = try dense.address("read")
    return try withExtendedLifetime(dense) {
      try body(UnsafeRawBufferPointer(start: base, count: dense.byteCount))
    }
  }
}
