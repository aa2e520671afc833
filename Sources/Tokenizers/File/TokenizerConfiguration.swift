/// What `tokenizer_config.json` says beside the tokenizer itself. Unknown keys are ignored.
struct TokenizerConfiguration: Sendable {
  private var names: [String: String] = [:]
  var chatTemplate: String?
  private(set) var maximumLength: Int?

  static let roles = ["pad", "unk", "cls", "sep", "mask", "bos", "eos"]

  /// Spellings that stand for a role when no configuration says so.
  private static let usual: [String: [String]] = [
    "pad": ["[PAD]", "<pad>", "<|pad|>"], "unk": ["[UNK]", "<unk>", "<|unk|>"],
    "cls": ["[CLS]", "<s>"], "sep": ["[SEP]", "</s>"], "mask": ["[MASK]", "<mask>"],
    "bos": ["<s>", "<|begin_of_text|>", "<bos>", "<|endoftext|>"],
    "eos": ["</s>", "<|end_of_text|>", "<eos>", "<|endoftext|>"],
  ]

  init() {}

  init(_ bytes: [UInt8]) throws {
    let file = JSONPlace(value: try JSONReader.read(bytes), path: "")
    _ = try file.members()
    for role in TokenizerConfiguration.roles {
      guard let token = try file.optional("\(role)_token") else { continue }
      // Written as a string, or as an added token with its properties.
      if case .object = token.value {
        names[role] = try token.string("content")
      } else {
        names[role] = try token.string()
      }
    }
    chatTemplate = try file.optional("chat_template").flatMap(TokenizerConfiguration.template)
    // "No limit" is written as 10³⁰, which is no Int.
    if let length = try file.optional("model_max_length"), case .int(let int) = length.value,
      int > 0, int <= Int(Int32.max)
    {
      maximumLength = int
    }
  }

  /// A text; or several, each with a name, of which one is the usual.
  private static func template(_ place: JSONPlace) throws -> String? {
    if case .string(let text) = place.value { return text }
    guard case .array = place.value else { return nil }
    let named = try place.array().filter { try $0.string("name") == "default" }
    return try named.first?.string("template")
  }

  func specialIDs(stages: Stages, model: any Model, added: Vocabulary) -> SpecialIDs {
    func find(_ role: String) -> Int32? {
      if let name = names[role] { return added.id(of: name) ?? model.vocabulary.id(of: name) }
      guard names.isEmpty else { return nil }
      return (TokenizerConfiguration.usual[role] ?? []).lazy.compactMap { added.id(of: $0) }.first
    }
    var special = SpecialIDs()
    special.pad = find("pad") ?? stages.padding?.id
    special.unk = find("unk") ?? model.unknownTokenID
    special.cls = find("cls")
    special.sep = find("sep")
    special.mask = find("mask")
    special.bos = find("bos")
    special.eos = find("eos")
    return special
  }
}

extension Model {
  var unknownTokenID: Int32? {
    switch self {
    case let model as WordPieceModel: model.vocabulary.id(of: model.unknownToken)
    case let model as BytePairModel:
      model.options.unknownToken.flatMap { model.vocabulary.id(of: $0) }
    case let model as UnigramModel: model.unknownID
    default: nil
    }
  }
}
