import Tensor

extension SafetensorsWriter {
  /// How tensors are stored. Integers and booleans are stored as they are in any case.
  public enum StoredType: Sendable {
    /// As they are: of weights in fewer bits NF4 as bitsandbytes stores it and bf16, others as f32.
    case unchanged
    case f32
    case f16
    case bf16
    /// Matrices as I8 with one F32 scale a row (`name.row_scale`): row i is scale[i] * q[i],
    /// scale[i] = max|row i| / 127. Vectors stay f32. About a quarter of the f32 size; only this
    /// project reads such files.
    case int8Rows
  }

  /// Named tensors as entries of a file. A name that stands twice is refused on writing.
  public static func entries(
    _ tensors: [(name: String, tensor: Tensor)], as type: StoredType = .unchanged
  ) throws -> [Entry] {
    try tensors.flatMap { try entries($0.name, $0.tensor, as: type) }
  }

  /// Writes named tensors to a file, as `write(_:to:metadata:)` does.
  public static func write(
    _ tensors: [(name: String, tensor: Tensor)], to path: String, as type: StoredType = .unchanged,
    metadata: [String: String] = defaultMetadata
  ) throws {
    try write(
      try entries(tensors, as: type), to: path, metadata: extended(metadata, for: type))
  }

  /// The file of named tensors in memory.
  public static func bytes(
    _ tensors: [(name: String, tensor: Tensor)], as type: StoredType = .unchanged,
    metadata: [String: String] = defaultMetadata
  ) throws -> [UInt8] {
    try bytes(try entries(tensors, as: type), metadata: extended(metadata, for: type))
  }

  static func parts(
    _ tensors: [(name: String, tensor: Tensor)], as type: StoredType, path: String
  ) throws -> [ByteRegion] {
    try parts(
      try entries(tensors, as: type), metadata: extended(defaultMetadata, for: type), path: path)
  }

  static func metadata(for type: StoredType) -> [String: String] { extended(defaultMetadata, for: type) }

  private static func extended(_ metadata: [String: String], for type: StoredType)
    -> [String: String]
  {
    guard type == .int8Rows else { return metadata }
    return metadata.merging([SafetensorsFile.int8Key: "1"]) { $1 }
  }

  private static func entries(_ name: String, _ tensor: Tensor, as type: StoredType) throws
    -> [Entry]
  {
    let engine = Engine(math: .fast)
    if type == .unchanged, let codes = tensor.quantization {
      if codes.kind == .nf4 { return packedEntries(name, codes) }
      if codes.kind == .bf16 {
        return [try entry(name, Tensor(storage: codes.codes, shape: tensor.shape, dtype: .bf16))]
      }
    }
    let plain = try engine.contiguous(tensor)
    guard tensor.dtype.isFloat, type != .unchanged else { return [try entry(name, plain)] }
    switch type {
    case .unchanged, .f32: return [try entry(name, try engine.cast(plain, to: .f32))]
    case .bf16: return [try entry(name, try engine.cast(plain, to: .bf16))]
    case .f16:
      let source = try bytes(of: try engine.cast(plain, to: .f32))
      let halves = filled(plain.count) { HalfPrecision.f16(float(source, $0)).littleEndian }
      return [Entry(name: name, type: .f16, shape: plain.shape, data: halves)]
    case .int8Rows:
      let values = try engine.cast(plain, to: .f32)
      return values.rank < 2
        ? [try entry(name, values)] : int8Entries(name, values.shape, try bytes(of: values))
    }
  }

  /// The bytes of a contiguous tensor, kept alive by its storage.
  private static func bytes(of tensor: Tensor) throws -> ByteRegion {
    ByteRegion(
      owner: tensor.storage, start: UnsafeRawPointer(try tensor.address("save")),
      count: tensor.byteCount)
  }

  private static func entry(_ name: String, _ tensor: Tensor) throws -> Entry {
    Entry(
      name: name, type: SafetensorsType(tensor.dtype), shape: tensor.shape,
      data: try bytes(of: tensor))
  }

  private static func float(_ source: ByteRegion, _ index: Int) -> Float {
    source.start.loadUnaligned(fromByteOffset: index * 4, as: Float.self)
  }

  private static func int8Entries(_ name: String, _ shape: [Int], _ source: ByteRegion) -> [Entry] {
    let rows = shape[0]
    let width = rows == 0 ? 0 : shape.dropFirst().reduce(1, *)
    let scales = (0..<rows).map { row in
      (0..<width).reduce(Float(0)) { max($0, abs(float(source, row * width + $1))) } / 127
    }
    let values: ByteRegion = filled(rows * width) { index in
      let scale = scales[index / width]
      guard scale > 0, scale.isFinite else { return Int8(0) }
      let quotient = (float(source, index) / scale).rounded(.toNearestOrEven)
      return Int8(max(-127, min(127, quotient.isNaN ? 0 : quotient)))
    }
    return [
      Entry(name: name, type: .i8, shape: shape, data: values),
      Entry(
        name: name + SafetensorsFile.scaleSuffix, type: .f32, shape: [rows],
        data: filled(rows) { scales[$0] }),
    ]
  }

  private static func filled<Element>(_ count: Int, _ body: (Int) -> Element) -> ByteRegion {
    let size = count * MemoryLayout<Element>.stride
    let block = HeapBlock(count: size)
    let target = block.start.bindMemory(to: Element.self, capacity: count)
    for index in 0..<count { (target + index).initialize(to: body(index)) }
    return ByteRegion(owner: block, start: UnsafeRawPointer(block.start), count: size)
  }
}

extension SafetensorsType {
  init(_ dtype: DType) {
    switch dtype {
    case .f32: self = .f32
    case .f64: self = .f64
    case .bf16: self = .bf16
    case .i32: self = .i32
    case .i64: self = .i64
    case .bool: self = .bool
    }
  }
}
