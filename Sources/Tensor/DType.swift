/// The type of a tensor's elements.
///
/// Arithmetic runs in `f32` or `f64`. `bf16` is a storage type: an operation widens it to `f32`,
/// computes, and rounds the result back to `bf16` (round to nearest, ties to even).
public enum DType: UInt8, Sendable, CaseIterable {
  case f32, f64, bf16, i32, i64, bool

  /// Bytes of one element.
  public var size: Int {
    switch self {
    case .f32, .i32: return 4
    case .f64, .i64: return 8
    case .bf16: return 2
    case .bool: return 1
    }
  }

  /// The name that the language prints.
  public var name: String {
    switch self {
    case .f32: return "f32"
    case .f64: return "f64"
    case .bf16: return "bf16"
    case .i32: return "i32"
    case .i64: return "i64"
    case .bool: return "bool"
    }
  }

  public init?(name: String) {
    guard let found = DType.allCases.first(where: { $0.name == name }) else { return nil }
    self = found
  }

  /// True for `f32`, `f64` and `bf16`.
  public var isFloat: Bool { self == .f32 || self == .f64 || self == .bf16 }

  /// True for `i32` and `i64`.
  public var isInteger: Bool { self == .i32 || self == .i64 }

  /// The type that arithmetic on this type runs in.
  public var compute: DType { self == .bf16 ? .f32 : self }
}
