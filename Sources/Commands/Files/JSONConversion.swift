import Checkpoints
import Interpreter

extension JSONValue {
  /// The document as a value of the language.
  var languageValue: LanguageValue {
    switch self {
    case .null: return .none
    case .bool(let flag): return .bool(flag)
    case .array(let elements): return .list(elements.map(\.languageValue))
    case .object(let object):
      return .tuple(object.map { ($0.key, $0.value.languageValue) })
    case .string(let text): return .string(text)
    case .int(let number): return .int(number)
    case .double(let number): return .float(number)
    }
  }
}

extension Value {
  /// What a config file can hold of a value.
  func json() throws -> JSONValue {
    switch self {
    case .none: return .null
    case .bool(let flag): return .bool(flag)
    case .int(let number): return .int(number)
    case .float(let number): return .double(number)
    case .string(let text): return .string(text)
    case .list(let list): return .array(try list.elements.map { try $0.json() })
    case .tuple(let tuple):
      var object = JSONObject()
      for (name, element) in zip(tuple.names, tuple.elements) { object[name] = try element.json() }
      return .object(object)
    default: throw Mistake("\(typeWithArticle) cannot be written to a config file")
    }
  }
}
