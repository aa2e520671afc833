/// What a chat template computes with: the values of Python that templates meet.
enum TemplateValue {
  /// A name or member that is not there; prints as nothing. The name, for messages.
  case undefined(String)
  case none
  case bool(Bool)
  case int(Int)
  case double(Double)
  case string(String)
  case list([TemplateValue])
  case dictionary([(key: String, value: TemplateValue)])
  /// The one value that can be changed: `namespace(…)`.
  case namespace(TemplateNamespace)
  case function(TemplateFunction)
}

final class TemplateNamespace {
  var members: [(key: String, value: TemplateValue)]
  init(_ members: [(key: String, value: TemplateValue)]) { self.members = members }
}

/// Arguments of a call: by place, and by name.
struct TemplateArguments {
  var values: [TemplateValue] = []
  var named: [(key: String, value: TemplateValue)] = []

  func value(_ place: Int, _ name: String) -> TemplateValue? {
    values.indices.contains(place) ? values[place] : named.member(name)
  }
}

final class TemplateFunction {
  let name: String
  let body: (TemplateArguments) throws -> TemplateValue

  init(_ name: String, _ body: @escaping (TemplateArguments) throws -> TemplateValue) {
    self.name = name
    self.body = body
  }
}

extension [(key: String, value: TemplateValue)] {
  /// Keys are compared by their bytes, as Python does, not by canonical equivalence.
  func member(_ name: String) -> TemplateValue? {
    last { $0.key.utf8.elementsEqual(name.utf8) }?.value
  }

  mutating func set(_ name: String, _ value: TemplateValue) {
    if let place = firstIndex(where: { $0.key.utf8.elementsEqual(name.utf8) }) {
      self[place].value = value
    } else {
      append((name, value))
    }
  }
}

// MARK: Python's view of values

extension TemplateValue {
  var isTrue: Bool {
    switch self {
    case .undefined, .none: return false
    case .bool(let value): return value
    case .int(let value): return value != 0
    case .double(let value): return value != 0
    case .string(let value): return !value.isEmpty
    case .list(let values): return !values.isEmpty
    case .dictionary(let members): return !members.isEmpty
    case .namespace, .function: return true
    }
  }

  var isUndefined: Bool { if case .undefined = self { true } else { false } }

  var number: Double? {
    switch self {
    case .bool(let value): return value ? 1 : 0
    case .int(let value): return Double(value)
    case .double(let value): return value
    default: return nil
    }
  }

  var integer: Int? {
    switch self {
    case .bool(let value): return value ? 1 : 0
    case .int(let value): return value
    default: return nil
    }
  }

  var text: String? { if case .string(let value) = self { value } else { nil } }

  /// What the type is called in messages.
  var kind: String {
    switch self {
    case .undefined(let name): return "\(name), which is undefined"
    case .none: return "none"
    case .bool: return "a boolean"
    case .int, .double: return "a number"
    case .string: return "a string"
    case .list: return "a list"
    case .dictionary: return "a mapping"
    case .namespace: return "a namespace"
    case .function(let function): return "the function \(function.name)"
    }
  }

  func equals(_ other: TemplateValue) -> Bool {
    if let a = number, let b = other.number { return a == b }
    switch (self, other) {
    case (.none, .none), (.undefined, .undefined): return true
    case (.string(let a), .string(let b)): return a.utf8.elementsEqual(b.utf8)
    case (.list(let a), .list(let b)):
      return a.count == b.count && zip(a, b).allSatisfy { $0.equals($1) }
    case (.dictionary(let a), .dictionary(let b)):
      return a.count == b.count
        && a.allSatisfy { member in b.member(member.key)?.equals(member.value) ?? false }
    case (.namespace(let a), .namespace(let b)): return a === b
    case (.function(let a), .function(let b)): return a === b
    default: return false
    }
  }

  /// As Python's `str` writes it.
  var printed: String {
    switch self {
    case .undefined: return ""
    case .string(let value): return value
    default: return represented
    }
  }

