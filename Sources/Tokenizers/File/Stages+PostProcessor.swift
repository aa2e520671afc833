extension PostProcessor {
  init(_ place: JSONPlace) throws {
    let type = try place.string("type")
    switch type {
    case "TemplateProcessing": self = try PostProcessor.template(place)
    case "BertProcessing":
      let (cls, sep) = try (PostProcessor.token(place, "cls"), PostProcessor.token(place, "sep"))
      let single: [TemplatePiece] = [
        .special([cls], typeID: 0), .sequence(0, typeID: 0), .special([sep], typeID: 0),
      ]
      self = .template(
        single: single,
        pair: single + [.sequence(1, typeID: 1), .special([sep], typeID: 1)])
    case "RobertaProcessing":
      let (cls, sep) = try (PostProcessor.token(place, "cls"), PostProcessor.token(place, "sep"))
      let single: [TemplatePiece] = [
        .special([cls], typeID: 0), .sequence(0, typeID: 0), .special([sep], typeID: 0),
      ]
      let template = PostProcessor.template(
        single: single,
        pair: single + [
          .special([sep], typeID: 0), .sequence(1, typeID: 0), .special([sep], typeID: 0),
        ])
      self = .sequence(try PostProcessor.trimming(place) + [template])
    case "ByteLevel": self = .sequence(try PostProcessor.trimming(place))
    case "Sequence":
      let stages = try place.member("processors").array().map(PostProcessor.init)
      guard stages.count(where: { $0.template(isPair: false) != nil }) <= 1 else {
        throw TokenizerError(
          "The tokenizer file's \(place.path) adds special tokens twice; one template is supported."
        )
      }
      self = .sequence(stages)
    default: throw place.unsupported("post-processor", type)
    }
  }

  private static func trimming(_ place: JSONPlace) throws -> [PostProcessor] {
    guard try place.bool("trim_offsets", default: true) else { return [] }
    return [.trimOffsets(addsPrefixSpace: try place.bool("add_prefix_space", default: true))]
  }

  /// `["[SEP]", 102]`
  private static func token(_ place: JSONPlace, _ key: String) throws -> Int32 {
    let member = try place.member(key)
    let pair = try member.array()
    guard pair.count == 2 else { throw member.wrong("a token and its id") }
    return try pair[1].id()
  }

  private static func template(_ place: JSONPlace) throws -> PostProcessor {
    let special = try place.optional("special_tokens")
    return .template(
      single: try pieces(place.member("single"), special),
      pair: try pieces(place.member("pair"), special))
  }

  private static func pieces(_ place: JSONPlace, _ special: JSONPlace?) throws -> [TemplatePiece] {
    try place.array().map { piece in
      if let sequence = try piece.optional("Sequence") {
        let name = try sequence.string("id")
        guard name == "A" || name == "B" else {
          throw TokenizerError(
            "In the tokenizer file, \(sequence.path).id is \"\(name)\"; it must be A or B.")
        }
        return .sequence(
          name == "A" ? 0 : 1, typeID: try sequence.optional("type_id")?.id() ?? 0)
      }
      let token = try piece.member("SpecialToken")
      let name = try token.string("id")
      guard let entry = try special?.optional(name) else {
        throw TokenizerError(
          "In the tokenizer file, \(token.path) is \"\(name)\", which special_tokens lacks.")
      }
      return .special(
        try entry.member("ids").array().map { try $0.id() },
        typeID: try token.optional("type_id")?.id() ?? 0)
    }
  }
}

extension Decoder {
  init(_ place: JSONPlace) throws {
    let type = try place.string("type")
    switch type {
    case "WordPiece":
      self = .wordPiece(
        prefix: Array(try place.string("prefix", default: "##").utf8),
        cleansUp: try place.bool("cleanup", default: true))
    case "ByteLevel": self = .byteLevel
    case "Metaspace":
      var mark: [UInt8] = []
      UTF8Text.append(try place.scalar("replacement", default: "▁"), to: &mark)
      self = .metaspace(replacement: mark, dropsFirst: try place.prependScheme() != .never)
    case "ByteFallback": self = .byteFallback
    case "Fuse": self = .fuse
    case "Strip":
      self = .strip(
        content: Array(try place.string("content").utf8),
        start: try place.optional("start")?.count() ?? 0,
        stop: try place.optional("stop")?.count() ?? 0)
    case "Replace":
      self = .replace(
        try place.member("pattern").pattern(), Array(try place.string("content").utf8))
    case "BPEDecoder": self = .suffix(Array(try place.string("suffix", default: "</w>").utf8))
    case "Sequence": self = .sequence(try place.member("decoders").array().map(Decoder.init))
    default: throw place.unsupported("decoder", type)
    }
  }
}
