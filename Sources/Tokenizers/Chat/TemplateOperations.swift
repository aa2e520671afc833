/// Python's operators on the values of templates.
enum TemplateOperations {
  private static let longestString = 1 << 24

  static func binary(
    _ sign: String, _ a: TemplateValue, _ b: TemplateValue
  ) throws -> TemplateValue {
    switch (sign, a, b) {
    case ("~", _, _): return .string(try bounded(a.printed + b.printed))
    case ("+", .string(let x), .string(let y)): return .string(try bounded(x + y))
    case ("+", .list(let x), .list(let y)): return .list(x + y)
    case ("*", .string(let x), _) where b.integer != nil:
      let count = max(0, b.integer ?? 0)
      let (size, isTooLarge) = x.utf8.count.multipliedReportingOverflow(by: count)
      guard !isTooLarge, size <= longestString else { throw tooLong }
      return .string(String(repeating: x, count: count))
    case ("%", .string, _):
      throw TokenizerError("The chat template formats a string with `%`, which is not known here.")
    default: break
    }
    if let x = a.integer, let y = b.integer, sign != "/" { return try integers(sign, x, y) }
    guard let x = a.number, let y = b.number else {
      throw TokenizerError("The chat template computes \(a.kind) \(sign) \(b.kind).")
    }
    switch sign {
    case "+": return .double(x + y)
    case "-": return .double(x - y)
    case "*": return .double(x * y)
    case "/" where y != 0: return .double(x / y)
    case "//" where y != 0: return .double((x / y).rounded(.down))
    case "%" where y != 0: return .double(x - y * (x / y).rounded(.down))
    default: throw TokenizerError("The chat template computes \(x) \(sign) \(y).")
    }
  }

  private static func integers(_ sign: String, _ x: Int, _ y: Int) throws -> TemplateValue {
    var (result, failed) = (0, false)
    switch sign {
    case "+": (result, failed) = x.addingReportingOverflow(y)
    case "-": (result, failed) = x.subtractingReportingOverflow(y)
    case "*": (result, failed) = x.multipliedReportingOverflow(by: y)
    case "//", "%":
      // Python rounds down, and the rest has the divisor's sign.
      let (rest, isOverflow) = y == 0 ? (0, true) : x.remainderReportingOverflow(dividingBy: y)
      failed = isOverflow
      let isDown = rest != 0 && (rest < 0) != (y < 0)
      if !failed { result = sign == "%" ? (isDown ? rest + y : rest) : x / y - (isDown ? 1 : 0) }
    case "**":
      result = 1
      guard y >= 0, y < 64 else { throw TokenizerError("The chat template computes \(x) ** \(y).") }
      for _ in 0..<y {
        let (next, isOverflow) = result.multipliedReportingOverflow(by: x)
        failed = failed || isOverflow
        result = next
      }
    default: failed = true
    }
    if failed { throw TokenizerError("The chat template computes \(x) \(sign) \(y).") }
    return .int(result)
  }

  private static func bounded(_ text: String) throws -> String {
    guard text.utf8.count <= longestString else { throw tooLong }
    return text
  }

  private static var tooLong: TokenizerError {
    TokenizerError("The chat template makes a string of more than 16 MiB.")
  }

  static func compare(_ sign: String, _ a: TemplateValue, _ b: TemplateValue) throws -> Bool {
    switch sign {
    case "==": return a.equals(b)
    case "!=": return !a.equals(b)
    case "in": return try contains(b, a)
    case "not in": return !(try contains(b, a))
    default: break
    }
    let order: Int
    if let x = a.number, let y = b.number {
      order = x < y ? -1 : x > y ? 1 : 0
    } else if let x = a.text, let y = b.text {
      let (left, right) = (x.unicodeScalars.map(\.value), y.unicodeScalars.map(\.value))
      order = left == right ? 0 : left.lexicographicallyPrecedes(right) ? -1 : 1
    } else {
      throw TokenizerError("The chat template compares \(a.kind) \(sign) \(b.kind).")
    }
    switch sign {
    case "<": return order < 0
    case ">": return order > 0
    case "<=": return order <= 0
    default: return order >= 0
    }
  }

  private static func contains(_ whole: TemplateValue, _ part: TemplateValue) throws -> Bool {
    switch whole {
    case .string(let text):
      guard let part = part.text else {
        throw TokenizerError("The chat template looks for \(part.kind) in a string.")
      }
      return ScalarText(text).first(of: ScalarText(part)) != nil
    case .list(let values): return values.contains { $0.equals(part) }
    case .dictionary(let members): return part.text.map { members.member($0) != nil } ?? false
    case .undefined: return false
    default: throw TokenizerError("The chat template looks into \(whole.kind).")
    }
  }

