import CKernelsExact

/// Weights stored in blocks of 32 with a scale each.
public enum BlockKind: Sendable {
  /// q · scale, q of 4 bits less 8.
  case q4_0
  /// q · scale + least, q of 4 bits.
  case q4_1
  /// q · scale, q of 8 bits.
  case q8_0

  public var blockSize: Int { 32 }

  public var blockBytes: Int {
    switch self {
    case .q4_0: 18
    case .q4_1: 20
    case .q8_0: 34
    }
  }
}

extension Engine {
  /// Blocks as f32 of the given shape. Both modes give the same bits.
  public func decodeBlocks(
    _ bytes: UnsafeRawBufferPointer, _ kind: BlockKind, shape: [Int]
  ) throws -> Tensor {
    let result = Tensor(uninitialized: shape, dtype: .f32)
    let blocks = result.count / kind.blockSize
    guard result.count % kind.blockSize == 0, bytes.count == blocks * kind.blockBytes else {
      throw TensorError(
        "decodeBlocks",
        "\(bytes.count) bytes do not fill shape \(describe(shape)) with \(kind) blocks")
    }
    guard let source = bytes.baseAddress else { return result }
    let target = try result.address("decodeBlocks").assumingMemoryBound(to: Float.self)
    switch kind {
    case .q4_0: cke_decode_q4_0(source, target, blocks)
    case .q4_1: cke_decode_q4_1(source, target, blocks)
    case .q8_0: cke_decode_q8_0(source, target, blocks)
    }
    return result
  }
}
