/// A mistake in the use of the tape: which operation, and a sentence that says what and what to do.
public struct AutogradError: Error, CustomStringConvertible, Equatable {
  public let operation: String
  public let message: String

  public init(_ operation: String, _ message: String) {
    self.operation = operation
    self.message = message
  }

  public var description: String { "\(operation): \(message)" }
}
