/// Ids of the tokens with a special meaning, where a tokenizer has them.
public struct SpecialIDs: Sendable, Equatable {
  public var pad: Int32?
  public var unk: Int32?
  public var cls: Int32?
  public var sep: Int32?
  public var mask: Int32?
  public var bos: Int32?
  public var eos: Int32?

  public init() {}
}

/// Text to ids and back.
///
/// Stages: added tokens are cut out, the rest is normalised, cut into words, and each word is split
/// into tokens by the model (WordPiece, byte-pair encoding, Unigram); a template then puts special
/// tokens around the result. Texts are worked on as UTF-8 bytes and Unicode scalars. A tokenizer is
/// immutable and may be used by several threads at once.
public final class Tokenizer: Sendable {
  let stages: Stages
  let model: any Model
  /// Tokens found in the text before the model sees it, by rising id.
  public let addedTokens: [AddedToken]
  public let special: SpecialIDs
  /// The file's own truncation; not applied unless it is passed to `encode`.
  public let truncation: Truncation?
  /// The file's own padding; not applied unless it is passed to `encodeBatch`.
  public let padding: Padding?
  /// `chat_template` of the configuration.
  public let chatTemplate: String?
  /// `model_max_length` of the configuration, if it is a sensible number.
  public let maximumLength: Int?

  private let added: Vocabulary
  private let specialContents: Set<Int32>
  private let originalMatcher: AddedTokenMatcher
  private let normalizedMatcher: AddedTokenMatcher
  private let workspaces = WorkspacePool()

  init(
    stages: Stages, model: any Model, addedTokens: [AddedToken],
    configuration: TokenizerConfiguration
  ) {
    self.stages = stages
    self.model = model
    self.addedTokens = addedTokens.sorted { $0.id < $1.id }
    truncation = stages.truncation
    padding = stages.padding
    chatTemplate = configuration.chatTemplate
    maximumLength = configuration.maximumLength
    var added = Vocabulary(capacity: addedTokens.count)
    for token in addedTokens { added.insert(token.content, token.id) }
    self.added = added
    specialContents = Set(addedTokens.filter(\.isSpecial).map(\.id))
    originalMatcher = AddedTokenMatcher(
      addedTokens.filter { !$0.isNormalized }.map { (Array($0.content.utf8), $0) })
    normalizedMatcher = AddedTokenMatcher(
      addedTokens.filter(\.isNormalized).map { token in
        var text = AlignedText(original: Array(token.content.utf8)[...])
        stages.normalizer?.apply(&text, stages.forms)
        return (text.bytes, token)
      })
    special = configuration.specialIDs(stages: stages, model: model, added: added)
  }

  // MARK: Vocabulary

  /// Tokens of the model and added ones that the model lacks.
  public var vocabularySize: Int {
    model.vocabulary.count + added.sorted.count { model.vocabulary.id(of: $0.token) == nil }
  }

  /// The highest id plus one: the rows that an embedding table needs. Above `vocabularySize` where
  /// ids have gaps.
  public var idLimit: Int { Int(max(model.vocabulary.highestID, added.highestID)) + 1 }

  public func id(of token: String) -> Int32? {
    added.id(of: token) ?? model.vocabulary.id(of: token)
  }

  /// The token as the vocabulary spells it (`Ġthe`, `##ing`); nil if no token has the id.
  public func token(of id: Int32) -> String? {
    added.token(of: id) ?? model.vocabulary.token(of: id)
  }

  public func isSpecial(_ id: Int32) -> Bool { specialContents.contains(id) }

  // MARK: Encoding

  /// The tokens of a text.
  ///
  /// - Parameters:
  ///   - addSpecial: put the template's special tokens around the text (`[CLS]` … `[SEP]`).
  ///   - truncation: cut to so many tokens; nil: no limit.
  /// - Throws: `TokenizerError` when the limit has no room for the special tokens, when a word
  ///   has no tokens and there is no unknown token, or when the text is longer than 256 MiB.
  public func encode(
    _ text: String, addSpecial: Bool = true, truncation: Truncation? = nil
  ) throws -> Encoding {
    try encode(bytes: Array(text.utf8), addSpecial: addSpecial, truncation: truncation)
  }

  /// As `encode(_:addSpecial:truncation:)`. Where the bytes are no UTF-8, each longest broken part
  /// becomes U+FFFD, and offsets are those of the text repaired so.
  public func encode(
    utf8 bytes: [UInt8], addSpecial: Bool = true, truncation: Truncation? = nil
  ) throws -> Encoding {
    try encode(
      String(decoding: bytes, as: UTF8.self), addSpecial: addSpecial, truncation: truncation)
  }

  private func encode(
    bytes: [UInt8], addSpecial: Bool, truncation: Truncation?
  ) throws -> Encoding {
    try finish([run(bytes)], addSpecial: addSpecial, truncation: truncation)
  }

