// Heights bound the recursion of whoever walks a tree: the parser refuses what grows too high.

extension Expression.Kind {
  var childHeight: Int {
    switch self {
    case .integer, .float, .quantity, .boolean, .none, .name, .error: 0
    case .string(let parts): parts.map(\.height).max() ?? 0
    case .list(let elements): elements.map(\.height).max() ?? 0
    case .tuple(let elements): elements.height
    case .call(let callee, let arguments): max(callee.height, arguments.height)
    case .index(let base, let subscripts):
      max(base.height, subscripts.map(\.height).max() ?? 0)
    case .member(let base, _): base.height
    case .with(let base, let changes):
      max(base.height, changes.map(\.value.height).max() ?? 0)
    case .unary(_, let operand): operand.height
    case .binary(_, let left, let right, _): max(left.height, right.height)
    case .lambda(let lambda): max(lambda.body.height, lambda.parameters.height)
    case .conditional(let branches, let otherwise):
      max(
        branches.map { max($0.condition.height, $0.body.height) }.max() ?? 0,
        otherwise?.height ?? 0)
    case .block(let block): block.height
    }
  }
}

extension Statement.Kind {
  var childHeight: Int {
    switch self {
    case .breaking, .continuing, .importing, .empty, .error: 0
    case .expression(let value), .assign(_, let value), .param(_, let value),
      .state(_, let value):
      value.height
    case .function(let declaration), .method(let declaration):
      max(declaration.body.height, declaration.parameters.height)
    case .module(let declaration): max(declaration.body.height, declaration.parameters.height)
    case .forEach(_, let sequence, let body): max(sequence.height, body.height)
    case .whileLoop(let condition, let body): max(condition.height, body.height)
    case .returning(let value): value?.height ?? 0
    case .expect(let value, let tolerance): max(value.height, tolerance?.height ?? 0)
    }
  }
}

extension [Argument] {
  var height: Int { map(\.value.height).max() ?? 0 }
}

extension [Parameter] {
  var height: Int { map { $0.defaultValue?.height ?? 0 }.max() ?? 0 }
}

extension Block {
  var height: Int { (statements.map(\.height).max() ?? 0) + 1 }
}

extension StringPart {
  var height: Int {
    if case .interpolation(let expression) = self { expression.height } else { 0 }
  }
}

extension Subscript {
  var height: Int {
    switch self {
    case .expression(let value): value.height
    case .slice(let lower, let upper, let step, _):
      max(lower?.height ?? 0, upper?.height ?? 0, step?.height ?? 0)
    case .newAxis, .ellipsis: 0
    }
  }
}
