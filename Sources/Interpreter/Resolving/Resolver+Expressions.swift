import Syntax

extension Resolver {
  func resolve(_ expression: Expression) throws -> Code {
    let span = expression.span
    switch expression.kind {
    case .integer(let value): return ConstantCode(span, .int(value))
    case .float(let value): return ConstantCode(span, .float(value))
    case .quantity(let quantity):
      switch quantity.value {
      case .integer(let value): return ConstantCode(span, .int(value))
      case .float(let value): return ConstantCode(span, .float(value))
      }
    case .string(let parts): return try string(parts, span)
    case .boolean(let value): return ConstantCode(span, .bool(value))
    case .none: return ConstantCode(span, .none)
    case .name(let name): return read(name, span)
    case .list(let elements): return ListCode(span, try elements.map(resolve))
    case .tuple(let elements):
      return TupleCode(
        span, names: elements.map { $0.name?.text ?? "" },
        elements: try elements.map { try resolve($0.value) })
    case .call(let callee, let arguments):
      return try call(callee, arguments.map { ($0.name?.text, $0.value) }, span)
    case .index(let base, let items):
      return IndexCode(span, base: try resolve(base), items: try items.map(resolve))
    case .member(let base, let name):
      return MemberCode(span, base: try resolve(base), name: name.text)
    case .with(let base, let changes):
      return WithCode(
        span, base: try resolve(base), names: changes.map(\.path.text),
        values: try changes.map { try resolve($0.value) })
    case .unary(.negate, let operand): return UnaryCode(span, .negate, try resolve(operand))
    case .unary(.not, let operand): return UnaryCode(span, .not, try resolve(operand))
    case .binary(let operation, let left, let right, _):
      return try binary(operation, left, right, span)
    case .lambda(let lambda): return try self.lambda(lambda, span)
    case .conditional(let branches, let otherwise): return try conditional(branches, otherwise, span)
    case .block(let block): return try resolve(block)
    case .error: return ConstantCode(span, .none)
    }
  }

  private func string(_ parts: [StringPart], _ span: Span) throws -> Code {
    if parts.isEmpty { return ConstantCode(span, .string("")) }
    if parts.count == 1, case .text(let text) = parts[0] {
      return ConstantCode(span, .string(text))
    }
    return InterpolationCode(
      span,
      try parts.map { part in
        switch part {
        case .text(let text): ConstantCode(span, .string(text))
        case .interpolation(let expression): try resolve(expression)
        }
      })
  }

  private func call(
    _ callee: Expression, _ arguments: [(String?, Expression)], _ span: Span
  ) throws -> Code {
    CallCode(
      span, callee: try resolve(callee), arguments: try arguments.map { try resolve($0.1) },
      names: arguments.map(\.0))
  }

  /// `a |> f(b)` is `f(a, b)`; `a |> f` is `f(a)`.
  private func pipe(_ left: Expression, _ right: Expression, _ span: Span) throws -> Code {
    if case .call(let callee, let arguments) = right.kind {
      let rest = arguments.map { ($0.name?.text, $0.value) }
      return try call(callee, [(nil, left)] + rest, span)
    }
    return try call(right, [(nil, left)], span)
  }

  private func binary(
    _ operation: BinaryOperator, _ left: Expression, _ right: Expression, _ span: Span
  ) throws -> Code {
    switch operation {
    case .pipe: return try pipe(left, right, span)
    case .and, .or:
      return LogicalCode(
        span, isAnd: operation == .and, try resolve(left), try resolve(right))
    default: return BinaryCode(span, operation, try resolve(left), try resolve(right))
    }
  }

  private func conditional(
    _ branches: [Branch], _ otherwise: Block?, _ span: Span
  ) throws -> Code {
    var result = try otherwise.map(resolve)
    for branch in branches.reversed() {
      result = IfCode(span, try resolve(branch.condition), try resolve(branch.body), result)
    }
    return result ?? ConstantCode(span, .none)
  }

  private func resolve(_ item: Subscript) throws -> IndexCode.Item {
    switch item {
    case .expression(let value): return .at(try resolve(value))
    case .slice(let lower, let upper, let step, _):
      return .slice(
        start: try lower.map(resolve), end: try upper.map(resolve), step: try step.map(resolve))
    case .newAxis: return .new
    case .ellipsis: return .ellipsis
    }
  }
}
