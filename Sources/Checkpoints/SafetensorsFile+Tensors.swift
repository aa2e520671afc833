import Tensor

extension SafetensorsFile {
  /// A tensor by name.
  ///
  /// F32, F64, I32, I64 and BOOL are views of the file where they are aligned (they are in files
  /// that the format's own library wrote), else copies. F16 becomes f32; BF16 becomes f32, or stays
  /// bf16 with `keepBF16`. Small integers become i32; U32 and U64 become i64. I8 with a scale a row
  /// (see `SafetensorsWriter.StoredType`) becomes f32. Matrices in four bits, as bitsandbytes stores
  /// them, stay as they are.
  ///
  /// Throws `CheckpointError` if there is no such tensor, or none of our types can hold it.
  public func tensor(_ name: String, keepBF16: Bool = false) throws -> Tensor {
    let entry = try entry(name)
    if isPacked(name) { return try packedTensor(name) }
    let data = try bytes(of: name)
    switch entry.type {
    case .f32: return view(data, entry, .f32)
    case .f64: return view(data, entry, .f64)
    case .i32: return view(data, entry, .i32)
    case .i64: return view(data, entry, .i64)
    case .bool:
      try checkBooleans(name, data)
      return view(data, entry, .bool)
    case .bf16:
      let stored = view(data, entry, .bf16)
      return keepBF16 ? stored : try Engine(math: .fast).cast(stored, to: .f32)
    case .f16:
      let source = data.isAligned(to: 2) ? data : ByteRegion(copying: data.bytes)
      return try withExtendedLifetime(source) {
        try Engine(math: .fast).decodeHalf(source.bytes, shape: entry.shape)
      }
    case .i8:
      if let scale = scaleName(of: name) { return try scaled(name, scale, data, entry) }
      return convert(data, entry, .i32) { (value: Int8) in Int32(value) }
    case .u8: return convert(data, entry, .i32) { (value: UInt8) in Int32(value) }
    case .i16: return convert(data, entry, .i32) { (value: Int16) in Int32(value.littleEndian) }
    case .u16: return convert(data, entry, .i32) { (value: UInt16) in Int32(value.littleEndian) }
    case .u32: return convert(data, entry, .i64) { (value: UInt32) in Int64(value.littleEndian) }
    case .u64: return try wide(name, data, entry)
    case .f4, .f6e2m3, .f6e3m2, .f8e5m2, .f8e4m3, .f8e8m0, .c64:
      throw CheckpointError(
        path: path, at: .tensor(name),
        "It is stored as \(entry.type.rawValue), which has no "
          + "tensor type here.", remedy: "Convert the file to F32, F16 or BF16 first.")
    }
  }

  private func view(_ data: ByteRegion, _ entry: SafetensorsHeader.Entry, _ dtype: DType) -> Tensor
  {
    let source = data.isAligned(to: dtype.size) ? data : ByteRegion(copying: data.bytes)
    let storage = Storage(external: source.start, byteCount: source.count, owner: source.owner)
    return Tensor(storage: storage, shape: entry.shape, dtype: dtype)
  }

  private func convert<Stored, Element>(
    _ data: ByteRegion, _ entry: SafetensorsHeader.Entry, _ dtype: DType,
    _ body: (Stored) -> Element
  ) -> Tensor {
    let result = Tensor(uninitialized: entry.shape, dtype: dtype)
    guard let base = result.storage.base else { return result }
    let target = base.assumingMemoryBound(to: Element.self)
    let width = MemoryLayout<Stored>.size
    for index in 0..<entry.count {
      target[index] = body(data.start.loadUnaligned(fromByteOffset: index * width, as: Stored.self))
    }
    return result
  }

  private func checkBooleans(_ name: String, _ data: ByteRegion) throws {
    guard let place = data.bytes.firstIndex(where: { $0 > 1 }) else { return }
    throw CheckpointError(
      path: path, at: .tensor(name),
      "Element \(place) of a BOOL tensor is \(data.bytes[place]), "
        + "not 0 or 1.", remedy: "The file is damaged: copy or download it again.")
  }

  private func wide(_ name: String, _ data: ByteRegion, _ entry: SafetensorsHeader.Entry) throws
    -> Tensor
  {
    for index in 0..<entry.count {
      let value = data.start.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self)
      guard UInt64(littleEndian: value) <= UInt64(Int64.max) else {
        throw CheckpointError(
          path: path, at: .tensor(name), "Element \(index) of a U64 tensor does not fit i64.",
          remedy: "Convert the tensor to I64 first.")
      }
    }
    return view(data, entry, .i64)
  }

  private func scaled(
    _ name: String, _ scaleName: String, _ data: ByteRegion, _ entry: SafetensorsHeader.Entry
  ) throws -> Tensor {
    let scale = try self.entry(scaleName)
    guard let rows = entry.shape.first, scale.type == .f32, scale.shape == [rows] else {
      throw CheckpointError(
        path: path, at: .tensor(scaleName),
        "One F32 scale for each row of '\(name.excerpt)' was "
          + "expected.", remedy: "Write the file again.")
    }
    let scales = try bytes(of: scaleName)
    let width = rows == 0 ? 0 : entry.count / rows
    let result = Tensor(uninitialized: entry.shape, dtype: .f32)
    guard let base = result.storage.base else { return result }
    let target = base.assumingMemoryBound(to: Float.self)
    for row in 0..<rows {
      let factor = scales.start.loadUnaligned(fromByteOffset: row * 4, as: Float.self)
      for index in row * width..<(row + 1) * width {
        target[index] =
          factor * Float(data.start.load(fromByteOffset: index, as: Int8.self))
      }
    }
    return result
  }
}