  /// As Python's `repr` writes it.
  var represented: String {
    switch self {
    case .undefined: return "Undefined"
    case .none: return "None"
    case .bool(let value): return value ? "True" : "False"
    case .int(let value): return String(value)
    case .double(let value): return TemplateValue.written(value)
    case .string(let value): return TemplateValue.quoted(value)
    case .list(let values): return "[" + values.map(\.represented).joined(separator: ", ") + "]"
    case .dictionary(let members):
      let parts = members.map { "\(TemplateValue.quoted($0.key)): \($0.value.represented)" }
      return "{" + parts.joined(separator: ", ") + "}"
    case .namespace: return "<Namespace>"
    case .function(let function): return "<\(function.name)>"
    }
  }

  /// Python writes exponents from 1e16 and below 1e-4, with a sign and two digits.
  static func written(_ value: Double) -> String {
    if value.isNaN { return "nan" }
    if value.isInfinite { return value < 0 ? "-inf" : "inf" }
    var text = "\(value)"
    if let place = text.firstIndex(of: "e") {
      var mantissa = String(text[..<place])
      if mantissa.hasSuffix(".0") { mantissa.removeLast(2) }
      let exponent = Int(text[text.index(after: place)...]) ?? 0
      let digits = exponent.magnitude < 10 ? "0\(exponent.magnitude)" : "\(exponent.magnitude)"
      text = "\(mantissa)e\(exponent < 0 ? "-" : "+")\(digits)"
    }
    return text
  }

  private static func quoted(_ text: String) -> String {
    let quote: Unicode.Scalar = text.contains("'") && !text.contains("\"") ? "\"" : "'"
    var result = String(quote)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case quote: result += "\\\(quote)"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F:
        let digits = String(scalar.value, radix: 16)
        result += "\\x" + (digits.count < 2 ? "0" : "") + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + String(quote)
  }

  /// The elements that a loop goes through.
  func elements() throws -> [TemplateValue] {
    switch self {
    case .list(let values): return values
    case .string(let text): return text.unicodeScalars.map { .string(String($0)) }
    case .dictionary(let members): return members.map { .string($0.key) }
    case .undefined: return []
    default: throw TokenizerError("The chat template goes through \(kind), which has no elements.")
    }
  }
}

// MARK: JSON

extension TemplateValue {
  init(_ json: JSONValue) {
    switch json {
    case .null: self = .none
    case .bool(let value): self = .bool(value)
    case .int(let value): self = .int(value)
    case .double(let value): self = .double(value)
    case .string(let value): self = .string(value)
    case .array(let values): self = .list(values.map(TemplateValue.init))
    case .object(let members): self = .dictionary(members.map { ($0.key, TemplateValue($0.value)) })
    }
  }

  /// As Python's `json.dumps(…, ensure_ascii=False)` writes it; with `indent`, on several lines.
  func json(indent: Int?, depth: Int = 0) throws -> String {
    func block(_ open: String, _ parts: [String], _ close: String) -> String {
      guard !parts.isEmpty else { return open + close }
      guard let indent else { return open + parts.joined(separator: ", ") + close }
      let inner = "\n" + String(repeating: " ", count: indent * (depth + 1))
      let outer = "\n" + String(repeating: " ", count: indent * depth)
      return open + inner + parts.joined(separator: "," + inner) + outer + close
    }
    switch self {
    case .none: return "null"
    case .bool(let value): return value ? "true" : "false"
    case .int, .double: return represented
    case .string(let value): return TemplateValue.jsonQuoted(value)
    case .list(let values):
      return block("[", try values.map { try $0.json(indent: indent, depth: depth + 1) }, "]")
    case .dictionary(let members):
      let parts = try members.map {
        "\(TemplateValue.jsonQuoted($0.key)): \(try $0.value.json(indent: indent, depth: depth + 1))"
      }
      return block("{", parts, "}")
    default: throw TokenizerError("The chat template writes \(kind) as JSON, which it is not.")
    }
  }

  private static func jsonQuoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\u{8}": result += "\\b"
      case "\u{C}": result += "\\f"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
