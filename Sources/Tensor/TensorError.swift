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

/// `[2, 3]`: how a shape is printed in messages.
public func describe(_ shape: [Int]) -> String {
  "[" + shape.map(String.init).joined(separator: ", ") + "]"
}
