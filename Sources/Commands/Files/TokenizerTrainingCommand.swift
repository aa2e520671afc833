import Interpreter
import Tokenizers

extension Registry {
  /// `train_tokenizer`: a small vocabulary from texts.
  static func trainTokenizer(_ call: NativeCall, texts: [String]) throws -> Value {
    let size = try call.int(2)
    let tokenizer: Tokenizer
    switch try call.string(1) {
    case "wordpiece": tokenizer = try TokenizerTraining.trainWordPiece(texts, vocabularySize: size)
    case "bpe": tokenizer = try TokenizerTraining.trainBPE(texts, vocabularySize: size)
    case let other:
      throw Mistake(
        "there is no kind of tokenizer \"\(other)\"", code: "E0713", note: "kinds: wordpiece, bpe",
        argument: "kind")
    }
    return .host(TokenizerValue(tokenizer, file: TokenizerFile.save(tokenizer)))
  }
}
