/// Tokenizers of the kinds that SentencePiece makes, as `tokenizer.json` holds them.
extension GGUFFile {
  fileprivate enum TokenType: Int {
    case normal = 1
    case unknown, control, userDefined, unused, byte
  }

  /// Byte-pair encoding whose merges are given by scores, of characters, with bytes for what is
  /// not in the vocabulary: Llama 2's kind.
  func scoredTokenizer(_ tokens: [String]) throws -> TokenizerText {
    let scores = try numbers("tokenizer.ggml.scores", count: tokens.count)
    var normalizer: [JSONValue] = [replacement(" ", "▁")]
    if addsSpace { normalizer.insert(["type": "Prepend", "prepend": "▁"], at: 0) }
    var result = TokenizerText()
    result.sections["normalizer"] = ["type": "Sequence", "normalizers": .array(normalizer)]
    result.sections["pre_tokenizer"] = .null
    result.sections["decoder"] = pieceDecoder
    result.model["type"] = "BPE"
    result.model["unk_token"] = unknown(tokens).map { .string(tokens[$0]) } ?? .null
    result.model["fuse_unk"] = true
    result.model["byte_fallback"] = true
    result.model["merges"] = .array(merges(tokens, scores))
    result.vocabulary = tokens
    return result
  }

  /// The most probable pieces: T5's kind.
  func unigramTokenizer(_ tokens: [String]) throws -> TokenizerText {
    let scores = try numbers("tokenizer.ggml.scores", count: tokens.count)
    var normalizer: [JSONValue] = []
    if let map = values["tokenizer.ggml.precompiled_charsmap"]?.array, !map.isEmpty {
      let bytes = map.map { UInt8(truncatingIfNeeded: $0.int ?? 0) }
      normalizer.append([
        "type": "Precompiled", "precompiled_charsmap": .string(Base64.text(of: bytes)),
      ])
    }
    if values["tokenizer.ggml.remove_extra_whitespaces"]?.bool == true {
      normalizer.append(["type": "Strip", "strip_left": false, "strip_right": true])
      normalizer.append([
        "type": "Replace", "pattern": ["Regex": " {2,}"], "content": "▁",
      ])
    }
    let mark: JSONValue = [
      "type": "Metaspace", "replacement": "▁", "prepend_scheme": addsSpace ? "always" : "never",
      "split": true,
    ]
    var result = TokenizerText()
    result.sections["normalizer"] =
      normalizer.isEmpty ? .null : ["type": "Sequence", "normalizers": .array(normalizer)]
    result.sections["pre_tokenizer"] = mark
    result.sections["decoder"] = mark
    let pieces = zip(tokens, scores).map { JSONValue.array([.string($0), .double($1)]) }
    result.model["type"] = "Unigram"
    result.model["unk_id"] = unknown(tokens).map { .int($0) } ?? .null
    result.model["vocab"] = .array(pieces)
    result.model["byte_fallback"] = .bool(types.contains(TokenType.byte.rawValue))
    return result
  }

  private var types: [Int] {
    (values["tokenizer.ggml.token_type"]?.array ?? []).map { $0.int ?? 1 }
  }

  private var addsSpace: Bool { values["tokenizer.ggml.add_space_prefix"]?.bool ?? true }

  private func unknown(_ tokens: [String]) -> Int? {
    let named = values["tokenizer.ggml.unknown_token_id"]?.int
    let found = named ?? types.firstIndex(of: TokenType.unknown.rawValue)
    return found.flatMap { tokens.indices.contains($0) ? $0 : nil }
  }

  private func numbers(_ key: String, count: Int) throws -> [Double] {
    let found = values[key]?.array?.compactMap(\.double) ?? []
    guard found.count == count, found.allSatisfy(\.isFinite) else {
      throw CheckpointError(
        path: path, at: .key(key), "A list of \(count) numbers was expected here.",
        remedy: "Take the model as a folder with its tokenizer.json.")
    }
    return found
  }

