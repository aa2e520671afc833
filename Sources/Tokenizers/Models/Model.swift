/// A token of a word: its id and how many bytes of the word it covers.
struct WordPart: Equatable, Sendable {
  var id: Int32
  var length: Int32
}

/// Splits one word of pre-tokenised text into tokens.
protocol Model: Sendable {
  var vocabulary: Vocabulary { get }
  /// Appends the tokens of `word`, which is not empty, in order. The parts follow one another from
  /// the word's first byte.
  func tokenize(_ word: UnsafeBufferPointer<UInt8>, into parts: inout [WordPart]) throws
  /// The model's section of a tokenizer file.
  func json() -> JSONValue
}

extension TokenizerError {
  static func missingUnknown(_ token: String?) -> TokenizerError {
    guard let token else {
      return TokenizerError(
        "A word has characters that the vocabulary lacks, and the model names no unknown token.")
    }
    return TokenizerError(
      "A word has characters that the vocabulary lacks, and its unknown token \"\(token)\" is not "
        + "in the vocabulary either.")
  }
}
