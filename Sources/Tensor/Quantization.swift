import CKernels
import CKernelsExact

/// A matrix in fewer bits: codes, and the scales that give their values.
public final class Quantization: @unchecked Sendable {
  public enum Kind: Sendable, Hashable {
    /// Four bits, the quantiles of a normal distribution, in blocks of 64 whose scales are quantised
    /// too (Dettmers et al. 2023, arXiv:2305.14314).
    case nf4
    /// Eight bits and one scale a row.
    case int8
    /// The upper half of an f32.
    case bf16
    /// As a file holds them, so that a matrix is there without being read: whole blocks a row.
    case file(BlockKind)

    /// Those that `quantize` makes. What has them stays frozen; a file's blocks become f32 when they
    /// are to be trained.
    public static let made: [Kind] = [.nf4, .int8, .bf16]

    public var isMade: Bool { Kind.made.contains(self) }

    public var name: String {
      switch self {
      case .nf4: "nf4"
      case .int8: "int8"
      case .bf16: "bf16"
      case .file(let blocks): "\(blocks)"
      }
    }
  }

  public let kind: Kind
  public let rows, columns: Int
  /// As `ck_quantized.h` lays them out.
  public let codes: Storage
  public let scaleCodes: Storage?
  public let scales: Storage?
  public fileprivate(set) var offset: Float

  public init(
    _ kind: Kind, rows: Int, columns: Int, codes: Storage, scaleCodes: Storage? = nil,
    scales: Storage? = nil, offset: Float = 0
  ) {
    (self.kind, self.rows, self.columns) = (kind, rows, columns)
    (self.codes, self.scaleCodes, self.scales, self.offset) = (codes, scaleCodes, scales, offset)
  }

  /// What the 16 codes of NF4 stand for, and the 256 codes of its scales; and the sizes of a block and
  /// of a group of scales.
  public static let nf4Values = Array(UnsafeBufferPointer(start: cke_nf4_values(), count: 16))
  public static let scaleValues = Array(
    UnsafeBufferPointer(start: cke_dynamic_values(), count: 256))
  public static let (blockSize, groupSize) = (Int(CK_NF4_BLOCK), Int(CK_NF4_GROUP))

  /// Storages of the sizes that a matrix takes, which `storage` makes.
  init(_ kind: Kind, rows: Int, columns: Int, storage: (Int) -> Storage) {
    (self.kind, self.rows, self.columns, offset) = (kind, rows, columns, 0)
    let count = rows * columns
    switch kind {
    case .nf4:
      let blocks = (count + Int(CK_NF4_BLOCK) - 1) / Int(CK_NF4_BLOCK)
      codes = storage((count + 1) / 2)
      scaleCodes = storage(blocks)
      scales = storage((blocks + Int(CK_NF4_GROUP) - 1) / Int(CK_NF4_GROUP) * 4)
    case .int8:
      (codes, scaleCodes, scales) = (storage(count), nil, storage(4 * rows))
    case .bf16:
      (codes, scaleCodes, scales) = (storage(2 * count), nil, nil)
    case .file(let blocks):
      codes = storage(count / blocks.blockSize * blocks.blockBytes)
      (scaleCodes, scales) = (nil, nil)
    }
  }

  /// As many bytes, not set: what a rehearsal has in place of the codes.
  public var room: Quantization {
    Quantization(kind, rows: rows, columns: columns) { Storage(byteCount: $0) }
  }

  /// A file's blocks with their rows in another order.
  public func reorderingRows(_ order: [Int]) -> Quantization {
    guard case .file(let blocks) = kind, let base = codes.base else { return self }
    let size = columns / blocks.blockSize * blocks.blockBytes
    let moved = Storage(byteCount: codes.byteCount)
    for (row, from) in order.enumerated() {
      moved.base?.advanced(by: row * size).copyMemory(from: base + from * size, byteCount: size)
    }
    return Quantization(kind, rows: rows, columns: columns, codes: moved)
  }

  public var byteCount: Int {
    codes.byteCount + (scaleCodes?.byteCount ?? 0) + (scales?.byteCount ?? 0)
  }

  func withCall(_ body: (UnsafePointer<ck_quantized>) throws -> Void) rethrows {
    var call = ck_quantized()
    switch kind {
    case .nf4: call.kind = Int32(CK_NF4)
    case .int8: call.kind = Int32(CK_INT8)
    case .bf16: call.kind = Int32(CK_STORED_BF16)
    case .file(let blocks):
      call.kind = Int32(CK_FILE_BLOCKS)
      call.decode = blocks.decode
      (call.block_size, call.block_bytes) = (blocks.blockSize, blocks.blockBytes)
    }
    (call.rows, call.columns, call.offset) = (rows, columns, offset)
    call.codes = codes.base.map { UnsafeRawPointer($0) }
    call.scale_codes = scaleCodes?.base.map {
      UnsafePointer($0.assumingMemoryBound(to: UInt8.self))
    }
    call.scales = scales?.base.map { UnsafePointer($0.assumingMemoryBound(to: Float.self)) }
    try withUnsafePointer(to: call, body)
  }
}

extension Tensor {
  /// The codes behind a matrix that is stored in fewer bits; nil for others.
  public var quantization: Quantization? { storage.quantization }

