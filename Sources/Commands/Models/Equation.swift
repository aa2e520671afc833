import Interpreter
import Syntax

/// What a module's `forward` makes of a hidden state, as one equation: read off its source, with local names written out.
struct Equation: Hashable {
  /// The hidden state: `h` for what the wrapped module gives, or the name of the input that is edited.
  let state: String
  let text: String
  /// Whether what is added reads the state itself or the module's input beside it.
  let insertion: String
  let composition: String

  /// Of a module around `base`; several where the source has cases that its plain fields do not decide.
  static func all(of module: Module) -> [Equation] {
    guard let forward = EquationReader.forward(of: module.type.source) else { return [] }
    let reader = EquationReader(forward, module)
    return reader.results.map(reader.equation(of:)).filter { $0.text != $0.state }
  }

  /// Of a module that stands behind a site and gets its output first.
  static func behind(_ module: Module) -> [Equation] {
    guard let forward = EquationReader.forward(of: module.type.source),
      let first = forward.parameters.first?.name.text
    else { return [] }
    let reader = EquationReader(forward, module)
    return reader.results.map { reader.edit(of: first, by: $0) }
  }
}

/// One `forward`, resolved by text: which names are inputs, which are locals and what they stand for.
private final class EquationReader {
  private let inputs: [String]
  private let module: Module
  private var locals: [String: Expression] = [:]
  private(set) var results: [Expression] = []

  static func forward(of source: String) -> FunctionDeclaration? {
    for statement in Parser.parse(Source(source, name: "module")).statements {
      guard case .module(let module) = statement.kind else { continue }
      for inner in module.body.statements {
        if case .function(let function) = inner.kind, function.name.text == "forward" { return function }
      }
    }
    return nil
  }

  init(_ forward: FunctionDeclaration, _ module: Module) {
    self.module = module
    inputs = forward.parameters.map(\.name.text)
    collect(forward.body)
  }

  /// A body's results; its top-level assignments become locals, what is assigned twice or in a loop does not.
  private func collect(_ body: Expression) {
    switch body.kind {
    case .block(let block): collect(block)
    case .conditional(let branches, let otherwise):
      for block in possible(branches, otherwise) { collect(block) }
    default: results.append(body)
    }
  }

  private func collect(_ block: Block) {
    for (place, statement) in block.statements.enumerated() {
      switch statement.kind {
      case .assign(.name(let name), let value):
        locals[name.text] = locals[name.text] == nil && !inputs.contains(name.text) ? value : nil
      case .returning(let value?): collect(value)
      case .expression(let value):
        if case .conditional(let branches, let otherwise) = value.kind {
          let isLast = place == block.statements.count - 1
          let open = possible(branches, otherwise)
          for block in open where isLast || block.returns { collect(block) }
          // Nothing behind it runs.
          if open.count == 1, open[0].returns { return }
        } else if place == block.statements.count - 1 {
          collect(value)
        }
      case .forEach(_, _, let inner), .whileLoop(_, let inner):
        for name in inner.assigned { locals[name] = nil }
      default: break
      }
    }
  }

  // MARK: - Cases

  /// The branches that the module's plain fields leave open.
  private func possible(_ branches: [Branch], _ otherwise: Block?) -> [Block] {
    var open: [Block] = []
    for branch in branches {
      switch truth(branch.condition) {
      case true?: return open + [branch.body]
      case false?: continue
      case nil: open.append(branch.body)
      }
    }
    return open + (otherwise.map { [$0] } ?? [])
  }

  /// A condition on fields alone: a flag, or whether something is there.
  private func truth(_ condition: Expression) -> Bool? {
    switch condition.kind {
    case .name(let name):
      if case .bool(let flag)? = module.plainField(name), locals[name] == nil { return flag }
      return nil
    case .unary(.not, let inner): return truth(inner).map { !$0 }
    case .binary(let operation, let left, let right, _) where operation == .equal || operation == .notEqual:
      guard case .name(let name) = left.kind, case .none = right.kind, !inputs.contains(name),
        locals[name] == nil, module.hasMember(name)
      else { return nil }
      var isNone = false
      if case .none? = module.plainField(name) { isNone = true }
      return isNone == (operation == .equal)
    default: return nil
    }
  }

  // MARK: - Equations

  func equation(of result: Expression) -> Equation {
    let result = resolved(result)
    if let arguments = baseArguments(result), let place = arguments.indices.first(where: { !isInput(arguments[$0], $0) }) {
      let name = place < inputs.count ? inputs[place] : "x"
      return edit(of: name, by: arguments[place])
    }
    let (composition, rest) = joined(result) { self.isPlainBase($0) }
    let readsState = rest.contains { reads($0).contains("base") }
    let readsInput = rest.contains { !reads($0).isDisjoint(with: inputs) }
    let insertion = readsState || composition == "scaled" || composition.hasPrefix("sets") || !readsInput
      ? "sequential" : "parallel"
    return Equation(
      state: "h", text: text(result, hidesBase: true), insertion: insertion, composition: composition)
  }

  func edit(of name: String, by value: Expression) -> Equation {
    let value = resolved(value)
    let (composition, rest) = joined(value) { if case .name(name) = $0.kind { true } else { false } }
    let others = Set(inputs).subtracting([name])
    let readsState = rest.contains { !reads($0).isDisjoint(with: [name, "base"]) }
    let readsOther = rest.contains { !reads($0).isDisjoint(with: others) }
    return Equation(
      state: name, text: text(value, hidesBase: false),
      insertion: readsOther && !readsState ? "parallel" : "sequential", composition: composition)
  }

