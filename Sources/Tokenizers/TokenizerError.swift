/// A mistake in a tokenizer file, in a text's bytes or in what was asked of a tokenizer.
///
/// `message` is a whole sentence: what is wrong, where, and what to do when that is known.
public struct TokenizerError: Error, Equatable, Sendable, CustomStringConvertible {
  public let message: String

  public init(_ message: String) {
    self.message = message
  }

  public var description: String { message }
}