  /// Every way to make a piece of two others; pieces of high score first, and those of one piece by
  /// the ids of their parts.
  private func merges(_ tokens: [String], _ scores: [Double]) -> [JSONValue] {
    var ids: [[UInt8]: Int] = [:]
    for (id, token) in tokens.enumerated() { ids[Array(token.utf8)] = id }
    var found: [(rank: Int, left: Int, right: Int)] = []
    let order = tokens.indices.sorted { (-scores[$0], $0) < (-scores[$1], $1) }
    for (rank, id) in order.enumerated() {
      let bytes = Array(tokens[id].utf8)
      // Real pieces are short; a long one must not cost the square of its length.
      guard bytes.count > 1, bytes.count <= 512 else { continue }
      for cut in 1..<bytes.count where bytes[cut] & 0xC0 != 0x80 {
        guard let left = ids[Array(bytes[..<cut])], let right = ids[Array(bytes[cut...])] else {
          continue
        }
        found.append((rank, left, right))
      }
    }
    found.sort { ($0.rank, $0.left, $0.right) < ($1.rank, $1.left, $1.right) }
    return found.map { .array([.string(tokens[$0.left]), .string(tokens[$0.right])]) }
  }

  private func replacement(_ text: String, _ content: String) -> JSONValue {
    ["type": "Replace", "pattern": ["String": .string(text)], "content": .string(content)]
  }

  private var pieceDecoder: JSONValue {
    var stages: [JSONValue] = [
      replacement("▁", " "), ["type": "ByteFallback"], ["type": "Fuse"],
    ]
    if addsSpace { stages.append(["type": "Strip", "content": " ", "start": 1, "stop": 0]) }
    return ["type": "Sequence", "decoders": .array(stages)]
  }
}

/// Base64 as JSON files hold bytes.
enum Base64 {
  private static let letters = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  static func text(of bytes: [UInt8]) -> String {
    var output: [UInt8] = []
    output.reserveCapacity(bytes.count / 3 * 4 + 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let part = bytes[start..<min(start + 3, bytes.count)]
      let word = part.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - part.count))
      for place in 0..<4 {
        output.append(
          place <= part.count ? letters[word >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
      }
    }
    return String(decoding: output, as: UTF8.self)
  }
}

/// A `tokenizer.json` in the making.
struct TokenizerText {
  var sections = JSONObject()
  var model = JSONObject()
  /// Tokens by id, for a model that has them as an object. They are no `JSONObject`, whose keys are
  /// one where they are canonically equivalent; tokens are not.
  var vocabulary: [String]?

  /// A byte-pair model's, "a b" each.
  var merges: [String]?

  /// Tokens are tens of thousands: they are written as bytes, and as they are wherever JSON allows it.
  var bytes: [UInt8] {
    var output = Array(JSONValue.object(sections).text().utf8.dropLast())
    output += Array(",\"model\":".utf8) + JSONValue.object(model).text().utf8.dropLast()
    if let vocabulary {
      output += Array(",\"vocab\":".utf8)
      for (id, token) in vocabulary.enumerated() {
        output.append(UInt8(ascii: id == 0 ? "{" : ","))
        Self.quote(token, into: &output)
        output += Array(":\(id)".utf8)
      }
      output += Array((vocabulary.isEmpty ? "{}" : "}").utf8)
    }
    if let merges {
      output += Array(",\"merges\":".utf8)
      for (rank, merge) in merges.enumerated() {
        output.append(UInt8(ascii: rank == 0 ? "[" : ","))
        Self.quote(merge, into: &output)
      }
      output += Array((merges.isEmpty ? "[]" : "]").utf8)
    }
    return output + Array("}}".utf8)
  }

  private static func quote(_ text: String, into output: inout [UInt8]) {
    var text = text
    output.append(UInt8(ascii: "\""))
    text.withUTF8 { bytes in
      if !bytes.contains(where: { $0 < 0x20 || $0 == 0x22 || $0 == 0x5C }) {
        output += bytes
        return
      }
      for byte in bytes {
        switch byte {
        case 0x22, 0x5C: output += [0x5C, byte]
        case ..<0x20: output += Array((byte < 16 ? "\\u000" : "\\u00").utf8) + String(byte, radix: 16).utf8
        default: output.append(byte)
        }
      }
    }
    output.append(UInt8(ascii: "\""))
  }
}
