extension BytePairModel {
  init(_ place: JSONPlace) throws {
    var options = Options()
    options.unknownToken = try place.optional("unk_token")?.string()
    options.prefix = try place.string("continuing_subword_prefix", default: "")
    options.suffix = try place.string("end_of_word_suffix", default: "")
    options.fusesUnknown = try place.bool("fuse_unk", default: false)
    options.byteFallback = try place.bool("byte_fallback", default: false)
    options.ignoresMerges = try place.bool("ignore_merges", default: false)
    if let dropout = try place.optional("dropout")?.double(), dropout != 0 {
      throw TokenizerError(
        "The tokenizer file's model.dropout is \(dropout); only null and 0 are supported, because "
          + "encoding must not be random.")
    }
    try self.init(
      vocabulary: Vocabulary(place.member("vocab")),
      merges: BytePairModel.merges(place.member("merges")), options: options)
  }

  /// Merges are pairs in new files and strings with one space in old ones.
  private static func merges(_ place: JSONPlace) throws -> [(String, String)] {
    guard case .array(let elements) = place.value else { throw place.wrong("an array") }
    var merges: [(String, String)] = []
    merges.reserveCapacity(elements.count)
    for (index, element) in elements.enumerated() {
      switch element {
      case .array(let pair):
        guard pair.count == 2, case .string(let first) = pair[0], case .string(let second) = pair[1]
        else { throw badMerge(index) }
        merges.append((first, second))
      case .string(let string):
        // Split at the space as bytes: a combining mark may follow it.
        let parts = string.utf8.split(separator: 0x20, omittingEmptySubsequences: false)
        guard parts.count == 2, let first = String(parts[0]), let second = String(parts[1]) else {
          if index == 0, string.hasPrefix("#version") { continue }
          throw badMerge(index)
        }
        merges.append((first, second))
      default: throw badMerge(index)
      }
    }
    return merges
  }

  private static func badMerge(_ index: Int) -> TokenizerError {
    TokenizerError(
      "Merge \(index) of the tokenizer file must be a pair of tokens or two tokens with one space "
        + "between them.")
  }

  func json() -> JSONValue {
    func text(_ string: String?) -> JSONValue {
      string.map { $0.isEmpty ? .null : .string($0) } ?? .null
    }
    return .make([
      "type": .string("BPE"), "dropout": .null, "unk_token": text(options.unknownToken),
      "continuing_subword_prefix": text(options.prefix),
      "end_of_word_suffix": text(options.suffix), "fuse_unk": .bool(options.fusesUnknown),
      "byte_fallback": .bool(options.byteFallback), "ignore_merges": .bool(options.ignoresMerges),
      "vocab": vocabulary.json(),
      "merges": .array(merges.map { .array([.string($0.0), .string($0.1)]) }),
    ])
  }
}
