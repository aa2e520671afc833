extension GGUFFile {
  /// True if the file holds a tokenizer at all.
  public var hasTokenizer: Bool { values["tokenizer.ggml.model"] != nil }

  /// The tokenizer as `tokenizer.json` would hold it. Throws for kinds that are not known.
  public func tokenizer() throws -> [UInt8] {
    let tokens = try strings("tokenizer.ggml.tokens")
    if let twice = Self.firstTwice(tokens) {
      throw failure("tokenizer.ggml.tokens", "The token '\(twice.excerpt)' stands twice.")
    }
    let kind = values["tokenizer.ggml.model"]?.string ?? ""
    var result: TokenizerText
    switch kind {
    case "gpt2": result = try byteLevelTokenizer(tokens)
    case "llama": result = try scoredTokenizer(tokens)
    case "t5": result = try unigramTokenizer(tokens)
    default:
      throw failure(
        "tokenizer.ggml.model",
        "Tokenizers of the kind '\(kind.excerpt)' are not read from GGUF files here.")
    }
    result.sections["version"] = .string("1.0")
    result.sections["added_tokens"] = .array(try addedTokens(tokens))
    result.sections["post_processor"] = postProcessor(tokens, kind)
    return result.bytes
  }

  /// A token that has the bytes of an earlier one. Strings compare by canonical equivalence, which is no
  /// reason to refuse; so hashes of their bytes are compared, and bytes only where those are equal.
  private static func firstTwice(_ tokens: [String]) -> String? {
    var seen = Set<Int>(minimumCapacity: tokens.count)
    var suspects: [String] = []
    for token in tokens {
      var (hasher, text) = (Hasher(), token)
      text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
      if !seen.insert(hasher.finalize()).inserted { suspects.append(token) }
    }
    return suspects.first { suspect in
      tokens.count { $0.utf8.elementsEqual(suspect.utf8) } > 1
    }
  }

  private func byteLevelTokenizer(_ tokens: [String]) throws -> TokenizerText {
    let merges = try strings("tokenizer.ggml.merges")
    let (split, ignoresMerges) = try preTokenizer()
    var result = TokenizerText()
    result.sections["normalizer"] = isQwen ? ["type": "NFC"] : .null
    result.sections["pre_tokenizer"] = split
    result.sections["decoder"] = .object(Self.byteLevel(usesPattern: true))
    result.model["type"] = "BPE"
    result.model["ignore_merges"] = .bool(ignoresMerges)
    result.merges = merges
    result.vocabulary = tokens
    return result
  }

  /// The `tokenizer_config.json` of the same: what the special tokens are, and how a chat is laid
  /// out.
  public func tokenizerConfiguration() -> [UInt8] {
    let tokens = values["tokenizer.ggml.tokens"]?.array ?? []
    var result = JSONObject()
    result["tokenizer_class"] = "PreTrainedTokenizerFast"
    for (key, name) in [("bos", "bos"), ("eos", "eos"), ("unknown", "unk"), ("padding", "pad")] {
      guard let id = values["tokenizer.ggml.\(key)_token_id"]?.int, tokens.indices.contains(id)
      else { continue }
      result["\(name)_token"] = tokens[id]
    }
    result["chat_template"] = values["tokenizer.chat_template"]
    return Array(JSONValue.object(result).text().utf8)
  }

  private var isQwen: Bool { values["tokenizer.ggml.pre"]?.string == "qwen2" }

  private func failure(_ key: String, _ problem: String) -> CheckpointError {
    CheckpointError(
      path: path, at: .key(key), problem,
      remedy: "Take the model as a folder with its tokenizer.json.")
  }

  private func strings(_ key: String) throws -> [String] {
    guard let list = values[key]?.array else {
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
    let name = values["tokenizer.ggml.pre"]?.string ?? "gpt-2"
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
    guard let list = values["tokenizer.ggml.token_type"]?.array else { return [] }
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

  /// Puts the start and the end token around a text where the file asks for it, or where its kind
  /// of tokenizer does and the file says nothing.
  private func postProcessor(_ tokens: [String], _ kind: String) -> JSONValue {
    func token(_ role: String, usual: Bool) -> Int? {
      let isAdded = values["tokenizer.ggml.add_\(role)_token"]?.bool ?? usual
      guard isAdded, let id = values["tokenizer.ggml.\(role)_token_id"]?.int,
        tokens.indices.contains(id)
      else { return nil }
      return id
    }
    let (start, end) = (token("bos", usual: kind == "llama"), token("eos", usual: kind == "t5"))
    let added = Set([start, end].compactMap { $0 }).sorted()
    if added.isEmpty { return .null }
    func special(_ id: Int?, _ type: Int) -> [JSONValue] {
      id.map { [["SpecialToken": ["id": .string(tokens[$0]), "type_id": .int(type)]]] } ?? []
    }
    func sequence(_ name: String, _ type: Int) -> JSONValue {
      ["Sequence": ["id": .string(name), "type_id": .int(type)]]
    }
    let first = special(start, 0) + [sequence("A", 0)] + special(end, 0)
    let second = special(start, 1) + [sequence("B", 1)] + special(end, 1)
    var known = JSONObject()
    for id in added {
      known[tokens[id]] = [
        "id": .string(tokens[id]), "ids": .array([.int(id)]), "tokens": .array([.string(tokens[id])]),
      ]
    }
    return [
      "type": "TemplateProcessing", "single": .array(first), "pair": .array(first + second),
      "special_tokens": .object(known),
    ]
  }
}
