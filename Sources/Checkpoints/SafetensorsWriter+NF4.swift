import Tensor

extension SafetensorsWriter {
  /// A matrix in four bits as bitsandbytes stores it: codes, scales, what both stand for, and how they belong together.
  static func packedEntries(_ name: String, _ codes: Quantization) -> [Entry] {
    func bytes(_ storage: Storage, _ type: SafetensorsType, _ suffix: String, _ shape: [Int])
      -> Entry
    {
      let data = storage.base.map {
        ByteRegion(
          owner: storage, start: UnsafeRawPointer($0), count: shape.reduce(type.bits / 8, *))
      }
      return Entry(
        name: name + suffix, type: type, shape: shape, data: data ?? ByteRegion(copying: []))
    }
    func floats(_ values: [Float], _ suffix: String) -> Entry {
      let data = values.withUnsafeBytes { ByteRegion(copying: $0) }
      return Entry(name: name + suffix, type: .f32, shape: [values.count], data: data)
    }
    let count = codes.rows * codes.columns
    let blocks = (count + Quantization.blockSize - 1) / Quantization.blockSize
    let groups = (blocks + Quantization.groupSize - 1) / Quantization.groupSize
    var state: [(String, JSONValue)] = [
      ("quant_type", "nf4"), ("blocksize", .int(Quantization.blockSize)), ("dtype", "float32"),
      ("shape", .array([.int(codes.rows), .int(codes.columns)])),
    ]
    var entries = [
      bytes(codes.codes, .u8, "", [(count + 1) / 2, 1]),
      floats(Quantization.nf4Values, ".quant_map"),
    ]
    if let scaleCodes = codes.scaleCodes, let scales = codes.scales {
      state += [
        ("nested_blocksize", .int(Quantization.groupSize)), ("nested_dtype", "float32"),
        ("nested_offset", .double(Double(codes.offset))),
      ]
      entries += [
        bytes(scaleCodes, .u8, ".absmax", [blocks]),
        bytes(scales, .f32, ".nested_absmax", [groups]),
        floats(Quantization.scaleValues, ".nested_quant_map"),
      ]
    } else if let scales = codes.scales {
      entries.append(bytes(scales, .f32, ".absmax", [blocks]))
    }
    var object = JSONObject()
    for (key, value) in state { object[key] = value }
    let text = Array(JSONValue.object(object).text().utf8)
    entries.append(
      Entry(
        name: name + NF4State.suffix, type: .u8, shape: [text.count],
        data: ByteRegion(copying: text)))
    return entries
  }
}
