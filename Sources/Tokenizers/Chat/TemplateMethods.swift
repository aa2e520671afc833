/// Python's methods of strings and mappings, as far as templates call them.
enum TemplateMethods {
  /// Nil where the value has no such method.
  static func call(
    _ name: String, on value: TemplateValue, _ arguments: TemplateArguments
  ) throws -> TemplateValue? {
    switch value {
    case .string(let text): return try string(name, text, arguments)
    case .dictionary(let members): return dictionary(name, members, arguments)
    case .list(let values):
      guard name == "index" || name == "count", let wanted = arguments.values.first else {
        return nil
      }
      if name == "count" { return .int(values.count { $0.equals(wanted) }) }
      return values.firstIndex { $0.equals(wanted) }.map { .int($0) }
    default: return nil
    }
  }

  private static func dictionary(
    _ name: String, _ members: [(key: String, value: TemplateValue)], _ arguments: TemplateArguments
  ) -> TemplateValue? {
    switch name {
    case "items": return .list(members.map { .list([.string($0.key), $0.value]) })
    case "keys": return .list(members.map { .string($0.key) })
    case "values": return .list(members.map(\.value))
    case "get":
      guard let key = arguments.values.first?.text else { return nil }
      return members.member(key) ?? arguments.value(1, "default") ?? TemplateValue.none
    default: return nil
    }
  }

  private static func string(
    _ name: String, _ text: String, _ arguments: TemplateArguments
  ) throws -> TemplateValue? {
    let scalars = ScalarText(text)
    let first = arguments.values.first
    switch name {
    case "strip": return .string(scalars.stripped(first?.text).text)
    case "lstrip": return .string(scalars.stripped(first?.text, right: false).text)
    case "rstrip": return .string(scalars.stripped(first?.text, left: false).text)
    case "upper": return .string(text.uppercased())
    case "lower": return .string(text.lowercased())
    case "capitalize":
      return .string(
        ScalarText(scalars.scalars.prefix(1)).text.uppercased()
          + ScalarText(scalars.scalars.dropFirst()).text.lowercased())
    case "title": return .string(titled(scalars))
    case "startswith":
      return .bool(affixes(first).contains { scalars.scalars.starts(with: $0.scalars) })
    case "endswith":
      return .bool(
        affixes(first).contains {
          scalars.scalars.suffix($0.scalars.count).elementsEqual($0.scalars)
        })
    case "split": return split(scalars, arguments)
    case "splitlines":
      var lines = scalars.separated(by: ScalarText("\n"))
      if lines.last?.scalars.isEmpty == true { lines.removeLast() }
      return .list(lines.map { .string($0.text) })
    case "replace":
      guard let old = first?.text, let new = arguments.value(1, "new")?.text else { return nil }
      let most = arguments.value(2, "count")?.integer ?? -1
      let parts = scalars.separated(by: ScalarText(old), most: most < 0 ? .max : most)
      let size = (parts.count - 1).multipliedReportingOverflow(by: new.utf8.count)
      guard !size.overflow, size.partialValue <= 1 << 24 else {
        throw TokenizerError("The chat template makes a string of more than 16 MiB.")
      }
      return .string(parts.map(\.text).joined(separator: new))
    case "find":
      guard let part = first?.text else { return nil }
      return .int(scalars.first(of: ScalarText(part)) ?? -1)
    case "count":
      guard let part = first?.text, !part.isEmpty else { return nil }
      return .int(scalars.separated(by: ScalarText(part)).count - 1)
    case "join":
      guard let values = try first?.elements() else { return nil }
      return .string(values.map(\.printed).joined(separator: text))
    case "isdigit":
      return .bool(!text.isEmpty && text.unicodeScalars.allSatisfy { ("0"..."9").contains($0) })
    default: return nil
    }
  }

  /// One text or a tuple of several.
  private static func affixes(_ value: TemplateValue?) -> [ScalarText] {
    switch value {
    case .string(let text)?: return [ScalarText(text)]
    case .list(let values)?: return values.compactMap { $0.text.map { ScalarText($0) } }
    default: return []
    }
  }

  private static func split(_ text: ScalarText, _ arguments: TemplateArguments) -> TemplateValue {
    let limit = arguments.value(1, "maxsplit")?.integer ?? -1
    let most = limit < 0 ? Int.max : limit
    guard let separator = arguments.value(0, "sep")?.text else {
      return .list(text.words(most: most).map { .string($0.text) })
    }
    return .list(text.separated(by: ScalarText(separator), most: most).map { .string($0.text) })
  }

  private static func titled(_ text: ScalarText) -> String {
    var result = ""
    var isInside = false
    for scalar in text.scalars {
      let letter = String(scalar)
      result += isInside ? letter.lowercased() : letter.uppercased()
      isInside = scalar.properties.isAlphabetic
    }
    return result
  }
}
