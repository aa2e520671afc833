/// Everything of a tokenizer file but the model and the added tokens.
struct Stages: Sendable {
  var normalizer: Normalizer?
  var preTokenizer: PreTokenizer?
  var postProcessor: PostProcessor?
  var decoder: Decoder?
  var truncation: Truncation?
  var padding: Padding?
  /// The file's sections as they were read: `save` writes them back unchanged.
  var sections: [JSONValue.Member]
  let forms: NormalizationForms
  let mapsBytes: Bool

  /// Names of the sections that are kept as they are, in the order of the format.
  private static let names = [
    "version", "truncation", "padding", "normalizer", "pre_tokenizer", "post_processor", "decoder",
  ]

  init(_ file: JSONPlace) throws {
    normalizer = try file.optional("normalizer").map(Normalizer.init)
    preTokenizer = try file.optional("pre_tokenizer").map(PreTokenizer.init)
    postProcessor = try file.optional("post_processor").map(PostProcessor.init)
    decoder = try file.optional("decoder").map(Decoder.init)
    truncation = try file.optional("truncation").map(Truncation.init)
    padding = try file.optional("padding").map(Padding.init)
    forms = NormalizationForms(composing: normalizer?.composes ?? false)
    mapsBytes = preTokenizer?.mapsBytes ?? false
    let root = file.value
    sections = Stages.names.map { name in
      JSONValue.Member(
        key: name, value: root[name] ?? (name == "version" ? .string("1.0") : .null))
    }
  }
}

extension Truncation {
  init(_ place: JSONPlace) throws {
    self.init(
      maximumLength: try place.member("max_length").count(),
      strategy: try place.choice("strategy", default: .longestFirst),
      side: try place.choice("direction", default: .right))
  }
}

extension Padding {
  init(_ place: JSONPlace) throws {
    self.init(
      id: try place.optional("pad_id")?.id() ?? 0,
      token: try place.string("pad_token", default: "[PAD]"),
      typeID: try place.optional("pad_type_id")?.id() ?? 0,
      side: try place.choice("direction", default: .right),
      multiple: try place.optional("pad_to_multiple_of")?.count())
    if let strategy = try place.optional("strategy"), case .object = strategy.value {
      fixedLength = try strategy.member("Fixed").count()
    }
  }
}

extension JSONPlace {
  /// One of a few strings.
  func choice<Choice: RawRepresentable>(_ key: String, default value: Choice) throws -> Choice
  where Choice.RawValue == String {
    guard let member = try optional(key) else { return value }
    let text = try member.string()
    guard let choice = Choice(rawValue: text) else {
      throw TokenizerError(
        "In the tokenizer file, \(member.path) is \"\(text)\", which is unknown.")
    }
    return choice
  }

  func unsupported(_ what: String, _ type: String) -> TokenizerError {
    TokenizerError(
      "The tokenizer file's \(path) has the type \"\(type)\", which is no supported \(what).")
  }

  /// `{"String": …}` or `{"Regex": …}`.
  func pattern() throws -> Pattern {
    if case .string(let text) = value { return .literal(Array(text.utf8)) }
    if let text = try optional("String") { return .literal(Array(try text.string().utf8)) }
    let regex = try string("Regex")
    guard let pattern = Pattern.known(regex: regex) else {
      throw TokenizerError(
        "The tokenizer file's \(path) is the regular expression \(regex), which is not supported: "
          + "only those of GPT-2, Llama 3 and Qwen 2 and a few simple ones are.")
    }
    return pattern
  }

  func scalar(_ key: String, default value: String) throws -> UInt32 {
    let text = try string(key, default: value)
    guard let scalar = text.unicodeScalars.first, text.unicodeScalars.count == 1 else {
      throw TokenizerError("In the tokenizer file, \(path).\(key) must be one character.")
    }
    return scalar.value
  }

  func prependScheme() throws -> PrependScheme {
    // Older files say only whether a space is put in front.
    let older = try bool("add_prefix_space", default: true)
    return try choice("prepend_scheme", default: older ? .always : .never)
  }
}
