/// A mistake in the arguments of a tensor operation: which operation, and a sentence that says what
/// is wrong.
public struct TensorError: Error, CustomStringConvertible, Equatable, Sendable {
  public let operation: String
  public let message: String

  public init(_ operation: String, _ message: String) {
    self.operation = operation
    self.message = message
  }

  public var description: String { "\(operation): \(message)" }
}

/// The system has no room for a tensor.
public struct OutOfMemory: Error, CustomStringConvertible, Equatable, Sendable {
  public let shape: [Int]
  public let byteCount: Int
  /// What the system could still give; nil if it does not say.
  public let available: Int?

  init(shape: [Int], byteCount: Int) {
    (self.shape, self.byteCount) = (shape, byteCount)
    available = Storage.bytesAvailable
  }

  public var description: String {
    let rest = available.map { ", but the system has \(Self.size($0))" } ?? ""
    return "a tensor of shape \(describe(shape)) takes \(Self.size(byteCount))\(rest)"
  }

  private static func size(_ bytes: Int) -> String {
    bytes < 10 << 30 ? "\(bytes >> 20) MiB" : "\(bytes >> 30) GiB"
  }
}

/// `[2, 3]`: how a shape is printed in messages.
public func describe(_ shape: [Int]) -> String {
  "[" + shape.map(String.init).joined(separator: ", ") + "]"
}
