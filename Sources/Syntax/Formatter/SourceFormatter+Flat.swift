// On one line, or nil where a block stands on several.
extension SourceFormatter {
  func flat(_ kind: Statement.Kind) -> String? {
    switch kind {
    case .expression(let value): return flat(value)
    case .function(let declaration), .method(let declaration):
      return flat(declaration)
    case .module(let declaration):
      guard let parameters = flat(declaration.parameters), let body = flat(declaration.body)
      else { return nil }
      return "module \(declaration.name.text)(\(parameters)) \(body)"
    case .forEach(_, _, let body), .whileLoop(_, let body):
      guard let body = flat(body), let value = kind.headValue, let head = flat(value) else {
        return nil
      }
      return kind.head + head + " " + body
    case .expect(let value, within: let tolerance?):
      guard let value = flat(value), let tolerance = flat(tolerance) else { return nil }
      return "expect \(value) within \(tolerance)"
    default:
      guard let value = kind.headValue else { return kind.head }
      return flat(value).map { kind.head + $0 }
    }
  }

  private func flat(_ declaration: FunctionDeclaration) -> String? {
    guard let parameters = flat(declaration.parameters), let body = flat(declaration.body) else {
      return nil
    }
    return "\(declaration.word) \(declaration.name.text)(\(parameters))\(declaration.tail)" + body
  }

  func flat(_ parameters: [Parameter]) -> String? {
    joined(parameters.map(flat))
  }

  func flat(_ parameter: Parameter) -> String? {
    guard let value = parameter.defaultValue else { return parameter.head }
    return flat(value).map { "\(parameter.head) = \($0)" }
  }

  /// All, with commas between; nil if one is nil.
  func joined(_ parts: [String?]) -> String? {
    let present = parts.compactMap { $0 }
    return present.count == parts.count ? present.joined(separator: ", ") : nil
  }

  func flat(_ block: Block) -> String? {
    guard block.headComment == nil else { return nil }
    if block.items.isEmpty { return "{}" }
    let source = block.span.source
    guard block.items.count == 1, let statement = block.items[0].statement,
      statement.trailingComment == nil, statement.golden.isEmpty, !statement.hasInnerComments,
      source.lineIndex(at: block.span.start) == source.lineIndex(at: block.span.end - 1),
      let text = flat(statement.kind)
    else { return nil }
    return "{ \(text)\(statement.isSilenced ? ";" : "") }"
  }

  func flat(_ expression: Expression) -> String? {
    guard let text = flatBare(expression) else { return nil }
    return expression.isParenthesised ? "(\(text))" : text
  }

  private func flatBare(_ expression: Expression) -> String? {
    switch expression.kind {
    case .integer, .float, .quantity, .string: return expression.bareSpan.text
    case .boolean, .none, .name, .error: return expression.bareSpan.text
    case .list(let elements): return joined(elements.map(flat)).map { "[\($0)]" }
    case .tuple(let elements):
      let comma = elements.needsComma ? "," : ""
      return flat(elements).map { "(\($0)\(comma))" }
    case .call(let callee, let arguments):
      guard let callee = flat(callee), let arguments = flat(arguments) else { return nil }
      return "\(callee)(\(arguments))"
    case .index(let base, let subscripts):
      guard let base = flat(base), let inner = joined(subscripts.map(flat)) else { return nil }
      return "\(base)[\(inner)]"
    case .member(let base, let name): return flat(base).map { "\($0).\(name.text)" }
    case .with(let base, let changes):
      guard let base = flat(base), let inner = joined(changes.map(flat)) else { return nil }
      return "\(base) with (\(inner))"
    case .unary(let symbol, let operand): return flat(operand).map { symbol.prefix + $0 }
    case .binary(let symbol, let left, let right, _):
      guard let left = flat(left), let right = flat(right) else { return nil }
      return "\(left) \(symbol.rawValue) \(right)"
    case .lambda(let lambda):
      guard let head = flatHead(lambda), let body = flat(lambda.body) else { return nil }
      return head + body
    case .conditional(let branches, let otherwise): return flat(branches, otherwise)
    case .block(let block): return flat(block)
    }
  }

  func flat(_ arguments: [Argument]) -> String? {
    joined(arguments.map { argument in flat(argument.value).map { argument.prefix + $0 } })
  }

  private func flat(_ change: Change) -> String? {
    flat(change.value).map { change.prefix + $0 }
  }

  private func flat(_ part: Subscript) -> String? {
    switch part {
    case .expression(let value): return flat(value)
    case .newAxis: return "new"
    case .ellipsis: return "..."
    case .slice(let lower, let upper, let step, _):
      let parts = [lower, upper, step].map { $0.map(flat) ?? "" }
      guard let low = parts[0], let high = parts[1], let by = parts[2] else { return nil }
      return step == nil ? "\(low):\(high)" : "\(low):\(high):\(by)"
    }
  }

  /// `x -> `, `(a, b = 1) -> `.
  func flatHead(_ lambda: Lambda) -> String? {
    if lambda.parameters.count == 1, lambda.parameters[0].isBare {
      return "\(lambda.parameters[0].name.text) -> "
    }
    return flat(lambda.parameters).map { "(\($0)) -> " }
  }

  private func flat(_ branches: [Branch], _ otherwise: Block?) -> String? {
    var parts: [String] = []
    for branch in branches {
      guard let condition = flat(branch.condition), let body = flat(branch.body) else {
        return nil
      }
      parts.append("if \(condition) \(body)")
    }
    if let otherwise {
      guard let body = flat(otherwise) else { return nil }
      parts.append(body)
    }
    return parts.joined(separator: " else ")
  }
}
