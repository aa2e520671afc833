/// What a tokenizer is, without making it.
public struct TokenizerFacts: Sendable {
  /// BPE, WordPiece, Unigram, …
  public let kind: String
  /// Rows that an embedding of its ids needs.
  public let count: Int
  /// Tokens that are found in the text as they are.
  public let special: [String]

  /// Throws for what is no `tokenizer.json`.
  init(json region: ByteRegion) throws {
    let file = try JSONParser.parse(region.bytes)
    guard let model = file["model"]?.object, let vocabulary = model["vocab"] else {
      throw JSONError(offset: 0, problem: "no model with a vocabulary")
    }
    let added = file["added_tokens"]?.array ?? []
    let known = vocabulary.object
    // By the highest id: canonically equivalent tokens are one key of a Swift dictionary.
    let highest =
      [
        known?.lazy.compactMap(\.value.int).max() ?? 0, (vocabulary.array?.count ?? 0) - 1,
        added.lazy.compactMap { $0["id"]?.int }.max() ?? 0,
      ].max() ?? 0
    let guessed = model["merges"] != nil ? "BPE" : known == nil ? "Unigram" : "WordPiece"
    kind = model["type"]?.string ?? guessed
    count = min(highest, Int(Int32.max)) + 1
    special = added.filter { $0["special"]?.bool == true }.compactMap { $0["content"]?.string }
  }

  /// Nil where the file holds none.
  init?(gguf values: JSONObject) {
    guard let model = values["tokenizer.ggml.model"]?.string,
      let tokens = values["tokenizer.ggml.tokens"]?.array
    else { return nil }
    let kinds = ["gpt2": "BPE", "llama": "BPE", "bert": "WordPiece", "t5": "Unigram"]
    kind = kinds[model] ?? model
    count = tokens.count
    let types = values["tokenizer.ggml.token_type"]?.array ?? []
    special = zip(tokens, types).compactMap { $1.int == 3 ? $0.string : nil }
  }
}
