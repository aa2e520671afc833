/// Runs a template's tree. What a template can cost is bounded: steps, output, depth of calls.
final class TemplateEvaluator {
  private(set) var output: [UInt8] = []
  /// What `{% generation %}` enclosed, as ranges of the output's bytes.
  private(set) var generated: [Range<Int>] = []
  private var scopes: [[String: TemplateValue]]
  private var steps = 0
  private var depth = 0

  private static let mostSteps = 1_000_000
  private static let mostOutput = 1 << 26
  private static let deepest = 60

  private enum Flow { case on, leave, next }

  init(globals: [(key: String, value: TemplateValue)]) {
    scopes = [[:]]
    for (name, value) in TemplateFunctions.globals + globals { scopes[0][name] = value }
  }

  func run(_ body: [TemplateStatement]) throws { _ = try flow(body) }

  // MARK: Statements

  private func flow(_ body: [TemplateStatement]) throws -> Flow {
    for statement in body {
      try count()
      switch statement {
      case .text(let text): try write(text)
      case .output(let expression): try write(evaluate(expression).printed)
      case .choice(let branches, let otherwise):
        let chosen = try branches.first { try evaluate($0.test).isTrue }?.body ?? otherwise
        let result = try flow(chosen)
        if result != .on { return result }
      case .loop(let loop): try run(loop)
      case .set(let names, let expression): try bind(names, evaluate(expression))
      case .setMember(let name, let member, let expression):
        guard case .namespace(let space) = lookUp(name) else {
          throw TokenizerError(
            "The chat template sets a member of `\(name)`, which is no namespace.")
        }
        space.members.set(member, try evaluate(expression))
      case .setText(let name, let body): define(name, .string(try captured(body)))
      case .macro(let macro): define(macro.name, .function(function(macro)))
      case .generation(let body):
        let start = output.count
        let result = try flow(body)
        if output.count > start { generated.append(start..<output.count) }
        if result != .on { return result }
      case .leave: return .leave
      case .next: return .next
      }
    }
    return .on
  }

  private func run(_ loop: TemplateLoop) throws {
    var elements = try evaluate(loop.source).elements()
    if let filter = loop.filter {
      elements = try elements.filter { element in
        scopes.append([:])
        defer { scopes.removeLast() }
        try bind(loop.names, element)
        return try evaluate(filter).isTrue
      }
    }
    if elements.isEmpty {
      _ = try flow(loop.otherwise)
      return
    }
    for (index, element) in elements.enumerated() {
      try count()
      scopes.append(loop.usesState ? ["loop": TemplateFunctions.loop(index, elements)] : [:])
      defer { scopes.removeLast() }
      try bind(loop.names, element)
      if try flow(loop.body) == .leave { break }
    }
  }

  private func bind(_ names: [String], _ value: TemplateValue) throws {
    if names.count == 1 { return define(names[0], value) }
    let parts = try value.elements()
    guard parts.count == names.count else {
      throw TokenizerError(
        "The chat template takes \(names.count) values from a list of \(parts.count).")
    }
    for (name, part) in zip(names, parts) { define(name, part) }
  }

  private func define(_ name: String, _ value: TemplateValue) {
    scopes[scopes.count - 1][name] = value
  }

  private func lookUp(_ name: String) -> TemplateValue {
    for scope in scopes.reversed() {
      if let value = scope[name] { return value }
    }
    return .undefined(name)
  }

  private func write(_ text: String) throws {
    output += Array(text.utf8)
    guard output.count <= TemplateEvaluator.mostOutput else {
      throw TokenizerError("The chat template writes more than 64 MiB.")
    }
  }

  private func count() throws {
    steps += 1
    guard steps <= TemplateEvaluator.mostSteps else {
      throw TokenizerError("The chat template does not come to an end.")
    }
  }

  private func captured(_ body: [TemplateStatement]) throws -> String {
    let before = (output, generated)
    output = []
    defer { (output, generated) = before }
    _ = try flow(body)
    return String(decoding: output, as: UTF8.self)
  }