  /// `value.name`: a member; of a mapping, what stands under the key.
  static func member(_ value: TemplateValue, _ name: String) throws -> TemplateValue {
    switch value {
    case .dictionary(let members): return members.member(name) ?? .undefined("`\(name)`")
    case .namespace(let space): return space.members.member(name) ?? .undefined("`\(name)`")
    case .undefined(let owner):
      throw TokenizerError("The chat template asks for `\(name)` of \(owner), which is undefined.")
    default: return .undefined("`\(name)`")
    }
  }

  static func item(_ value: TemplateValue, _ index: TemplateValue) throws -> TemplateValue {
    if let key = index.text { return try member(value, key) }
    guard let place = index.integer else {
      throw TokenizerError("The chat template uses \(index.kind) as an index.")
    }
    let elements: [TemplateValue]
    switch value {
    case .list(let values): elements = values
    case .string: elements = try value.elements()
    case .undefined(let owner):
      throw TokenizerError("The chat template asks for an element of \(owner), which is undefined.")
    default: return .undefined("the element")
    }
    let real = place < 0 ? place + elements.count : place
    return elements.indices.contains(real) ? elements[real] : .undefined("the element \(place)")
  }

  static func slice(
    _ value: TemplateValue, _ start: Int?, _ end: Int?, _ step: Int?
  ) throws -> TemplateValue {
    guard step != 0 else { throw TokenizerError("The chat template slices in steps of 0.") }
    let elements = try value.elements()
    let (count, step) = (elements.count, step ?? 1)
    func place(_ index: Int?, _ usual: Int) -> Int {
      guard let index else { return usual }
      let real = index < 0 ? index &+ count : index
      return step > 0 ? min(max(real, 0), count) : min(max(real, -1), count - 1)
    }
    let (first, last) =
      step > 0 ? (place(start, 0), place(end, count)) : (place(start, count - 1), place(end, -1))
    let chosen = stride(from: first, to: last, by: step).map { elements[$0] }
    guard case .string = value else { return .list(chosen) }
    return .string(chosen.map(\.printed).joined())
  }
}

/// A string as Python sees it: by Unicode scalars, equal only where they are.
struct ScalarText {
  var scalars: [Unicode.Scalar]

  init(_ text: String) { scalars = Array(text.unicodeScalars) }
  init(_ scalars: some Sequence<Unicode.Scalar>) { self.scalars = Array(scalars) }

  var text: String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }

  /// Where another text first stands at or behind a place.
  func first(of other: ScalarText, from start: Int = 0) -> Int? {
    let (a, b) = (scalars, other.scalars)
    guard a.count >= b.count + start else { return nil }
    return (start...(a.count - b.count)).first { place in
      (0..<b.count).allSatisfy { a[place + $0] == b[$0] }
    }
  }

  func separated(by other: ScalarText, most: Int = .max) -> [ScalarText] {
    guard !other.scalars.isEmpty else { return [self] }
    var parts: [ScalarText] = []
    var start = 0
    while parts.count < most, let place = first(of: other, from: start) {
      parts.append(ScalarText(scalars[start..<place]))
      start = place + other.scalars.count
    }
    return parts + [ScalarText(scalars[start...])]
  }

  /// At white space, of which any amount is one separation.
  func words(most: Int = .max) -> [ScalarText] {
    var parts: [ScalarText] = []
    var rest = scalars[...]
    while true {
      rest = rest.drop(while: TemplateLexer.isSpace)
      guard !rest.isEmpty else { return parts }
      guard parts.count < most else { return parts + [ScalarText(rest)] }
      let word = rest.prefix { !TemplateLexer.isSpace($0) }
      parts.append(ScalarText(word))
      rest = rest.dropFirst(word.count)
    }
  }

  func stripped(_ characters: String? = nil, left: Bool = true, right: Bool = true) -> ScalarText {
    let set = characters.map { Set($0.unicodeScalars) }
    func goes(_ scalar: Unicode.Scalar) -> Bool {
      set.map { $0.contains(scalar) } ?? TemplateLexer.isSpace(scalar)
    }
    var rest = scalars[...]
    if left { rest = rest.drop(while: goes) }
    if right { while let last = rest.last, goes(last) { rest.removeLast() } }
    return ScalarText(rest)
  }
}
