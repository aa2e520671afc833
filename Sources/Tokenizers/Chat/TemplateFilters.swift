/// Filters (`value | name`) and tests (`value is name`).
enum TemplateFilters {
  static func apply(
    _ name: String, _ value: TemplateValue, _ arguments: TemplateArguments
  ) throws -> TemplateValue {
    if let result = try text(name, value, arguments) ?? numeric(name, value, arguments) {
      return result
    }
    switch name {
    case "default", "d":
      let isMissing =
        value.isUndefined || (arguments.value(1, "boolean")?.isTrue ?? false) && !value.isTrue
      return isMissing ? arguments.value(0, "default_value") ?? .string("") : value
    case "length", "count": return .int(try value.elements().count)
    case "first": return try value.elements().first ?? .undefined("the first element")
    case "last": return try value.elements().last ?? .undefined("the last element")
    case "list": return .list(try value.elements())
    case "reverse":
      let reversed = Array(try value.elements().reversed())
      return value.text == nil ? .list(reversed) : .string(reversed.map(\.printed).joined())
    case "join":
      let between = arguments.value(0, "d")?.printed ?? ""
      var elements = try value.elements()
      if let attribute = arguments.value(1, "attribute")?.text {
        elements = try elements.map { try TemplateOperations.member($0, attribute) }
      }
      return .string(elements.map(\.printed).joined(separator: between))
    case "items", "dictsort":
      guard case .dictionary(let members) = value else {
        if value.isUndefined { return .list([]) }
        throw TokenizerError("The chat template takes the items of \(value.kind).")
      }
      let pairs = members.map { TemplateValue.list([.string($0.key), $0.value]) }
      return .list(name == "items" ? pairs : try sorted(pairs))
    case "map": return try mapped(value, arguments)
    case "select", "reject", "selectattr", "rejectattr": return try chosen(name, value, arguments)
    default:
      throw TokenizerError("The chat template uses the filter `\(name)`, which is not known here.")
    }
  }

  /// Filters that order, compare and compute.
  private static func numeric(
    _ name: String, _ value: TemplateValue, _ arguments: TemplateArguments
  ) throws -> TemplateValue? {
    switch name {
    case "sort": return .list(try sorted(value.elements()))
    case "unique":
      return .list(
        try value.elements().reduce(into: []) { kept, element in
          if !kept.contains(where: { $0.equals(element) }) { kept.append(element) }
        })
    case "sum":
      return try value.elements().reduce(.int(0)) { try TemplateOperations.binary("+", $0, $1) }
    case "min": return try extreme(value, "<")
    case "max": return try extreme(value, ">")
    case "abs":
      return try TemplateOperations.compare("<", value, .int(0))
        ? TemplateOperations.binary("-", .int(0), value) : value
    case "int": return .int(integer(value) ?? arguments.value(0, "default")?.integer ?? 0)
    case "float": return .double(value.number ?? value.text.flatMap(Double.init) ?? 0)
    default: return nil
    }
  }

  /// Filters that make a text.
  private static func text(
    _ name: String, _ value: TemplateValue, _ arguments: TemplateArguments
  ) throws -> TemplateValue? {
    switch name {
    case "trim":
      return .string(ScalarText(value.printed).stripped(arguments.value(0, "chars")?.text).text)
    case "string": return .string(value.printed)
    case "safe": return value
    case "upper": return .string(value.printed.uppercased())
    case "lower": return .string(value.printed.lowercased())
    case "capitalize", "title":
      return try TemplateMethods.call(name, on: .string(value.printed), arguments)
    case "replace":
      return try TemplateMethods.call("replace", on: .string(value.printed), arguments)
    case "tojson":
      return .string(
        try value.json(indent: arguments.value(0, "indent")?.integer.map { min(max($0, 0), 16) }))
    case "indent":
      let width = min(max(arguments.value(0, "width")?.integer ?? 4, 0), 64)
      let isFirst = arguments.value(1, "first")?.isTrue ?? false
      let blank = arguments.value(2, "blank")?.isTrue ?? false
      let lines = ScalarText(value.printed).separated(by: ScalarText("\n")).map(\.text)
      let space = String(repeating: " ", count: width)
      return .string(
        lines.enumerated().map { index, line in
          (index == 0 ? isFirst : blank || !line.isEmpty) ? space + line : line
        }.joined(separator: "\n"))
    case "escape", "e":
      let pairs = [("&", "&amp;"), (">", "&gt;"), ("<", "&lt;"), ("'", "&#39;"), ("\"", "&#34;")]
      return .string(
        pairs.reduce(value.printed) { text, pair in
          ScalarText(text).separated(by: ScalarText(pair.0)).map(\.text).joined(separator: pair.1)
        })
    default: return nil
    }
  }

  private static func integer(_ value: TemplateValue) -> Int? {
    if let number = value.integer { return number }
    if let number = value.number { return Int(exactly: number.rounded(.towardZero)) }
    return value.text.flatMap { Int(ScalarText($0).stripped().text) }
  }

