/// How a GGUF file stores a tensor: plain numbers, or blocks of 32 that share a scale.
public enum GGUFType: UInt32, Sendable, CaseIterable {
  case f32 = 0
  case f16 = 1
  case q4_0 = 2
  case q4_1 = 3
  case q8_0 = 8
  case f64 = 28
  case bf16 = 30

  /// Elements of a block, which lie along the last axis.
  public var blockSize: Int {
    switch self {
    case .f32, .f16, .f64, .bf16: 1
    case .q4_0, .q4_1, .q8_0: 32
    }
  }

  /// Bytes of a block: a half-float scale, Q4_1's half-float minimum, 4 or 8 bits an element.
  public var blockBytes: Int {
    switch self {
    case .f32: 4
    case .f16, .bf16: 2
    case .f64: 8
    case .q4_0: 2 + 16
    case .q4_1: 4 + 16
    case .q8_0: 2 + 32
    }
  }

  public var name: String { "\(self)".uppercased() }

  /// The other types of the format, for messages.
  static func name(of number: UInt32) -> String {
    let names: [UInt32: String] = [
      6: "Q5_0", 7: "Q5_1", 9: "Q8_1", 10: "Q2_K", 11: "Q3_K", 12: "Q4_K", 13: "Q5_K", 14: "Q6_K",
      15: "Q8_K", 16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S", 20: "IQ4_NL",
      21: "IQ3_S", 22: "IQ2_S", 23: "IQ4_XS", 24: "I8", 25: "I16", 26: "I32", 27: "I64",
      29: "IQ1_M",
    ]
    return names[number] ?? "number \(number)"
  }
}
