/// Learns small tokenizers from texts. The same texts always give the same tokenizer.
public enum TokenizerTraining {
  /// A byte-level BPE tokenizer as GPT-2's: special tokens, the 256 bytes, then merges.
  ///
  /// Merges go by falling count of the pair; ties by the smaller first id, then the smaller second.
  /// - Parameters:
  ///   - vocabularySize: tokens at most; fewer if the texts have no more pairs.
  ///   - minimumCount: pairs that occur less often never merge.
  ///   - specialTokens: tokens that get the first ids; `<|endoftext|>` is bos and eos.
  /// - Throws: `TokenizerError` if the size has no room for special tokens and bytes.
  public static func trainBPE(
    _ texts: some Sequence<String>, vocabularySize: Int, minimumCount: Int = 1,
    specialTokens: [String] = ["<|endoftext|>"]
  ) throws -> Tokenizer {
    let byteLevel = JSONValue.make([
      "type": .string("ByteLevel"), "add_prefix_space": .bool(false), "trim_offsets": .bool(true),
      "use_regex": .bool(true),
    ])
    let stages = JSONValue.make([
      "pre_tokenizer": byteLevel, "post_processor": byteLevel, "decoder": byteLevel,
    ])
    let characters = ByteCharacters.shared
    let counts = try count(texts, Stages(JSONPlace(value: stages, path: "")))
    var learner = try VocabularyLearner(
      specialTokens: specialTokens, alphabet: characters.scalars.sorted().map(spelling), prefix: "",
      size: vocabularySize)
    let merges = learner.learn(
      counts.map { (word: Array(characters.text(of: $0.word).unicodeScalars), count: $0.count) },
      minimumCount: minimumCount)
    let model = JSONValue.make([
      "type": .string("BPE"), "vocab": learner.vocabulary.json(),
      "merges": .array(merges.map { .array([.string($0.0), .string($0.1)]) }),
    ])
    return try assemble(stages, model, learner, specialTokens)
  }

  /// A WordPiece tokenizer as BERT's: special tokens, the characters of the texts as word starts
  /// and as continuations (`##a`), both by code point, then merges in the order of `trainBPE`.
  ///
  /// - Parameters:
  ///   - alphabetLimit: distinct characters at most: the most frequent, ties by code point. Words
  ///     with others are not learnt from; they will be `[UNK]`.
  ///   - lowercases: whether text is lowercased and stripped of accents.
  /// - Throws: `TokenizerError` if the size has no room for special tokens and characters.
  public static func trainWordPiece(
    _ texts: some Sequence<String>, vocabularySize: Int, minimumCount: Int = 1,
    alphabetLimit: Int = 1000, lowercases: Bool = true
  ) throws -> Tokenizer {
    let specialTokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    let stages = wordPieceStages(lowercases: lowercases)
    let counts = try count(texts, Stages(JSONPlace(value: stages, path: "")))
    let words = withinAlphabet(
      counts.map {
        (word: Array(String(decoding: $0.word, as: UTF8.self).unicodeScalars), count: $0.count)
      }, limit: alphabetLimit)
    let starts = Set(words.compactMap { $0.word.first?.value }).sorted().map(spelling)
    let inner = Set(words.flatMap { $0.word.dropFirst().map(\.value) }).sorted().map(spelling)
    var learner = try VocabularyLearner(
      specialTokens: specialTokens, alphabet: starts + inner.map { "##" + $0 }, prefix: "##",
      size: vocabularySize)
    _ = learner.learn(words, minimumCount: minimumCount)
    let model = JSONValue.make([
      "type": .string("WordPiece"), "unk_token": .string("[UNK]"),
      "continuing_subword_prefix": .string("##"), "max_input_chars_per_word": .int(100),
      "vocab": learner.vocabulary.json(),
    ])
    return try assemble(stages, model, learner, specialTokens)
  }

  private static func withinAlphabet(
    _ words: [(word: [Unicode.Scalar], count: Int)], limit: Int
  ) -> [(word: [Unicode.Scalar], count: Int)] {
    var counts: [Unicode.Scalar: Int] = [:]
    for (word, count) in words { for scalar in word { counts[scalar, default: 0] += count } }
    guard counts.count > limit else { return words }
    let frequent = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(max(limit, 0))
    let alphabet = Set(frequent.map(\.key))
    return words.filter { $0.word.allSatisfy(alphabet.contains) }
  }

  private static func spelling(_ scalar: UInt32) -> String {
    Unicode.Scalar(scalar).map { String(Character($0)) } ?? ""
  }

