import Syntax

/// A resolved piece of program. Subclasses evaluate themselves; the span is where errors point.
public class Code {
  public let span: Span
  init(_ span: Span) { self.span = span }

  func evaluate(_ frame: Frame) throws -> Value { .none }

  /// A failure at this piece, with the calls that led here.
  func failure(
    _ frame: Frame, _ message: String, code: String = "E0500", note: String? = nil,
    fix: String? = nil
  ) -> Failure {
    frame.interpreter.failure(message, at: span, code: code, note: note, fix: fix)
  }

  /// Runs `body`, giving errors without a place this piece's.
  @inline(__always)
  final func placed(_ frame: Frame, _ body: () throws -> Value) throws -> Value {
    do { return try body() } catch {
      throw frame.interpreter.place(error, at: span)
    }
  }
}

final class ConstantCode: Code {
  let value: Value
  init(_ span: Span, _ value: Value) {
    self.value = value
    super.init(span)
  }
  override func evaluate(_ frame: Frame) throws -> Value { value }
}

final class LocalReadCode: Code {
  let slot: Int
  let name: String
  init(_ span: Span, slot: Int, name: String) {
    self.slot = slot
    self.name = name
    super.init(span)
  }
  override func evaluate(_ frame: Frame) throws -> Value {
    if let value = frame.slots[slot] { return value }
    throw failure(
      frame, "`\(name)` is used before it has a value", code: "E0402",
      fix: "assign `\(name)` on every way that leads here")
  }
}

final class LocalWriteCode: Code {
  let slot: Int
  let name: String
  let value: Code
  init(_ span: Span, slot: Int, name: String, value: Code) {
    self.slot = slot
    self.name = name
    self.value = value
    super.init(span)
  }
  override func evaluate(_ frame: Frame) throws -> Value {
    let result = try value.evaluate(frame)
    frame.slots[slot] = result
    if let debugger = frame.interpreter.debugger { debugger.didAssign(name, result, frame) }
    return .none
  }
}

final class GlobalReadCode: Code {
  let cell: GlobalCell
  let namespace: Namespace
  init(_ span: Span, cell: GlobalCell, namespace: Namespace) {
    self.cell = cell
    self.namespace = namespace
    super.init(span)
  }
  override func evaluate(_ frame: Frame) throws -> Value {
    if let value = cell.value { return value }
    if let value = cell.current { return value }
    throw failure(
      frame, "`\(cell.name)` is not defined", code: "E0401",
      fix: suggestion(for: cell.name, among: namespace.visibleNames))
  }
}

final class GlobalWriteCode: Code {
  let name: String
  let namespace: Namespace
  let value: Code
  private let cell: GlobalCell
  init(_ span: Span, name: String, namespace: Namespace, value: Code) {
    self.name = name
    self.namespace = namespace
    self.value = value
    cell = namespace.cell(name)
    super.init(span)
  }
  override func evaluate(_ frame: Frame) throws -> Value {
    var result = try value.evaluate(frame)
    if case .module(let module) = result, !module.isAttached {
      result = .module(try frame.interpreter.attachRoot(module))
    }
    if cell.value == nil { namespace.define(name, result) } else { cell.value = result }
    return .none
  }
}

/// Reads a field of the module whose function runs.
final class FieldReadCode: Code {
  let index: Int
  let name: String
  init(_ span: Span, index: Int, name: String) {
    self.index = index
    self.name = name
    super.init(span)
  }
  override func evaluate(_ frame: Frame) throws -> Value {
    guard let module = frame.module else { throw failure(frame, "`\(name)` has no module here") }
    return try placed(frame) { try module.read(field: index, named: name, in: frame.interpreter) }
  }
}

/// Writes a field while a module is being constructed.
final class FieldWriteCode: Code {
  let index: Int
  let value: Code
  init(_ span: Span, index: Int, value: Code) {
    self.index = index
    self.value = value
    super.init(span)
  }
  override func evaluate(_ frame: Frame) throws -> Value {
    frame.module?.fields[index] = .value(try value.evaluate(frame))
    return .none
  }
}

/// `param A = e` and `state s = e`: keeps the initialiser for the module's attachment.
final class ParameterCode: Code {
  let index: Int
  let kind: Parameter.Kind
  let initialiser: Code
  init(_ span: Span, index: Int, kind: Parameter.Kind, initialiser: Code) {
    self.index = index
    self.kind = kind
    self.initialiser = initialiser
    super.init(span)
  }
  override func evaluate(_ frame: Frame) throws -> Value {
    frame.module?.fields[index] = .pending(
      PendingParameter(kind: kind, initialiser: initialiser, frame: frame))
    return .none
  }
}

/// A sibling function of the module whose function runs, bound to that module.
final class SiblingReadCode: Code {
  let name: String
  init(_ span: Span, name: String) {
    self.name = name
    super.init(span)
  }
  override func evaluate(_ frame: Frame) throws -> Value {
    guard let module = frame.module, let function = module.boundFunction(name) else {
      throw failure(frame, "`\(name)` is not a function of this module")
    }
    return .function(function)
  }
}

/// "did you mean" as a remedy, or nil where nothing is near.
func suggestion(for name: String, among candidates: [String]) -> String? {
  didYouMean(name, candidates).map { "did you mean `\($0)`?" }
}