  /// The tokens of two texts as one encoding. Offsets are those of each token's own text.
  public func encodePair(
    _ first: String, _ second: String, addSpecial: Bool = true, truncation: Truncation? = nil
  ) throws -> Encoding {
    let runs = [try run(Array(first.utf8)), try run(Array(second.utf8))]
    return try finish(runs, addSpecial: addSpecial, truncation: truncation)
  }

  /// Each text's tokens, filled up to one length if there is padding.
  public func encodeBatch(
    _ texts: [String], addSpecial: Bool = true, truncation: Truncation? = nil,
    padding: Padding? = nil
  ) throws -> [Encoding] {
    var encodings = try texts.map {
      try encode($0, addSpecial: addSpecial, truncation: truncation)
    }
    padding?.apply(to: &encodings)
    return encodings
  }

  private func finish(
    _ runs: [TokenRun], addSpecial: Bool, truncation: Truncation?
  ) throws -> Encoding {
    var runs = runs
    let isPair = runs.count == 2
    let processor = stages.postProcessor
    if let truncation {
      let added = addSpecial ? processor?.added(isPair: isPair) ?? 0 : 0
      try truncation.apply(to: &runs, added: added)
    }
    if let trimming = processor?.trimming, trimming.isOn {
      for index in runs.indices {
        runs[index].trimSpans(addsPrefixSpace: trimming.addsPrefixSpace, token: token)
      }
    }
    return PostProcessor.assemble(
      runs, template: processor?.template(isPair: isPair), addSpecial: addSpecial)
  }

  /// Keeps every length and offset of normalised text within 32 bits.
  private static let longestText = 1 << 28

  private func run(_ bytes: [UInt8]) throws -> TokenRun {
    guard bytes.count <= Tokenizer.longestText else {
      throw TokenizerError(
        "A text of \(bytes.count) bytes is too long to encode at once; the limit is 256 MiB.")
    }
    var workspace = workspaces.take()
    defer { workspaces.give(workspace) }
    var run = TokenRun(text: bytes)
    for section in originalMatcher.sections(of: bytes) {
      let slice = bytes[section.piece.start..<section.piece.end]
      if let id = section.id {
        run.found.insert(run.ids.count)
        run.ids.append(id)
        run.spans.append(
          Span(start: UInt32(section.piece.start), end: UInt32(section.piece.end)))
      } else {
        try encode(AlignedText(original: slice), &workspace, &run)
      }
    }
    return run
  }

  private func encode(
    _ original: AlignedText, _ workspace: inout Workspace, _ run: inout TokenRun
  ) throws {
    var text = original
    stages.normalizer?.apply(&text, stages.forms)
    guard !normalizedMatcher.isEmpty else { return try encodeWords(text, &workspace, &run) }
    for section in normalizedMatcher.sections(of: text.bytes) {
      if let id = section.id {
        run.found.insert(run.ids.count)
        run.ids.append(id)
        run.spans.append(text.original(section.piece.start, section.piece.end))
      } else {
        try encodeWords(text.slice(section.piece), &workspace, &run)
      }
    }
  }

  private func encodeWords(
    _ text: AlignedText, _ workspace: inout Workspace, _ run: inout TokenRun
  ) throws {
    var words = Words(text)
    stages.preTokenizer?.apply(&words)
    run.ids.reserveCapacity(run.ids.count + words.pieces.count * 5 / 4)
    run.spans.reserveCapacity(run.spans.count + words.pieces.count * 5 / 4)
    let text = words.text
    try text.bytes.withUnsafeBufferPointer { bytes in
      for piece in words.pieces where piece.start < piece.end {
        let word = UnsafeBufferPointer(rebasing: bytes[piece.start..<piece.end])
        try workspace.cache.withParts(of: word) { word, parts in
          try tokenize(word, &workspace.mapped, &parts)
        } use: { parts in
          var start = piece.start
          for part in parts {
            let end = min(start + Int(part.length), piece.end)
            run.ids.append(part.id)
            run.spans.append(text.original(start, end))
            start = end
          }
        }
      }
    }
  }

  /// Lengths of the parts are bytes of `word`, also where the model sees a character for each byte.
  private func tokenize(
    _ word: UnsafeBufferPointer<UInt8>, _ mapped: inout [UInt8], _ parts: inout [WordPart]
  ) throws {
    guard stages.mapsBytes else { return try model.tokenize(word, into: &parts) }
    ByteCharacters.shared.text(of: word, into: &mapped)
    let first = parts.count
    try mapped.withUnsafeBufferPointer { mapped in
      try model.tokenize(mapped, into: &parts)
      var start = 0
      for index in first..<parts.count {
        let end = min(start + Int(parts[index].length), mapped.count)
        parts[index].length = Int32(mapped[start..<end].lazy.filter { $0 & 0xC0 != 0x80 }.count)
        start = end
      }
    }
  }
}
