import Tensor

/// Matrices in four bits as bitsandbytes stores them: `NAME` holds the codes, `NAME.absmax` and others the scales, and
/// `NAME.quant_state.bitsandbytes__nf4` a JSON object that says how they belong together.
struct NF4State {
  static let suffix = ".quant_state.bitsandbytes__nf4"
  /// The other 4-bit type of the same library.
  static let otherSuffix = ".quant_state.bitsandbytes__fp4"
  static let companionSuffixes = [
    suffix, otherSuffix, ".absmax", ".quant_map", ".nested_absmax", ".nested_quant_map",
  ]

  let rows, columns: Int
  let blockSize: Int
  /// Whether the blocks' scales are codes too; their scale lies `offset` off.
  let isNested: Bool
  let nestedBlockSize: Int
  let offset: Double

  var count: Int { rows * columns }
  var blocks: Int { (count + blockSize - 1) / blockSize }
  var groups: Int { (blocks + nestedBlockSize - 1) / nestedBlockSize }
}

extension SafetensorsFile {
  /// Whether a tensor is a matrix in four bits.
  func isPacked(_ name: String) -> Bool {
    header.entries[name + NF4State.suffix] != nil
      || header.entries[name + NF4State.otherSuffix] != nil
  }

  /// Scales and the like, under the name of the matrix that they belong to.
  func isPackedCompanion(_ name: String) -> Bool {
    NF4State.companionSuffixes.contains { suffix in
      name.hasSuffix(suffix) && isPacked(String(name.dropLast(suffix.count)))
    }
  }

  /// How a matrix in four bits is stored. Throws for what is damaged, or of another kind.
  func nf4State(_ name: String) throws -> NF4State {
    let place = name + NF4State.suffix
    guard header.entries[place] != nil else {
      throw CheckpointError(
        path: path, at: .tensor(name),
        "It is stored as FP4 (bitsandbytes), which is not read here.",
        remedy: "Store the model as NF4, or in 16 bits.")
    }
    let entry = try self.entry(place)
    guard entry.type == .u8, let object = try? JSONParser.parse(bytes(of: place).bytes).object
    else {
      throw damaged(place, "It should hold a JSON object as U8.")
    }
    guard object["quant_type"]?.string == "nf4", let shape = object["shape"]?.array,
      shape.count == 2,
      let rows = shape[0].int, let columns = shape[1].int, (1...1 << 31).contains(rows),
      (1...1 << 31).contains(columns), let blockSize = object["blocksize"]?.int
    else {
      throw damaged(place, "It should give the type nf4, the shape of a matrix and a block size.")
    }
    let isNested = object["nested_blocksize"] != nil
    let nestedBlockSize = object["nested_blocksize"]?.int ?? Quantization.groupSize
    guard blockSize == Quantization.blockSize, nestedBlockSize == Quantization.groupSize else {
      throw CheckpointError(
        path: path, at: .tensor(name),
        "Its blocks are of \(blockSize) elements and \(nestedBlockSize) scales; those of 64 and 256 are read.",
        remedy: "Quantise the model with bitsandbytes' own sizes.")
    }
    let offset = isNested ? object["nested_offset"]?.double : 0
    guard let offset, offset.isFinite else {
      throw damaged(place, "It should give a number as nested_offset.")
    }
    return NF4State(
      rows: rows, columns: columns, blockSize: blockSize, isNested: isNested,
      nestedBlockSize: nestedBlockSize, offset: offset)
  }

  /// The matrix as it is stored: codes and large scales are views of the file.
  func packedTensor(_ name: String) throws -> Tensor {
    let state = try nf4State(name)
    let codes = try part(name, .u8, count: (state.count + 1) / 2)
    try checkMap(name + ".quant_map", Quantization.nf4Values)
    guard state.isNested else {
      let scales = try part(name + ".absmax", .f32, count: state.blocks)
      return Tensor(
        Quantization(.nf4, rows: state.rows, columns: state.columns, codes: codes, scales: scales))
    }
    try checkMap(name + ".nested_quant_map", Quantization.scaleValues)
    return Tensor(
      Quantization(
        .nf4, rows: state.rows, columns: state.columns, codes: codes,
        scaleCodes: try part(name + ".absmax", .u8, count: state.blocks),
        scales: try part(name + ".nested_absmax", .f32, count: state.groups),
        offset: Float(state.offset)))
  }

  private func part(_ name: String, _ type: SafetensorsType, count: Int) throws -> Storage {
    let entry = try self.entry(name)
    guard entry.type == type, entry.count == count else {
      throw damaged(
        name,
        "\(count) elements of \(type.rawValue) were expected, not \(entry.count) of \(entry.type.rawValue)."
      )
    }
    let data = try bytes(of: name)
    let source = data.isAligned(to: type.bits / 8) ? data : ByteRegion(copying: data.bytes)
    return Storage(external: source.start, byteCount: source.count, owner: source.owner)
  }

  /// The values behind the codes are part of the kind: other ones would be another kind.
  private func checkMap(_ name: String, _ known: [Float]) throws {
    let map = try part(name, .f32, count: known.count)
    let isSame = map.base.map { base in
      known.indices.allSatisfy {
        base.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self) == known[$0]
      }
    }
    if isSame == true { return }
    throw CheckpointError(
      path: path, at: .tensor(name), "The values of its codes are not those of NF4.",
      remedy: "Quantise the model with bitsandbytes as it comes.")
  }

  private func damaged(_ name: String, _ problem: String) -> CheckpointError {
    CheckpointError(
      path: path, at: .tensor(name), problem,
      remedy: "The file is damaged: copy or download it again.")
  }
}
