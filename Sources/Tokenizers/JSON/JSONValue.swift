/// A JSON value. Objects keep their order, and keys are compared by their bytes: a vocabulary may
/// hold two spellings of one character, which a dictionary of Swift strings would take for one key.
enum JSONValue: Sendable {
  case null
  case bool(Bool)
  case int(Int)
  case double(Double)
  case string(String)
  case array([JSONValue])
  case object([Member])

  struct Member: Sendable {
    var key: String
    var value: JSONValue
  }

  /// The value of a key of an object; nil if absent, null or not an object.
  subscript(_ key: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    guard let member = members.last(where: { $0.key.utf8.elementsEqual(key.utf8) }) else {
      return nil
    }
    if case .null = member.value { return nil }
    return member.value
  }

  var kind: String {
    switch self {
    case .null: "null"
    case .bool: "a boolean"
    case .int, .double: "a number"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }

  static func make(_ members: KeyValuePairs<String, JSONValue>) -> JSONValue {
    .object(members.map { Member(key: $0.key, value: $0.value) })
  }
}

/// Typed reading of a file's values, with the place in the message of every error.
struct JSONPlace {
  let value: JSONValue
  let path: String

  func wrong(_ expected: String) -> TokenizerError {
    path.isEmpty
      ? TokenizerError("The tokenizer file must hold \(expected), but it holds \(value.kind).")
      : TokenizerError("In the tokenizer file, \(path) must be \(expected), but it is \(value.kind).")
  }

  /// The member, or nil when it is absent or null.
  func optional(_ key: String) throws -> JSONPlace? {
    guard case .object = value else { throw wrong("an object") }
    return value[key].map { JSONPlace(value: $0, path: path.isEmpty ? key : "\(path).\(key)") }
  }

  func member(_ key: String) throws -> JSONPlace {
    guard let member = try optional(key) else {
      let place = path.isEmpty ? "the tokenizer file" : "\(path) of the tokenizer file"
      throw TokenizerError("The key \"\(key)\" is missing in \(place).")
    }
    return member
  }

  func string() throws -> String {
    guard case .string(let string) = value else { throw wrong("a string") }
    return string
  }

  func bool() throws -> Bool {
    guard case .bool(let bool) = value else { throw wrong("true or false") }
    return bool
  }

  func int() throws -> Int {
    guard case .int(let int) = value else { throw wrong("an integer") }
    return int
  }

  func double() throws -> Double {
    switch value {
    case .int(let int): return Double(int)
    case .double(let double): return double
    default: throw wrong("a number")
    }
  }

  /// A token id: 0 up to 2³¹ − 1.
  func id() throws -> Int32 {
    let int = try int()
    guard int >= 0, int <= Int32.max else {
      throw TokenizerError("In the tokenizer file, \(path) is \(int), which is no token id.")
    }
    return Int32(int)
  }

  /// A size: 0 up to 2³¹ − 1.
  func count() throws -> Int { Int(try id()) }

  func array() throws -> [JSONPlace] {
    guard case .array(let elements) = value else { throw wrong("an array") }
    return elements.enumerated().map { JSONPlace(value: $1, path: "\(path)[\($0)]") }
  }

  func members() throws -> [JSONValue.Member] {
    guard case .object(let members) = value else { throw wrong("an object") }
    return members
  }

  func string(_ key: String) throws -> String { try member(key).string() }
  func string(_ key: String, default value: String) throws -> String {
    try optional(key)?.string() ?? value
  }
  func bool(_ key: String, default value: Bool) throws -> Bool {
    try optional(key)?.bool() ?? value
  }
}
