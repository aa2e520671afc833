import Syntax

final class ListCode: Code {
  let elements: [Code]
  init(_ span: Span, _ elements: [Code]) {
    self.elements = elements
    super.init(span)
  }
  override func evaluate(_ frame: Frame) throws -> Value {
    .list(try elements.map { try $0.evaluate(frame) })
  }
}

final class TupleCode: Code {
  let names: [String]
  let elements: [Code]
  init(_ span: Span, names: [String], elements: [Code]) {
    self.names = names
    self.elements = elements
    super.init(span)
  }
  override func evaluate(_ frame: Frame) throws -> Value {
    .tuple(TupleValue(names: names, elements: try elements.map { try $0.evaluate(frame) }))
  }
}

/// `"loss \(x)"`
final class InterpolationCode: Code {
  let parts: [Code]
  init(_ span: Span, _ parts: [Code]) {
    self.parts = parts
    super.init(span)
  }
  override func evaluate(_ frame: Frame) throws -> Value {
    var text = ""
    for part in parts {
      text += frame.interpreter.printer.text(try part.evaluate(frame))
    }
    return .string(text)
  }
}

/// `x[0:3, :, new]`
final class IndexCode: Code {
  enum Item {
    case at(Code)
    case slice(start: Code?, end: Code?, step: Code?)
    case new
    case ellipsis
  }
  let base: Code
  let items: [Item]
  init(_ span: Span, base: Code, items: [Item]) {
    self.base = base
    self.items = items
    super.init(span)
  }
  override func evaluate(_ frame: Frame) throws -> Value {
    let value = try base.evaluate(frame)
    let resolved = try items.map { item -> IndexItem in
      switch item {
      case .at(let code): return .at(try code.evaluate(frame))
      case .new: return .newAxis
      case .ellipsis: return .ellipsis
      case .slice(let start, let end, let step):
        return .slice(
          start: try integer(start, frame), end: try integer(end, frame),
          step: try integer(step, frame))
      }
    }
    return try operated(frame) { try frame.interpreter.index(value, resolved) }
  }

  private func integer(_ code: Code?, _ frame: Frame) throws -> Int? {
    guard let code else { return nil }
    switch try code.evaluate(frame) {
    case .int(let value): return value
    case .none: return nil
    case let other:
      throw frame.interpreter.failure(
        "a slice needs whole numbers, not \(other.typeWithArticle)", at: code.span, code: "E0510")
    }
  }
}

final class MemberCode: Code {
  let base: Code
  let name: String
  init(_ span: Span, base: Code, name: String) {
    self.base = base
    self.name = name
    super.init(span)
  }
  override func evaluate(_ frame: Frame) throws -> Value {
    let value = try base.evaluate(frame)
    // A transpose is an operation; other members are reads.
    guard case .tensor = value else {
      return try placed(frame) { try frame.interpreter.member(name, of: value) }
    }
    return try operated(frame) { try frame.interpreter.member(name, of: value) }
  }
}

/// `base with (weight = e, …)`
final class WithCode: Code {
  let base: Code
  let names: [String]
  let values: [Code]
  init(_ span: Span, base: Code, names: [String], values: [Code]) {
    self.base = base
    self.names = names
    self.values = values
    super.init(span)
  }
  override func evaluate(_ frame: Frame) throws -> Value {
    let target = try base.evaluate(frame)
    let changes = try zip(names, values).map { ($0, try $1.evaluate(frame)) }
    return try operated(frame) { try frame.interpreter.updating(target, with: changes) }
  }
}

/// `(a, b) = e`: elements of a list or tuple, or of a tensor's first axis, to several targets.
final class DestructureCode: Code {
  let value: Code
  /// Each takes the element through a constant slot in `holder`.
  let targets: [(ElementHolder) -> Code]
  private let holders: [ElementHolder]
  private let writes: [Code]
  init(_ span: Span, value: Code, targets: [(ElementHolder) -> Code]) {
    self.value = value
    self.targets = targets
    holders = targets.map { _ in ElementHolder(span) }
    writes = zip(holders, targets).map { $1($0) }
    super.init(span)
  }
  override func evaluate(_ frame: Frame) throws -> Value {
    let elements = try placed(frame) {
      .list(try frame.interpreter.elements(of: try self.value.evaluate(frame)))
    }
    guard case .list(let list) = elements else { return .none }
    guard list.elements.count == writes.count else {
      throw failure(
        frame, "\(writes.count) names on the left, \(list.elements.count) values on the right",
        code: "E0511")
    }
    for (index, write) in writes.enumerated() {
      holders[index].value = list.elements[index]
      _ = try write.evaluate(frame)
      holders[index].value = .none
    }
    return .none
  }
}

/// Hands one element of a destructured value to the code that assigns it.
final class ElementHolder: Code {
  var value: Value = .none
  override func evaluate(_ frame: Frame) throws -> Value { value }
}
