import CKernelsExact

/// Weights stored in blocks with scales of their own: of 32, or (the K kinds) of 256 in parts.
public enum BlockKind: Sendable, CaseIterable {
  /// q · scale, q of 4 bits less 8.
  case q4_0
  /// q · scale + least, q of 4 bits.
  case q4_1
  /// q · scale, q of 5 bits less 16.
  case q5_0
  /// q · scale + least, q of 5 bits.
  case q5_1
  /// q · scale, q of 8 bits.
  case q8_0
  /// q · scale − least, q of 2 bits, 16 parts with scales of 4 bits.
  case q2_k
  /// q · scale, q of 3 bits less 4, 16 parts with scales of 6 bits.
  case q3_k
  /// q · scale − least, q of 4 bits, 8 parts with scales of 6 bits.
  case q4_k
  /// q · scale − least, q of 5 bits, 8 parts with scales of 6 bits.
  case q5_k
  /// q · scale, q of 6 bits less 32, 16 parts with scales of 8 bits.
  case q6_k

  public var blockSize: Int {
    switch self {
    case .q4_0, .q4_1, .q5_0, .q5_1, .q8_0: 32
    case .q2_k, .q3_k, .q4_k, .q5_k, .q6_k: 256
    }
  }

  public var blockBytes: Int {
    switch self {
    case .q4_0: 18
    case .q4_1: 20
    case .q5_0: 22
    case .q5_1: 24
    case .q8_0: 34
    case .q2_k: 84
    case .q3_k: 110
    case .q4_k: 144
    case .q5_k: 176
    case .q6_k: 210
    }
  }

  /// From blocks to numbers: so many blocks, one after another.
  var decode: @convention(c) (UnsafeRawPointer?, UnsafeMutablePointer<Float>?, Int) -> Void {
    switch self {
    case .q4_0: cke_decode_q4_0
    case .q4_1: cke_decode_q4_1
    case .q5_0: cke_decode_q5_0
    case .q5_1: cke_decode_q5_1
    case .q8_0: cke_decode_q8_0
    case .q2_k: cke_decode_q2_k
    case .q3_k: cke_decode_q3_k
    case .q4_k: cke_decode_q4_k
    case .q5_k: cke_decode_q5_k
    case .q6_k: cke_decode_q6_k
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
    kind.decode(source, target, blocks)
    return result
  }
}
