/// Reads and writes Hugging Face's `tokenizer.json`.
public enum TokenizerFile {
  /// A tokenizer from the bytes of `tokenizer.json` and, if there is one, `tokenizer_config.json`.
  ///
  /// The configuration names the special tokens; without it their usual spellings do. A chat
  /// template of its own file goes before the configuration's.
  /// - Throws: `TokenizerError` for what is no such file or asks for something unsupported.
  public static func load(
    _ bytes: [UInt8], configuration: [UInt8]? = nil, chatTemplate: String? = nil
  ) throws -> Tokenizer {
    var configuration = try configuration.map(TokenizerConfiguration.init) ?? .init()
    if let chatTemplate { configuration.chatTemplate = chatTemplate }
    return try load(JSONReader.read(bytes), configuration: configuration)
  }

  static func load(
    _ value: JSONValue, configuration: TokenizerConfiguration = .init()
  ) throws -> Tokenizer {
    let file = JSONPlace(value: value, path: "")
    guard case .object = value else { throw file.wrong("an object") }
    let model = try model(file.member("model"))
    let tokens = try file.optional("added_tokens")?.array() ?? []
    return Tokenizer(
      stages: try Stages(file), model: model,
      addedTokens: try addedTokens(tokens, model: model), configuration: configuration)
  }

  private static func model(_ place: JSONPlace) throws -> any Model {
    let type = try place.optional("type")?.string() ?? guessedType(place)
    switch type {
    case "WordPiece": return try WordPieceModel(place)
    case "BPE": return try BytePairModel(place)
    case "Unigram": return try UnigramModel(place)
    default: throw place.unsupported("model", type)
    }
  }

  /// Old files leave the type out.
  private static func guessedType(_ place: JSONPlace) throws -> String {
    if try place.optional("merges") != nil { return "BPE" }
    return try place.optional("unk_id") != nil ? "Unigram" : "WordPiece"
  }

  private static func addedTokens(
    _ places: [JSONPlace], model: any Model
  ) throws -> [AddedToken] {
    var byID: [Int32: AddedToken] = [:]
    for place in places {
      let isSpecial = try place.bool("special", default: false)
      var token = AddedToken(
        content: try place.string("content"), id: try place.member("id").id(),
        isSpecial: isSpecial, singleWord: try place.bool("single_word", default: false),
        stripsLeft: try place.bool("lstrip", default: false),
        stripsRight: try place.bool("rstrip", default: false),
        isNormalized: try place.bool("normalized", default: !isSpecial))
      guard !token.content.isEmpty else { continue }
      // The model's own id wins, as in the reference library.
      if let id = model.vocabulary.id(of: token.content) { token.id = id }
      byID[token.id] = token
    }
    return byID.values.sorted { $0.id < $1.id }
  }

  /// The bytes of a `tokenizer.json` that the reference library reads and that gives the same ids.
  public static func save(_ tokenizer: Tokenizer) -> [UInt8] {
    JSONWriter.write(json(tokenizer))
  }

  static func json(_ tokenizer: Tokenizer) -> JSONValue {
    var members = tokenizer.stages.sections
    let tokens = JSONValue.array(tokenizer.addedTokens.map(\.json))
    let place = (members.firstIndex { $0.key == "padding" } ?? members.count - 1) + 1
    members.insert(JSONValue.Member(key: "added_tokens", value: tokens), at: place)
    members.append(JSONValue.Member(key: "model", value: tokenizer.model.json()))
    return .object(members)
  }
}

extension AddedToken {
  var json: JSONValue {
    .make([
      "id": .int(Int(id)), "content": .string(content), "single_word": .bool(singleWord),
      "lstrip": .bool(stripsLeft), "rstrip": .bool(stripsRight),
      "normalized": .bool(isNormalized), "special": .bool(isSpecial),
    ])
  }
}
