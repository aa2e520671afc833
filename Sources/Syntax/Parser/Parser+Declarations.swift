extension Parser {
  /// `fn name(…) -> [shape] = e`, `fn name(…) { … }`, `method name(…) in class { … }`.
  mutating func function(
    _ documentation: String?, isMethod: Bool
  ) throws(Panic) -> FunctionDeclaration {
    let word = advance()
    if !isMethod, kind == .leftParen {
      throw fail(
        "E0202", "expected a function's name, but found `(`",
        fix: "a function without a name is a lambda: `(x) -> …`")
    }
    let name = try expectName(isMethod ? "a method's name" : "a function's name")
    let parameters = try parameters(isMethod ? "a method" : "a function")
    let result = try resultShape()
    let category = isMethod ? try category() : nil
    let outer = context
    context = Context(isInFunction: true)
    defer { context = outer }
    let body = try functionBody(isMethod ? "a method" : "a function")
    return FunctionDeclaration(
      name: name, parameters: parameters, result: result, body: body, category: category,
      documentation: documentation, span: span(from: word.start))
  }

  private mutating func functionBody(_ owner: String) throws(Panic) -> Expression {
    if kind == .equals {
      advance()
      if kind == .leftBrace {
        throw fail(
          "E0215", "a body in braces has no `=` in front of it", fix: "leave out the `=`")
      }
      return try expression()
    }
    if kind == .newline || kind == .end {
      if tokens[position].kind != .leftBrace {
        throw fail(
          "E0201", "expected `=` or `{` for the body of \(owner), but \(found)",
          note: "the body begins on the line of its head")
      }
    }
    let block = try block(owner)
    return Expression(.block(block), block.span)
  }

  private mutating func category() throws(Panic) -> Name? {
    let classes = Parser.methodCategories
    guard kind == .in else {
      report(
        "E0216", "a method names its class: `in …`", at: hereSpan,
        note: "classes: \(classes.joined(separator: ", "))")
      return nil
    }
    advance()
    let name = try expectName("a method's class")
    if !classes.contains(name.text) {
      report(
        "E0216", "`\(name.text)` is no class of methods", at: name.span,
        note: "classes: \(classes.joined(separator: ", "))",
        fix: didYouMean(name.text, classes).map { "did you mean `\($0)`?" })
    }
    return name
  }

  mutating func module(_ documentation: String?) throws(Panic) -> ModuleDeclaration {
    let word = advance()
    let name = try expectName("a module's name")
    let parameters = try parameters("a module")
    let outer = context
    context = Context(isInModule: true)
    defer { context = outer }
    let body = try block("a module")
    return ModuleDeclaration(
      name: name, parameters: parameters, body: body, documentation: documentation,
      span: span(from: word.start))
  }

  mutating func parameters(_ owner: String) throws(Panic) -> [Parameter] {
    guard kind == .leftParen else {
      throw fail(
        "E0201", "expected `(` behind the name of \(owner), but \(found)",
        fix: "write `()` if it has no parameters")
    }
    var parameters: [Parameter] = []
    var names: [String: Name] = [:]
    _ = try bracketed(closedBy: .rightParen) { (parser: inout Parser) throws(Panic) in
      let parameter = try parser.parameter()
      parser.refuseSecond(parameter.name, &names, "parameter")
      parameters.append(parameter)
    }
    return parameters
  }

  /// Reports a name that is among `names` already; puts it there if not.
  mutating func refuseSecond(_ name: Name, _ names: inout [String: Name], _ role: String) {
    guard let first = names[name.text] else {
      names[name.text] = name
      return
    }
    report(
      "E0217", "the \(role) `\(name.text)` is given twice", at: name.span,
      secondary: [Diagnostic.Label(first.span, "first here")])
  }

  private mutating func parameter() throws(Panic) -> Parameter {
    let name = try expectName("a parameter's name")
    var shape: ShapeSignature?
    if kind == .colon {
      advance()
      shape = try self.shape()
    }
    var defaultValue: Expression?
    if kind == .equals {
      advance()
      defaultValue = try expression()
    }
    return Parameter(
      name: name, shape: shape, defaultValue: defaultValue, span: span(from: name.span.start))
  }

  private mutating func resultShape() throws(Panic) -> ShapeSignature? {
    guard kind == .arrow else { return nil }
    advance()
    return try shape()
  }

  /// `[B, T, 3, ..., _]`.
  private mutating func shape() throws(Panic) -> ShapeSignature {
    guard kind == .leftBracket else {
      throw fail(
        "E0201", "expected a shape, but \(found)",
        note: "only shapes are declared; types are not",
        fix: "write it in brackets: `[batch, tokens, 64]`, `[..., width]`")
    }
    var dimensions: [ShapeSignature.Dimension] = []
    let span = try bracketed(closedBy: .rightBracket) { (parser: inout Parser) throws(Panic) in
      let dimension = try parser.dimension()
      if dimension.kind == .ellipsis, dimensions.contains(where: { $0.kind == .ellipsis }) {
        parser.report("E0217", "a shape has at most one `...`", at: dimension.span)
      }
      dimensions.append(dimension)
    }
    return ShapeSignature(dimensions: dimensions, span: span)
  }

  private mutating func dimension() throws(Panic) -> ShapeSignature.Dimension {
    let token = token
    switch (kind, token.number) {
    case (.name, _):
      advance()
      return .init(token.text == "_" ? .any : .name(token.text), span(token))
    case (.integer, .integer(let size)?):
      advance()
      return .init(.size(size), span(token))
    case (.ellipsis, _):
      advance()
      return .init(.ellipsis, span(token))
    default:
      throw fail(
        "E0202", "expected a dimension, but \(found)",
        note: "a dimension is a name, a size, `_` for any, or `...` for several")
    }
  }
}