  private static func wordPieceStages(lowercases: Bool) -> JSONValue {
    func piece(_ kind: String, _ id: String, _ type: Int) -> JSONValue {
      .make([kind: .make(["id": .string(id), "type_id": .int(type)])])
    }
    func token(_ name: String, _ id: Int) -> JSONValue {
      .make([
        "id": .string(name), "ids": .array([.int(id)]), "tokens": .array([.string(name)]),
      ])
    }
    let single = [
      piece("SpecialToken", "[CLS]", 0), piece("Sequence", "A", 0),
      piece("SpecialToken", "[SEP]", 0),
    ]
    let second = [piece("Sequence", "B", 1), piece("SpecialToken", "[SEP]", 1)]
    return .make([
      "normalizer": .make([
        "type": .string("BertNormalizer"), "clean_text": .bool(true),
        "handle_chinese_chars": .bool(true), "strip_accents": .null,
        "lowercase": .bool(lowercases),
      ]),
      "pre_tokenizer": .make(["type": .string("BertPreTokenizer")]),
      "post_processor": .make([
        "type": .string("TemplateProcessing"), "single": .array(single),
        "pair": .array(single + second),
        "special_tokens": .make(["[CLS]": token("[CLS]", 2), "[SEP]": token("[SEP]", 3)]),
      ]),
      "decoder": .make([
        "type": .string("WordPiece"), "prefix": .string("##"), "cleanup": .bool(true),
      ]),
    ])
  }

  /// Words of the texts with their counts, in order of first appearance.
  private static func count(
    _ texts: some Sequence<String>, _ stages: Stages
  ) -> [(word: [UInt8], count: Int)] {
    var table = ByteTable(capacity: 1 << 12)
    var counts: [(word: [UInt8], count: Int)] = []
    for text in texts {
      var text = AlignedText(original: Array(text.utf8)[...])
      stages.normalizer?.apply(&text, stages.forms)
      var words = Words(text)
      stages.preTokenizer?.apply(&words)
      words.text.bytes.withUnsafeBufferPointer { bytes in
        for piece in words.pieces where piece.start < piece.end {
          let word = UnsafeBufferPointer(rebasing: bytes[piece.start..<piece.end])
          if let index = table.find(word) {
            counts[Int(index)].count += 1
          } else {
            table.insert(word, Int32(counts.count))
            counts.append((word: Array(word), count: 1))
          }
        }
      }
    }
    return counts
  }

  private static func assemble(
    _ stages: JSONValue, _ model: JSONValue, _ learner: VocabularyLearner, _ special: [String]
  ) throws -> Tokenizer {
    guard case .object(var members) = stages else { throw TokenizerError("No stages.") }
    let added = special.enumerated().map { index, content in
      AddedToken(content: content, id: Int32(index), isSpecial: true).json
    }
    members.append(JSONValue.Member(key: "added_tokens", value: .array(added)))
    members.append(JSONValue.Member(key: "model", value: model))
    return try TokenizerFile.load(.object(members))
  }
}

/// A vocabulary that grows by merges.
struct VocabularyLearner {
  private(set) var vocabulary: Vocabulary
  private var tokens: [String] = []
  private let prefix: String
  private let size: Int

  init(specialTokens: [String], alphabet: [String], prefix: String, size: Int) throws {
    vocabulary = Vocabulary(capacity: min(max(size, 16), 1 << 20))
    self.prefix = prefix
    self.size = size
    for token in specialTokens + alphabet where vocabulary.id(of: token) == nil { add(token) }
    guard tokens.count <= size else {
      throw TokenizerError(
        "A vocabulary of \(size) tokens is too small: the special tokens and single characters of "
          + "these texts alone are \(tokens.count). Ask for a larger one.")
    }
  }

  private mutating func add(_ token: String) {
    vocabulary.insert(token, Int32(tokens.count))
    tokens.append(token)
  }

  /// Merges until the vocabulary is full; returns the merged pairs in order.
  mutating func learn(
    _ words: [(word: [Unicode.Scalar], count: Int)], minimumCount: Int
  ) -> [(String, String)] {
    var known: [Unicode.Scalar: (start: Int32, inner: Int32)] = [:]
    func ids(_ scalar: Unicode.Scalar) -> (start: Int32, inner: Int32) {
      if let ids = known[scalar] { return ids }
      let text = String(Character(scalar))
      // A character that never starts a word has no id as a start, and none is asked for.
      let ids = (vocabulary.id(of: text) ?? -1, vocabulary.id(of: prefix + text) ?? -1)
      known[scalar] = ids
      return ids
    }
    var merger = PairMerger(
      words.map { word, count in
        let symbols = word.enumerated().map { $0 == 0 ? ids($1).start : ids($1).inner }
        return PairMerger.Word(symbols: symbols, count: count)
      })
    var merges: [(String, String)] = []
    while tokens.count < size, let (first, second) = merger.next(least: minimumCount) {
      let (a, b) = (tokens[Int(first)], tokens[Int(second)])
      // As bytes: a grapheme may span the seam.
      let rest = String(decoding: Array(b.utf8.dropFirst(prefix.utf8.count)), as: UTF8.self)
      let token = a + rest
      if vocabulary.id(of: token) == nil { add(token) }
      merges.append((a, b))
      merger.merge(first, second, into: vocabulary.id(of: token) ?? first)
    }
    return merges
  }
}
