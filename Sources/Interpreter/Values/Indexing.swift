import Autograd
import Syntax
import Tensor

/// One place between the brackets of an index, evaluated.
public enum IndexItem {
  case at(Value)
  case slice(start: Int?, end: Int?, step: Int?)
  case newAxis
  case ellipsis
}

extension Interpreter {
  func index(_ value: Value, _ items: [IndexItem]) throws -> Value {
    switch value {
    case .tensor(let variable):
      let part = try index(variable, items)
      try poll()
      return .tensor(part)
    case .list(let list): return try index(list.elements, single(items, value)) { .list($0) }
    case .string(let text):
      return try index(text.unicodeScalars.map { .string(String($0)) }, single(items, value)) {
        .string($0.map { if case .string(let part) = $0 { part } else { "" } }.joined())
      }
    case .tuple(let tuple): return try index(tuple, single(items, value))
    case .module(let module): return try index(module, single(items, value))
    case .host(let host):
      let item = try single(items, value)
      let index: Value
      switch item {
      case .at(let inner): index = inner
      case .slice(let start, let end, let step): index = .host(SliceValue(start, end, step))
      case .newAxis, .ellipsis: throw notIndexable(value)
      }
      if let element = try host.element(at: index) { return element }
      throw notIndexable(value)
    default: throw notIndexable(value)
    }
  }

  private func notIndexable(_ value: Value) -> Mistake {
    Mistake(
      "\(value.typeWithArticle) cannot be indexed like this", code: "E0512",
      note: "lists, strings, tuples, tensors, datasets and models can be indexed")
  }

  private func single(_ items: [IndexItem], _ value: Value) throws -> IndexItem {
    guard items.count == 1, let item = items.first else {
      throw Mistake(
        "\(value.typeWithArticle) takes one index, not \(items.count)", code: "E0512",
        fix: "index what the first gives, as in `x[0][1]`")
    }
    return item
  }

  private func index(
    _ elements: [Value], _ item: IndexItem, _ join: ([Value]) -> Value
  ) throws -> Value {
    switch item {
    case .at(.int(let position)):
      return elements[try resolved(position, count: elements.count)]
    case .slice(let start, let end, let step):
      let (range, step) = try sliceRange(start, end, step, count: elements.count)
      let forward = stride(from: 0, to: range.count, by: Swift.abs(step)).map { $0 }
      return join(
        forward.map { step > 0 ? elements[range.lowerBound + $0] : elements[range.upperBound - 1 - $0] }
      )
    case .at(let other):
      throw Mistake("an index is a whole number, not \(other.typeWithArticle)", code: "E0510")
    case .newAxis, .ellipsis: throw Mistake("only tensors have axes", code: "E0512")
    }
  }

  private func index(_ tuple: TupleValue, _ item: IndexItem) throws -> Value {
    switch item {
    case .at(.int(let position)):
      return tuple.elements[try resolved(position, count: tuple.elements.count)]
    case .at(.string(let name)):
      if let value = tuple[name] { return value }
      throw Mistake(
        "the tuple has no `\(name)`", code: "E0513",
        fix: suggestion(for: name, among: tuple.names))
    default: throw Mistake("a tuple is indexed by a place or a name", code: "E0512")
    }
  }

  /// `model["blocks.*.attn.q"]`: a site, a parameter, or the list of all that a pattern matches.
  private func index(_ module: Module, _ item: IndexItem) throws -> Value {
    guard case .at(.string(let text)) = item else {
      throw Mistake(
        "a model is indexed by a path or a pattern in quotes", code: "E0512",
        fix: "for example model[\"blocks.0.attn.q\"]")
    }
    let model = try attachRoot(module)
    let pattern = try SitePattern(text)
    let sites = model.sites().filter { pattern.matches($0.path) }
    if pattern.isLiteral, let site = sites.first { return .module(site.module) }
    let parameters = model.parameters().filter { pattern.matches($0.path) }
    if pattern.isLiteral, let named = parameters.first {
      return .tensor(variable(of: named.parameter))
    }
    let found =
      sites.map { Value.module($0.module) }
      + parameters.map { Value.tensor(variable(of: $0.parameter)) }
    if found.isEmpty {
      throw noMatch(text, paths: model.sites().map(\.path) + model.parameters().map(\.path))
    }
    return .list(found)
  }

