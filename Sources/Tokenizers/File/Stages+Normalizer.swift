extension Normalizer {
  init(_ place: JSONPlace) throws {
    let type = try place.string("type")
    switch type {
    case "BertNormalizer": self = .bert(try BertNormalizer(place))
    case "Sequence":
      self = .sequence(try place.member("normalizers").array().map(Normalizer.init))
    case "NFD": self = .decomposition(compatibility: false)
    case "NFKD": self = .decomposition(compatibility: true)
    case "NFC": self = .composition(compatibility: false)
    case "NFKC": self = .composition(compatibility: true)
    case "Lowercase": self = .lowercase
    case "StripAccents": self = .stripAccents
    case "Strip":
      self = .strip(
        left: try place.bool("strip_left", default: true),
        right: try place.bool("strip_right", default: true))
    case "Replace":
      self = .replace(
        try place.member("pattern").pattern(),
        try place.string("content").unicodeScalars.map(\.value))
    case "Prepend": self = .prepend(try place.string("prepend").unicodeScalars.map(\.value))
    case "Precompiled":
      let table = try place.member("precompiled_charsmap")
      guard let bytes = Base64.bytes(of: try table.string()) else {
        throw table.wrong("bytes in Base64")
      }
      self = .precompiled(try PrecompiledNormalizer(table: bytes))
    default: throw place.unsupported("normalizer", type)
    }
  }
}

extension BertNormalizer {
  init(_ place: JSONPlace) throws {
    cleansText = try place.bool("clean_text", default: true)
    separatesChinese = try place.bool("handle_chinese_chars", default: true)
    lowercases = try place.bool("lowercase", default: true)
    stripsAccents = try place.bool("strip_accents", default: lowercases)
  }
}

extension PreTokenizer {
  init(_ place: JSONPlace) throws {
    let type = try place.string("type")
    switch type {
    case "BertPreTokenizer": self = .bert
    case "Whitespace": self = .whitespace
    case "WhitespaceSplit":
      self = .split(.run(.whitespace, least: 1, most: .max), .removed, inverted: false)
    case "Punctuation":
      self = .split(
        .run(.punctuation, least: 1, most: 1), try place.choice("behavior", default: .isolated),
        inverted: false)
    case "Digits":
      let single = try place.bool("individual_digits", default: false)
      self = .split(
        .run(.numeric, least: 1, most: single ? 1 : .max), .isolated, inverted: false)
    case "ByteLevel":
      self = .byteLevel(
        addsPrefixSpace: try place.bool("add_prefix_space", default: true),
        usesRegex: try place.bool("use_regex", default: true))
    case "Metaspace":
      self = .metaspace(
        replacement: try place.scalar("replacement", default: "▁"),
        scheme: try place.prependScheme(), splits: try place.bool("split", default: true))
    case "Split":
      self = .split(
        try place.member("pattern").pattern(), try place.choice("behavior", default: .isolated),
        inverted: try place.bool("invert", default: false))
    case "Sequence": self = try PreTokenizer.sequence(place)
    default: throw place.unsupported("pre-tokenizer", type)
    }
  }

  private static func sequence(_ place: JSONPlace) throws -> PreTokenizer {
    let stages = try place.member("pretokenizers").array().map(PreTokenizer.init)
    guard !stages.dropLast().contains(where: \.mapsBytes) else {
      throw TokenizerError(
        "The tokenizer file's \(place.path) has a ByteLevel stage before its last one; it is "
          + "supported only as the last.")
    }
    return .sequence(stages)
  }
}