  private func function(_ macro: TemplateMacro) -> TemplateFunction {
    TemplateFunction(macro.name) { [unowned self] arguments in
      depth += 1
      // A macro sees the template's own names and its parameters, not the caller's.
      let outer = scopes
      scopes = [scopes[0], [:]]
      defer {
        scopes = outer
        depth -= 1
      }
      guard depth <= TemplateEvaluator.deepest else {
        throw TokenizerError("The chat template's macro `\(macro.name)` calls itself too often.")
      }
      for (place, parameter) in macro.parameters.enumerated() {
        let given = arguments.value(place, parameter.name)
        let value = try given ?? parameter.value.map(evaluate) ?? .undefined(parameter.name)
        define(parameter.name, value)
      }
      return .string(try captured(macro.body))
    }
  }

  // MARK: Expressions

  func evaluate(_ expression: TemplateExpression) throws -> TemplateValue {
    try count()
    switch expression {
    case .value(let value): return value
    case .name(let name): return lookUp(name)
    case .list(let parts): return .list(try parts.map(evaluate))
    case .dictionary(let members):
      var result: [(key: String, value: TemplateValue)] = []
      for (key, value) in members { result.set(try evaluate(key).printed, try evaluate(value)) }
      return .dictionary(result)
    case .not, .negative, .binary, .comparison, .conditional: return try operation(expression)
    case .member(let owner, let name): return try TemplateOperations.member(evaluate(owner), name)
    case .item(let owner, let index):
      return try TemplateOperations.item(evaluate(owner), evaluate(index))
    case .slice(let owner, let start, let end, let step):
      return try TemplateOperations.slice(
        evaluate(owner), start.map(evaluate)?.integer, end.map(evaluate)?.integer,
        step.map(evaluate)?.integer)
    case .call(let callee, let call): return try self.call(callee, call)
    case .filter(let value, let name, let call):
      return try TemplateFilters.apply(name, evaluate(value), arguments(call))
    case .test(let value, let name, let call):
      return .bool(try TemplateFilters.test(name, evaluate(value), arguments(call)))
    }
  }

  private func operation(_ expression: TemplateExpression) throws -> TemplateValue {
    switch expression {
    case .not(let inner): return .bool(!(try evaluate(inner).isTrue))
    case .negative(let inner):
      return try TemplateOperations.binary("-", .int(0), evaluate(inner))
    case .binary("and", let a, let b):
      let left = try evaluate(a)
      return left.isTrue ? try evaluate(b) : left
    case .binary("or", let a, let b):
      let left = try evaluate(a)
      return left.isTrue ? left : try evaluate(b)
    case .binary(let sign, let a, let b):
      return try TemplateOperations.binary(sign, evaluate(a), evaluate(b))
    case .comparison(let first, let rest):
      var left = try evaluate(first)
      for (sign, value) in rest {
        let right = try evaluate(value)
        guard try TemplateOperations.compare(sign, left, right) else { return .bool(false) }
        left = right
      }
      return .bool(true)
    case .conditional(let test, let value, let otherwise):
      if try evaluate(test).isTrue { return try evaluate(value) }
      return try otherwise.map(evaluate) ?? .undefined("the value")
    default: return .undefined("the value")
    }
  }

  private func arguments(_ call: TemplateCall) throws -> TemplateArguments {
    TemplateArguments(
      values: try call.values.map(evaluate),
      named: try call.named.map { ($0.key, try evaluate($0.value)) })
  }

  private func call(_ callee: TemplateExpression, _ call: TemplateCall) throws -> TemplateValue {
    let arguments = try arguments(call)
    if case .member(let owner, let name) = callee {
      let value = try evaluate(owner)
      if let result = try TemplateMethods.call(name, on: value, arguments) { return result }
      if case .function(let function) = try TemplateOperations.member(value, name) {
        return try function.body(arguments)
      }
      throw TokenizerError("The chat template calls `\(name)`, which \(value.kind) does not have.")
    }
    guard case .function(let function) = try evaluate(callee) else {
      throw TokenizerError("The chat template calls \(try evaluate(callee).kind).")
    }
    return try function.body(arguments)
  }
}
