import Tensor

/// How a GGUF file stores a tensor: plain numbers, or blocks that share scales. All that the format
/// knows are here, so that any file can be described; those with a `reading` can be read too.
public enum GGUFType: UInt32, Sendable, CaseIterable {
  case f32 = 0
  case f16 = 1
  case q4_0 = 2
  case q4_1 = 3
  case q5_0 = 6
  case q5_1 = 7
  case q8_0 = 8
  case q8_1 = 9
  case q2_k = 10
  case q3_k = 11
  case q4_k = 12
  case q5_k = 13
  case q6_k = 14
  case q8_k = 15
  case iq2_xxs = 16
  case iq2_xs = 17
  case iq3_xxs = 18
  case iq1_s = 19
  case iq4_nl = 20
  case iq3_s = 21
  case iq2_s = 22
  case iq4_xs = 23
  case i8 = 24
  case i16 = 25
  case i32 = 26
  case i64 = 27
  case f64 = 28
  case iq1_m = 29
  case bf16 = 30
  case tq1_0 = 34
  case tq2_0 = 35
  case mxfp4 = 39

  /// How its numbers are read.
  enum Reading {
    case plain(DType)
    /// Half floats, which become f32.
    case half
    case blocks(BlockKind)
  }

  /// Nil: not here.
  var reading: Reading? {
    switch self {
    case .f32: .plain(.f32)
    case .f64: .plain(.f64)
    case .bf16: .plain(.bf16)
    case .f16: .half
    case .q4_0: .blocks(.q4_0)
    case .q4_1: .blocks(.q4_1)
    case .q5_0: .blocks(.q5_0)
    case .q5_1: .blocks(.q5_1)
    case .q8_0: .blocks(.q8_0)
    case .q2_k: .blocks(.q2_k)
    case .q3_k: .blocks(.q3_k)
    case .q4_k: .blocks(.q4_k)
    case .q5_k: .blocks(.q5_k)
    case .q6_k: .blocks(.q6_k)
    default: nil
    }
  }

  public var isReadable: Bool { reading != nil }

  /// Elements of a block, which lie along the last axis.
  public var blockSize: Int { layout.size }

  /// Bytes of a block, its scales among them.
  public var blockBytes: Int { layout.bytes }

  private var layout: (size: Int, bytes: Int) {
    switch self {
    case .f32, .i32: (1, 4)
    case .f16, .bf16, .i16: (1, 2)
    case .f64, .i64: (1, 8)
    case .i8: (1, 1)
    case .q4_0: (32, 18)
    case .q4_1: (32, 20)
    case .q5_0: (32, 22)
    case .q5_1: (32, 24)
    case .q8_0: (32, 34)
    case .q8_1: (32, 40)
    case .q2_k: (256, 84)
    case .q3_k: (256, 110)
    case .q4_k: (256, 144)
    case .q5_k: (256, 176)
    case .q6_k: (256, 210)
    case .q8_k: (256, 292)
    case .iq2_xxs: (256, 66)
    case .iq2_xs: (256, 74)
    case .iq3_xxs: (256, 98)
    case .iq1_s: (256, 50)
    case .iq4_nl: (32, 18)
    case .iq3_s: (256, 110)
    case .iq2_s: (256, 82)
    case .iq4_xs: (256, 136)
    case .iq1_m: (256, 56)
    case .tq1_0: (256, 54)
    case .tq2_0: (256, 66)
    case .mxfp4: (32, 17)
    }
  }

  /// As the format's own tools print it: `Q4_K`.
  public var name: String { "\(self)".uppercased() }
}