  /// A matrix by its codes. Its type is f32; what needs its elements decodes them.
  public init(_ quantization: Quantization) {
    self.init(
      storage: Storage(quantization), shape: [quantization.rows, quantization.columns], dtype: .f32)
  }

  /// Codes that were made to be small are not trained.
  public var staysFrozen: Bool { quantization?.kind.isMade == true }

  /// The elements; a quantised matrix is decoded.
  public var dense: Tensor {
    guard quantization != nil else { return self }
    do { return try Engine(math: .exact).decoded(self) } catch {
      // Views are made of decoded values only.
      preconditionFailure("a quantised matrix cannot be decoded: \(error)")
    }
  }
}

extension Engine {
  /// A matrix in fewer bits. Both modes give the same codes. One of shape only stays so.
  public func quantized(_ x: Tensor, _ kind: Quantization.Kind) throws -> Tensor {
    guard x.rank == 2, x.dtype.isFloat else {
      throw TensorError(
        "quantize", "needs a matrix of floats, not \(x.dtype.name) \(describe(x.shape))")
    }
    guard kind.isMade else {
      throw TensorError("quantize", "\(kind.name) is read from files, but not made")
    }
    if x.quantization?.kind == kind { return x }
    let made = Quantization(kind, rows: x.shape[0], columns: x.shape[1]) { size in
      x.hasValues ? Storage(byteCount: size) : Storage(shapeOnly: size)
    }
    let result = Tensor(made)
    try result.checkRoom()
    if x.hasValues { try fill(made, from: contiguous(cast(x, to: .f32))) }
    return result
  }

  private func fill(_ made: Quantization, from source: Tensor) throws {
    let values = try source.address("quantize").assumingMemoryBound(to: Float.self)
    switch made.kind {
    case .bf16:
      let half = try cast(source, to: .bf16)
      try made.codes.base?.copyMemory(from: half.address("quantize"), byteCount: half.byteCount)
    case .int8:
      cke_quantize_int8(
        values, made.rows, made.columns, made.codes.pointer(Int8.self),
        made.scales?.pointer(Float.self))
    case .nf4:
      let room = Storage(byteCount: 4 * (made.scaleCodes?.byteCount ?? 0))
      cke_quantize_nf4(
        values, source.count, made.codes.pointer(UInt8.self), room.pointer(Float.self),
        made.scaleCodes?.pointer(UInt8.self), made.scales?.pointer(Float.self), &made.offset)
    case .file: break
    }
  }

  /// The elements of a quantised matrix as f32; others come back as they are. Both modes give the
  /// same bits.
  public func decoded(_ x: Tensor) throws -> Tensor {
    guard let codes = x.quantization else { return x }
    try checkWhole(x, codes, "decode")
    let result = Tensor(uninitialized: x.shape, dtype: .f32)
    let target = try result.address("decode")
    let kernels = try kernels(.f32, "decode")
    codes.withCall { kernels.quantized_decode($0, nil, codes.rows, target) }
    return result
  }

  /// Rows of a quantised table by ids (checked, dense, i64).
  func decodedRows(_ table: Tensor, _ codes: Quantization, _ ids: Tensor) throws -> Tensor {
    try checkWhole(table, codes, "gather")
    let result = Tensor(uninitialized: [ids.count, codes.columns], dtype: .f32)
    let (target, places) = (
      try result.address("gather"), try ids.address("gather").assumingMemoryBound(to: Int64.self)
    )
    let kernels = try kernels(.f32, "gather")
    codes.withCall { kernels.quantized_decode($0, places, ids.count, target) }
    return result
  }

  /// `x Wᵀ + bias` and, with `isTransposed` false, `x W`, for a quantised W: decoded tile by tile.
  func quantizedProduct(
    _ x: Tensor, _ weight: Tensor, _ codes: Quantization, isTransposed: Bool, bias: Tensor? = nil
  ) throws -> Tensor {
    try checkWhole(weight, codes, "matmul")
    let (inner, outer) =
      isTransposed ? (codes.columns, codes.rows) : (codes.rows, codes.columns)
    guard let width = x.shape.last, width == inner, x.dtype == .f32 else {
      throw TensorError(
        "matmul",
        "\(x.dtype.name) \(describe(x.shape)) does not fit a \(codes.kind.name) weight \(describe(weight.shape))"
      )
    }
    let source = try contiguous(x)
    let rows = x.count / Swift.max(inner, 1)
    let result = Tensor(uninitialized: x.shape.dropLast() + [outer], dtype: .f32)
    let (from, to) = (try source.address("matmul"), try result.address("matmul"))
    let addend = try bias.map { try contiguous($0) }
    let shift = try addend?.address("matmul")
    let kernels = try kernels(.f32, "matmul")
    codes.withCall { call in
      if isTransposed {
        kernels.quantized_product(call, from, shift, to, rows)
      } else {
        kernels.quantized_gradient(call, from, to, rows)
      }
    }
    return withExtendedLifetime(addend) { result }
  }

  private func checkWhole(_ x: Tensor, _ codes: Quantization, _ operation: String) throws {
    guard x.shape == [codes.rows, codes.columns], x.isContiguous, x.offset == 0 else {
      throw TensorError(operation, "a view of a quantised matrix; decode it first")
    }
    try x.checkRoom()
  }
}

extension Storage {
  fileprivate func pointer<T>(_ type: T.Type) -> UnsafeMutablePointer<T>? {
    base?.assumingMemoryBound(to: type)
  }
}
