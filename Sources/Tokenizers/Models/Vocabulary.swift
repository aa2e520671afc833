/// Tokens and ids of a model, both ways.
struct Vocabulary: Sendable {
  private(set) var ids: ByteTable
  private var tokens: [Int32: String] = [:]
  /// Bytes of the longest token.
  private(set) var longest = 0

  var count: Int { ids.count }

  init(capacity: Int) {
    ids = ByteTable(capacity: capacity)
    tokens.reserveCapacity(capacity)
  }

  /// Reads `{"token": id}`.
  init(_ place: JSONPlace) throws {
    let members = try place.members()
    self.init(capacity: members.count)
    for member in members {
      guard case .int(let id) = member.value, id >= 0, id <= Int(Int32.max) else {
        throw TokenizerError(
          "In the tokenizer file, the id of \"\(member.key)\" in \(place.path) is no token id: "
            + "it must be an integer from 0 to \(Int32.max).")
      }
      insert(member.key, Int32(id))
    }
  }

  mutating func insert(_ token: String, _ id: Int32) {
    ids.insert(token, id)
    tokens[id] = token
    longest = max(longest, token.utf8.count)
  }

  func id(of token: String) -> Int32? { ids.find(token) }
  func token(of id: Int32) -> String? { tokens[id] }

  /// Tokens by rising id.
  var sorted: [(token: String, id: Int32)] {
    tokens.map { (token: $0.value, id: $0.key) }.sorted { $0.id < $1.id }
  }

  var highestID: Int32 { tokens.keys.max() ?? -1 }

  func json() -> JSONValue {
    .object(sorted.map { JSONValue.Member(key: $0.token, value: .int(Int($0.id))) })
  }
}