  func resolved(_ position: Int, count: Int) throws -> Int {
    let place = position < 0 ? position + count : position
    guard place >= 0, place < count else {
      throw Mistake(
        "index \(position) is outside: there are \(count) elements", code: "E0514",
        note: count == 0 ? nil : "valid: \(-count) to \(count - 1)")
    }
    return place
  }

  /// Python's rules: ends are clamped, negative ones count from the back.
  func sliceRange(_ start: Int?, _ end: Int?, _ step: Int?, count: Int) throws -> (Range<Int>, Int) {
    let step = step ?? 1
    if step == 0 { throw Mistake("a slice's step cannot be 0", code: "E0515") }
    func clamp(_ value: Int) -> Int { Swift.min(Swift.max(value < 0 ? value + count : value, 0), count) }
    if step > 0 {
      let low = clamp(start ?? 0)
      return (low..<Swift.max(low, clamp(end ?? count)), step)
    }
    let high = start.map { Swift.min(clamp($0) + 1, count) } ?? count
    let low = end.map { Swift.min(clamp($0) + 1, high) } ?? 0
    return (low..<high, step)
  }
}

// MARK: - Tensors

extension Interpreter {
  private func index(_ variable: Variable, _ items: [IndexItem]) throws -> Variable {
    let used = items.count { item in
      switch item {
      case .newAxis, .ellipsis: false
      case .at(.tensor(let mask)) where mask.dtype == .bool: false
      default: true
      }
    }
    if items.count == 1, case .at(.tensor(let mask)) = items[0], mask.dtype == .bool {
      return try tape.index(variable, mask: mask.value)
    }
    guard used <= variable.rank else {
      throw Mistake(
        "\(used) indices for a tensor of shape \(describe(variable.shape))", code: "E0516")
    }
    var result = variable
    var axis = 0
    for item in items {
      switch item {
      case .newAxis:
        result = try tape.unsqueeze(result, axis: axis)
        axis += 1
      case .ellipsis: axis += variable.rank - used
      case .slice(let start, let end, let step):
        let (range, step) = try sliceRange(start, end, step, count: result.shape[axis])
        if range != 0..<result.shape[axis] || step != 1 {
          result = try tape.slice(result, axis: axis, range: range, step: step)
        }
        axis += 1
      case .at(.int(let position)):
        let place = try resolved(position, count: result.shape[axis])
        result = try tape.selecting(result, axis: axis, index: place)
      case .at(let other):
        let ids = try indices(other, count: result.shape[axis])
        result = try tape.index(result, axis: axis, ids)
        axis += ids.rank
      }
    }
    return result
  }

  private func indices(_ value: Value, count: Int) throws -> Tensor {
    switch value {
    case .tensor(let ids) where ids.dtype == .i64 || ids.dtype == .i32: return ids.value
    case .list(let list):
      return Tensor(
        try list.elements.map { element in
          guard case .int(let position) = element else {
            throw Mistake("an index is a whole number, not \(element.typeWithArticle)", code: "E0510")
          }
          return try resolved(position, count: count)
        })
    default:
      throw Mistake("\(value.typeWithArticle) cannot index a tensor", code: "E0510")
    }
  }
}

/// `start:end:step` handed to a host value.
public final class SliceValue: HostValue {
  public let start: Int?
  public let end: Int?
  public let step: Int?
  init(_ start: Int?, _ end: Int?, _ step: Int?) {
    self.start = start
    self.end = end
    self.step = step
  }
  public var typeName: String { "slice" }
}

/// `range(start, end, step)`: whole numbers that are made as they are asked for.
public final class RangeValue: HostValue {
  public let start: Int
  public let end: Int
  public let step: Int

  public init(start: Int, end: Int, step: Int) {
    self.start = start
    self.end = end
    self.step = step
  }

  public var typeName: String { "range" }
  public var count: Int? {
    let span = step > 0 ? end - start : start - end
    return span <= 0 ? 0 : (span - 1) / Swift.abs(step) + 1
  }
  public func element(at index: Value) throws -> Value? {
    guard case .int(let position) = index, let count else { return nil }
    let place = position < 0 ? position + count : position
    guard place >= 0, place < count else {
      throw Mistake("index \(position) is outside: there are \(count) elements", code: "E0514")
    }
    return .int(start + place * step)
  }
  public func description(for printer: Printer) -> String {
    step == 1 ? "range(\(start), \(end))" : "range(\(start), \(end), \(step))"
  }
}