  private static func sorted(_ values: [TemplateValue]) throws -> [TemplateValue] {
    // Insertion keeps the order of equals, and lets comparisons throw. Lists here are short.
    var result: [TemplateValue] = []
    guard values.count <= 4096 else {
      throw TokenizerError("The chat template sorts too long a list.")
    }
    for value in values {
      var place = result.count
      while place > 0, try TemplateOperations.compare(">", key(result[place - 1]), key(value)) {
        place -= 1
      }
      result.insert(value, at: place)
    }
    return result
  }

  /// Jinja sorts texts without their case, pairs by their keys.
  private static func key(_ value: TemplateValue) -> TemplateValue {
    if case .list(let pair) = value, let first = pair.first { return key(first) }
    return value.text.map { .string($0.lowercased()) } ?? value
  }

  private static func extreme(_ value: TemplateValue, _ sign: String) throws -> TemplateValue {
    let elements = try value.elements()
    guard var best = elements.first else { return .undefined("the element") }
    for element in elements.dropFirst() where try TemplateOperations.compare(sign, element, best) {
      best = element
    }
    return best
  }

  private static func mapped(
    _ value: TemplateValue, _ arguments: TemplateArguments
  ) throws -> TemplateValue {
    let elements = try value.elements()
    if let attribute = arguments.named.member("attribute")?.text {
      let usual = arguments.named.member("default")
      return .list(
        try elements.map {
          let found = try TemplateOperations.member($0, attribute)
          return found.isUndefined ? usual ?? found : found
        })
    }
    guard let filter = arguments.values.first?.text else {
      throw TokenizerError("The chat template's `map` names no filter.")
    }
    let rest = TemplateArguments(
      values: Array(arguments.values.dropFirst()), named: arguments.named)
    return .list(try elements.map { try apply(filter, $0, rest) })
  }

  private static func chosen(
    _ name: String, _ value: TemplateValue, _ arguments: TemplateArguments
  ) throws -> TemplateValue {
    let isByMember = name.hasSuffix("attr")
    let values = isByMember ? Array(arguments.values.dropFirst()) : arguments.values
    let rest = TemplateArguments(values: Array(values.dropFirst()), named: [])
    return .list(
      try value.elements().filter { element in
        let subject =
          isByMember
          ? try TemplateOperations.member(element, arguments.values.first?.text ?? "") : element
        let holds = try values.first?.text.map { try test($0, subject, rest) } ?? subject.isTrue
        return holds == name.hasPrefix("select")
      })
  }

  static func test(
    _ name: String, _ value: TemplateValue, _ arguments: TemplateArguments
  ) throws -> Bool {
    func other() throws -> TemplateValue {
      if let first = arguments.values.first { return first }
      throw TokenizerError("The chat template's test `\(name)` lacks its value.")
    }
    if let result = isOfType(name, value) { return result }
    switch name {
    case "odd", "even", "divisibleby":
      let divisor = name == "divisibleby" ? try other() : .int(2)
      let rest = try TemplateOperations.binary("%", value, divisor)
      return rest.equals(.int(name == "odd" ? 1 : 0))
    case "eq", "equalto", "==", "sameas": return value.equals(try other())
    case "ne", "!=": return !value.equals(try other())
    case "in": return try TemplateOperations.compare("in", value, other())
    case "lt", "lessthan", "<": return try TemplateOperations.compare("<", value, other())
    case "gt", "greaterthan", ">": return try TemplateOperations.compare(">", value, other())
    case "le", "<=": return try TemplateOperations.compare("<=", value, other())
    case "ge", ">=": return try TemplateOperations.compare(">=", value, other())
    case "lower": return value.text.map { $0 == $0.lowercased() } ?? false
    case "upper": return value.text.map { $0 == $0.uppercased() } ?? false
    default:
      throw TokenizerError("The chat template uses the test `\(name)`, which is not known here.")
    }
  }

  /// Tests of what a value is; nil for other tests.
  private static func isOfType(_ name: String, _ value: TemplateValue) -> Bool? {
    switch name {
    case "defined": return !value.isUndefined
    case "undefined": return value.isUndefined
    case "none": if case .none = value { return true } else { return false }
    case "string": return value.text != nil
    case "mapping": if case .dictionary = value { return true } else { return false }
    case "iterable", "sequence":
      switch value {
      case .list, .string, .dictionary: return true
      default: return name == "iterable" && value.isUndefined
      }
    case "number":
      switch value {
      case .int, .double, .bool: return true
      default: return false
      }
    case "integer": if case .int = value { return true } else { return false }
    case "float": if case .double = value { return true } else { return false }
    case "boolean": if case .bool = value { return true } else { return false }
    case "true": if case .bool(true) = value { return true } else { return false }
    case "false": if case .bool(false) = value { return true } else { return false }
    case "callable": if case .function = value { return true } else { return false }
    default: return nil
    }
  }
}