  /// How the state enters a result, and the parts beside it.
  private func joined(
    _ result: Expression, _ isState: (Expression) -> Bool
  ) -> (composition: String, rest: [Expression]) {
    if case .with(let inner, let changes) = result.kind {
      return ("sets " + changes.map(\.path.text).joined(separator: ", "), [inner] + changes.map(\.value))
    }
    for (operation, word) in [(BinaryOperator.add, "added"), (.multiply, "scaled")] {
      let parts = terms(result, operation)
      if parts.count > 1, parts.contains(where: { isState(resolved($0)) }) {
        return (word, parts.filter { !isState(resolved($0)) })
      }
    }
    return ("replaced", [result])
  }

  private func terms(_ value: Expression, _ operation: BinaryOperator) -> [Expression] {
    if case .binary(let found, let left, let right, _) = resolved(value).kind, found == operation {
      return terms(left, operation) + terms(right, operation)
    }
    return [value]
  }

  // MARK: - Names

  private func resolved(_ value: Expression) -> Expression {
    if case .name(let name) = value.kind, let local = locals[name] { return resolved(local) }
    if case .conditional(let branches, let otherwise) = value.kind {
      let open = possible(branches, otherwise)
      if open.count == 1, open[0].statements.count == 1, let only = open[0].expressions.last {
        return resolved(only)
      }
    }
    return value
  }

  private func baseArguments(_ value: Expression) -> [Expression]? {
    guard case .call(let callee, let arguments) = value.kind, case .name("base") = callee.kind else { return nil }
    return arguments.map(\.value)
  }

  private func isInput(_ value: Expression, _ place: Int) -> Bool {
    if case .name(let name) = value.kind { place < inputs.count && inputs[place] == name } else { false }
  }

  private func isPlainBase(_ value: Expression) -> Bool {
    guard let arguments = baseArguments(value) else { return false }
    return arguments.indices.allSatisfy { isInput(arguments[$0], $0) }
  }

  /// The inputs, and `base`, that a value is made of.
  private func reads(_ value: Expression) -> Set<String> {
    if case .name(let name) = value.kind {
      if let local = locals[name] { return reads(local) }
      return inputs.contains(name) || name == "base" ? [name] : []
    }
    let open = resolved(value)
    return (open === value ? value.children : [open]).reduce(into: []) { $0.formUnion(reads($1)) }
  }

  // MARK: - Text

  private func text(_ value: Expression, hidesBase: Bool) -> String {
    if case .name(let name) = value.kind, let local = locals[name] {
      let inner = text(local, hidesBase: hidesBase)
      if case .binary = resolved(local).kind { return "(\(inner))" }
      return inner
    }
    if hidesBase, isPlainBase(value) { return "h" }
    if case .conditional(let branches, let otherwise) = value.kind {
      let open = possible(branches, otherwise)
      if open.count == 1, let only = open[0].expressions.last, open[0].statements.count == 1 {
        let inner = text(only, hidesBase: hidesBase)
        if case .binary = only.kind { return "(\(inner))" }
        return inner
      }
    }
    let span = value.span
    var result = ""
    var place = span.start
    for child in value.children.sorted(by: { $0.span.start < $1.span.start }) where child.span.start >= place {
      result += span.source.text(in: place..<max(place, child.span.start)) + text(child, hidesBase: hidesBase)
      place = child.span.end
    }
    result += span.source.text(in: place..<max(place, span.end))
    return result.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      .replacing("( ", with: "(").replacing(" )", with: ")")
  }
}

extension Block {
  fileprivate var returns: Bool {
    statements.contains { if case .returning = $0.kind { true } else { false } }
  }

  fileprivate var assigned: [String] {
    statements.flatMap { statement -> [String] in
      if case .assign(let pattern, _) = statement.kind { pattern.names.map(\.text) } else { [] }
    }
  }
}

extension Expression {
  /// The expressions directly below, a block's results included.
  fileprivate var children: [Expression] {
    switch kind {
    case .list(let elements): elements
    case .tuple(let arguments): arguments.map(\.value)
    case .call(let callee, let arguments): [callee] + arguments.map(\.value)
    case .index(let value, let subscripts):
      [value] + subscripts.flatMap { part -> [Expression] in
        switch part {
        case .expression(let inner): [inner]
        case .slice(let lower, let upper, let step, _): [lower, upper, step].compactMap { $0 }
        case .newAxis, .ellipsis: []
        }
      }
    case .member(let value, _): [value]
    case .with(let value, let changes): [value] + changes.map(\.value)
    case .unary(_, let value): [value]
    case .binary(_, let left, let right, _): [left, right]
    case .lambda(let lambda): [lambda.body]
    case .conditional(let branches, let otherwise):
      branches.flatMap { [$0.condition] + $0.body.expressions } + (otherwise?.expressions ?? [])
    case .block(let block): block.expressions
    default: []
    }
  }
}

extension Block {
  fileprivate var expressions: [Expression] {
    statements.flatMap { statement -> [Expression] in
      switch statement.kind {
      case .expression(let value), .assign(_, let value): [value]
      case .returning(let value): value.map { [$0] } ?? []
      default: []
      }
    }
  }
}
