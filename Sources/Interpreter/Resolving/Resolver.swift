import Syntax

/// Turns a tree into `Code`: every local gets a slot, every global its cell, before anything runs.
struct Resolver {
  let interpreter: Interpreter
  let namespace: Namespace
  let scope: Scope?

  init(interpreter: Interpreter, namespace: Namespace, scope: Scope? = nil) {
    self.interpreter = interpreter
    self.namespace = namespace
    self.scope = scope
  }

  func resolveTopLevel(_ statement: Statement) throws -> Code { try resolve(statement) }

  func inside(_ scope: Scope) -> Resolver {
    Resolver(interpreter: interpreter, namespace: namespace, scope: scope)
  }
}

// MARK: - Statements

extension Resolver {
  func resolve(_ block: Block) throws -> Code {
    BlockCode(block.span, try block.statements.map(resolve))
  }

  func resolve(_ statement: Statement) throws -> Code {
    let span = statement.span
    switch statement.kind {
    case .expression(let value): return try resolve(value)
    case .assign(let pattern, let value): return try assign(pattern, try resolve(value), span)
    case .function(let declaration), .method(let declaration):
      return write(declaration.name.text, try function(declaration), span)
    case .module(let declaration):
      return write(declaration.name.text, try module(declaration), span)
    case .param(let name, let value): return try parameter(name, .trained, value, span)
    case .state(let name, let value): return try parameter(name, .kept, value, span)
    case .forEach(let pattern, let sequence, let body):
      let element = ElementHolder(pattern.span)
      return ForCode(
        span, sequence: try resolve(sequence), element: element,
        target: try assign(pattern, element, pattern.span), body: try resolve(body))
    case .whileLoop(let condition, let body):
      return WhileCode(span, try resolve(condition), try resolve(body))
    case .returning(let value): return ReturnCode(span, try value.map(resolve))
    case .breaking: return JumpCode(span, .breaking)
    case .continuing: return JumpCode(span, .continuing)
    case .importing(let path, let pathSpan, let alias):
      return ImportCode(
        span, path: path, pathSpan: pathSpan, alias: alias?.text, namespace: namespace)
    case .expect(let value, let tolerance):
      return ExpectCode(span, try resolve(value), tolerance: try tolerance.map(resolve))
    case .empty, .error: return ConstantCode(span, .none)
    }
  }

  private func assign(_ pattern: Pattern, _ value: Code, _ span: Span) throws -> Code {
    switch pattern {
    case .name(let name): return write(name.text, value, span)
    case .tuple(let names, _):
      return DestructureCode(
        span, value: value, targets: names.map { name in { self.write(name.text, $0, name.span) } })
    }
  }

  func write(_ name: String, _ value: Code, _ span: Span) -> Code {
    if name == "_" { return value }
    guard let scope else {
      return GlobalWriteCode(span, name: name, namespace: namespace, value: value)
    }
    if case .constructor(let names) = scope.kind, let index = names.fieldIndex[name] {
      return FieldWriteCode(span, index: index, value: value)
    }
    return LocalWriteCode(span, slot: scope.slot(name), name: name, value: value)
  }

  private func parameter(
    _ name: Name, _ kind: Parameter.Kind, _ value: Expression, _ span: Span
  ) throws -> Code {
    guard let scope, case .constructor(let names) = scope.kind,
      let index = names.fieldIndex[name.text]
    else {
      throw interpreter.failure(
        "`\(kind == .trained ? "param" : "state")` stands in a module's body only", at: span,
        code: "E0403")
    }
    return ParameterCode(span, index: index, kind: kind, initialiser: try resolve(value))
  }

  /// A name, innermost meaning first: local, captured, field, sibling function, global.
  func read(_ name: String, _ span: Span) -> Code {
    if let scope {
      if case .constructor(let names) = scope.kind, let index = names.fieldIndex[name] {
        return FieldReadCode(span, index: index, name: name)
      }
      if let slot = scope.local(name) { return LocalReadCode(span, slot: slot, name: name) }
      if let module = scope.module {
        if let index = module.fieldIndex[name] {
          return FieldReadCode(span, index: index, name: name)
        }
        if module.functions.contains(name) { return SiblingReadCode(span, name: name) }
      }
    }
    return GlobalReadCode(span, cell: namespace.cell(name), namespace: namespace)
  }
}
