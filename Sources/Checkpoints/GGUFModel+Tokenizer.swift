extension GGUFModel {
  /// True if the file holds a tokenizer at all.
  public var hasTokenizer: Bool { file.values["tokenizer.ggml.model"] != nil }

  /// The tokenizer as `tokenizer.json` would hold it. Throws for kinds other than byte-level BPE.
  public func tokenizer() throws -> [UInt8] {
    let kind = file.values["tokenizer.ggml.model"]?.string ?? ""
    guard kind == "gpt2" else {
      throw failure(
        "tokenizer.ggml.model",
        "Tokenizers of the kind '\(kind.excerpt)' are not read from GGUF files here.")
    }
    let tokens = try strings("tokenizer.ggml.tokens")
    let merges = try strings("tokenizer.ggml.merges")
    var vocabulary = JSONObject()
    for (id, token) in tokens.enumerated() {
      guard vocabulary[token] == nil else {
        throw failure("tokenizer.ggml.tokens", "The token '\(token.excerpt)' stands twice.")
      }
      vocabulary[token] = .int(id)
    }
    let (split, ignoresMerges) = try preTokenizer()
    var result = JSONObject()
    result["version"] = .string("1.0")
    result["added_tokens"] = .array(try addedTokens(tokens))
    result["normalizer"] = isQwen ? .object(Self.object([("type", .string("NFC"))])) : .null
    result["pre_tokenizer"] = split
    result["post_processor"] = postProcessor(tokens)
    result["decoder"] = .object(Self.byteLevel(usesPattern: true))
    result["model"] = .object(
      Self.object([
        ("type", .string("BPE")), ("ignore_merges", .bool(ignoresMerges)),
        ("vocab", .object(vocabulary)), ("merges", .array(merges.map { .string($0) })),
      ]))
    return Array(JSONValue.object(result).text().utf8)
  }

  /// The `tokenizer_config.json` of the same: what the special tokens are, and how a chat is laid
  /// out.
  public func tokenizerConfiguration() -> [UInt8] {
    let tokens = file.values["tokenizer.ggml.tokens"]?.array ?? []
    var result = JSONObject()
    for (key, name) in [("bos", "bos"), ("eos", "eos"), ("unknown", "unk"), ("padding", "pad")] {
      guard let id = file.values["tokenizer.ggml.\(key)_token_id"]?.int, tokens.indices.contains(id)
      else { continue }
      result["\(name)_token"] = tokens[id]
    }
    result["chat_template"] = file.values["tokenizer.chat_template"]
    return Array(JSONValue.object(result).text().utf8)
  }

  private var isQwen: Bool { file.values["tokenizer.ggml.pre"]?.string == "qwen2" }

  private func failure(_ key: String, _ problem: String) -> CheckpointError {
    CheckpointError(
      path: path, at: .key(key), problem,
      remedy: "Take the model as a folder with its tokenizer.json.")
  }

  private func strings(_ key: String) throws -> [String] {
    guard let list = file.values[key]?.array else {
      throw failure(key, "A list of strings is missing.")
    }
    let strings = list.compactMap(\.string)
    guard strings.count == list.count else {
      throw failure(key, "The list holds more than strings.")
    }
    return strings
  }

  private static func object(_ members: [(String, JSONValue)]) -> JSONObject {
    var result = JSONObject()
    for (key, value) in members { result[key] = value }
    return result
  }

  private static func byteLevel(usesPattern: Bool) -> JSONObject {
    object([
      ("type", .string("ByteLevel")), ("add_prefix_space", .bool(false)),
      ("trim_offsets", .bool(true)), ("use_regex", .bool(usesPattern)),
    ])
  }

  /// How words are cut before merging, by the name that the file gives it; and whether whole words
  /// that are tokens skip the merges.
  private func preTokenizer() throws -> (JSONValue, ignoresMerges: Bool) {
    let name = file.values["tokenizer.ggml.pre"]?.string ?? "gpt-2"
    func sequence(_ first: JSONObject, usesPattern: Bool) -> JSONValue {
      let parts: [JSONValue] = [
        .object(first), .object(Self.byteLevel(usesPattern: usesPattern)),
      ]
      return .object(
        Self.object([("type", .string("Sequence")), ("pretokenizers", .array(parts))]))
    }
    func split(digits: String) -> JSONObject {
      let pattern =
        "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\(digits)|"
        + " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
      return Self.object([
        ("type", .string("Split")),
        ("pattern", .object(Self.object([("Regex", .string(pattern))]))),
        ("behavior", .string("Isolated")), ("invert", .bool(false)),
      ])
    }
    switch name {
    case "gpt-2", "default": return (.object(Self.byteLevel(usesPattern: true)), false)
    case "smollm":
      let digits = Self.object([("type", .string("Digits")), ("individual_digits", .bool(true))])
      return (sequence(digits, usesPattern: true), false)
    case "llama-bpe", "llama3", "llama-v3":
      return (sequence(split(digits: "\\p{N}{1,3}"), usesPattern: false), true)
    case "qwen2": return (sequence(split(digits: "\\p{N}"), usesPattern: false), false)
    default:
      throw failure(
        "tokenizer.ggml.pre", "Words cut the way of '\(name.excerpt)' are not known here.")
    }
  }

  /// Types 3 (control) and 4 (defined by a user) are found in the text before anything else is.
  private func addedTokens(_ tokens: [String]) throws -> [JSONValue] {
    guard let list = file.values["tokenizer.ggml.token_type"]?.array else { return [] }
    guard list.count == tokens.count else {
      throw failure(
        "tokenizer.ggml.token_type", "There are \(list.count) types for \(tokens.count) tokens.")
    }
    return zip(tokens, list).enumerated().compactMap { id, pair in
      guard let type = pair.1.int, type == 3 || type == 4, !pair.0.isEmpty else { return nil }
      return .object(
        Self.object([
          ("id", .int(id)), ("content", .string(pair.0)), ("single_word", .bool(false)),
          ("lstrip", .bool(false)), ("rstrip", .bool(false)), ("normalized", .bool(false)),
          ("special", .bool(type == 3)),
        ]))
    }
  }

  /// Puts the start token before a text where the file asks for it.
  private func postProcessor(_ tokens: [String]) -> JSONValue {
    guard file.values["tokenizer.ggml.add_bos_token"]?.bool == true,
      let id = file.values["tokenizer.ggml.bos_token_id"]?.int, tokens.indices.contains(id)
    else { return .null }
    func special(_ type: Int) -> JSONValue {
      .object(
        Self.object([
          (
            "SpecialToken",
            .object(Self.object([("id", .string(tokens[id])), ("type_id", .int(type))]))
          )
        ]))
    }
    func sequence(_ name: String, _ type: Int) -> JSONValue {
      .object(
        Self.object([
          ("Sequence", .object(Self.object([("id", .string(name)), ("type_id", .int(type))])))
        ]))
    }
    let known = Self.object([
      ("id", .string(tokens[id])), ("ids", .array([.int(id)])),
      ("tokens", .array([.string(tokens[id])])),
    ])
    return .object(
      Self.object([
        ("type", .string("TemplateProcessing")),
        ("single", .array([special(0), sequence("A", 0)])),
        (
          "pair", .array([special(0), sequence("A", 0), special(1), sequence("B", 1)])
        ), ("special_tokens", .object(Self.object([(tokens[id], .object(known))]))),
      ]))
  }
}
