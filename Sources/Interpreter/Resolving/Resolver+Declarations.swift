import Syntax

extension Resolver {
  func function(_ declaration: FunctionDeclaration) throws -> Code {
    let method = declaration.category.map {
      MethodInfo(category: $0.text, documentation: lines(declaration.documentation))
    }
    let code = try functionCode(
      name: declaration.name.text, parameters: declaration.parameters, result: declaration.result,
      body: declaration.body, span: declaration.span, documentation: declaration.documentation,
      method: method, module: scope?.module)
    return method == nil
      ? ClosureCode(declaration.span, code)
      : CatalogueCode(declaration.span, ClosureCode(declaration.span, code))
  }

  func lambda(_ lambda: Lambda, _ span: Span) throws -> Code {
    ClosureCode(
      span,
      try functionCode(
        name: StackEntry.lambda, parameters: lambda.parameters, result: nil, body: lambda.body, span: span,
        documentation: nil, method: nil, module: scope?.module))
  }

  /// Resolves a function's body in a scope of its own.
  func functionCode(
    name: String, parameters: [Syntax.Parameter], result: ShapeSignature?, body: Expression,
    span: Span, documentation: String?, method: MethodInfo?, module: ModuleNames?,
    selfReference: Bool = true
  ) throws -> FunctionCode {
    var statements: [Statement] = []
    if case .block(let block) = body.kind { statements = block.statements }
    let code = FunctionCode(
      name: name, signature: signature(name, parameters), span: span,
      documentation: lines(documentation), source: span.text, method: method,
      shapes: parameters.map { $0.shape.map(ShapePattern.init) },
      resultShape: result.map(ShapePattern.init))
    let inner = Scope(
      kind: .function, parent: scope, function: code, module: module,
      assigned: Set(assignedNames(statements)))
    for parameter in parameters { _ = inner.slot(parameter.name.text) }
    // A function inside another may call itself by its name.
    let isNested = scope != nil && name != StackEntry.lambda && selfReference
    if isNested, !parameters.contains(where: { $0.name.text == name }) {
      code.selfSlot = inner.slot(name)
    }
    let resolver = inside(inner)
    code.defaults = try parameters.map { try $0.defaultValue.map(resolver.resolve) }
    code.body = try resolver.resolve(body)
    code.slotNames = inner.slotNames
    return code
  }

  func module(_ declaration: ModuleDeclaration) throws -> Code {
    let name = declaration.name.text
    let functions = declaration.body.statements.compactMap { statement -> FunctionDeclaration? in
      if case .function(let function) = statement.kind { return function }
      return nil
    }
    let functionNames = Set(functions.map(\.name.text))
    let assigned = assignedNames(declaration.body.statements).filter { !functionNames.contains($0) }
    let parameterNames = declaration.parameters.map(\.name.text)
    let names = ModuleNames(
      fields: parameterNames + assigned.filter { !parameterNames.contains($0) },
      functions: functionNames)
    let constructor = FunctionCode(
      name: name, signature: signature(name, declaration.parameters), span: declaration.span,
      documentation: lines(declaration.documentation), source: declaration.span.text, method: nil,
      shapes: declaration.parameters.map { $0.shape.map(ShapePattern.init) }, resultShape: nil)
    let inner = Scope(
      kind: .constructor(names), parent: scope, function: constructor, module: names, assigned: [])
    let resolver = inside(inner)
    constructor.defaults = try declaration.parameters.map {
      try $0.defaultValue.map(resolver.resolve)
    }
    constructor.body = BlockCode(
      declaration.body.span,
      try declaration.body.statements.compactMap { statement in
        if case .function = statement.kind { return nil }
        return try resolver.resolve(statement)
      })
    var bodies: [String: FunctionCode] = [:]
    for function in functions {
      bodies[function.name.text] = try resolver.functionCode(
        name: function.name.text, parameters: function.parameters, result: function.result,
        body: function.body, span: function.span, documentation: function.documentation,
        method: nil, module: names, selfReference: false)
    }
    constructor.slotNames = inner.slotNames
    let (signature, documentation) = (constructor.signature, constructor.documentation)
    return ModuleDeclarationCode(declaration.span, constructor: constructor) { captured in
      ModuleType(
        name: name, signature: signature, constructor: constructor, fieldNames: names.fields,
        functions: bodies, captured: captured, documentation: documentation,
        source: constructor.source)
    }
  }

  private func signature(_ name: String, _ parameters: [Syntax.Parameter]) -> Signature {
    Signature(
      name, parameters.map { ParameterSpec($0.name.text, text: $0.defaultValue?.span.text) })
  }

  private func lines(_ documentation: String?) -> [String] {
    documentation?.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) ?? []
  }
}

/// A `method` at top level: also an entry of the catalogue.
final class CatalogueCode: Code {
  let function: ClosureCode
  init(_ span: Span, _ function: ClosureCode) {
    self.function = function
    super.init(span)
  }
  override func evaluate(_ frame: Frame) throws -> Value {
    let value = try function.evaluate(frame)
    if case .function(let method) = value {
      frame.interpreter.catalogue.removeAll { $0.name == method.name }
      frame.interpreter.catalogue.append(method)
    }
    return value
  }
}

/// `import "file.peft"` and `import "file.peft" as name`.
final class ImportCode: Code {
  let path: String
  let pathSpan: Span
  let alias: String?
  let namespace: Namespace
  init(_ span: Span, path: String, pathSpan: Span, alias: String?, namespace: Namespace) {
    self.path = path
    self.pathSpan = pathSpan
    self.alias = alias
    self.namespace = namespace
    super.init(span)
  }
  override func evaluate(_ frame: Frame) throws -> Value {
    try frame.interpreter.importFile(path, at: pathSpan, as: alias, into: namespace)
    return .none
  }
}
