import Syntax

extension Interpreter {
  /// Calls any value that can be called.
  public func call(_ target: Value, _ arguments: Arguments, at span: Span) throws -> Value {
    switch target {
    case .function(let function): return try call(function, arguments, at: span)
    case .module(let module): return try call(module, arguments, at: span)
    case .host(let host):
      if let result = try host.call(arguments.values, in: self) { return result }
    default: break
    }
    throw Mistake(
      "\(target.typeWithArticle) cannot be called", code: "E0540",
      note: "functions, commands, methods, modules and tokenizers can")
  }

  /// For natives that take functions: positional arguments only.
  public func call(_ target: Value, _ values: Value..., at span: Span) throws -> Value {
    try call(target, Arguments(values: values), at: span)
  }

  public func call(_ function: Function, _ arguments: Arguments, at span: Span) throws -> Value {
    switch function.kind {
    case .closure(let code, let captured, let module):
      return try run(
        code, captured: captured, module: module, arguments: arguments, at: span, of: function)
    case .native(let forms):
      let native = try choose(forms, arguments, name: function.name)
      let bound = try bind(native.signature, arguments)
      let value = try native.body(
        NativeCall(interpreter: self, signature: native.signature, arguments: bound, span: span))
      try poll()  // behind it: what a kernel left unfinished goes no further
      if case .tensor(let variable) = value { try variable.value.checkRoom() }
      return value
    case .constructor(let type): return .module(try construct(type, arguments, at: span))
    }
  }

  /// The form whose first parameter takes the first argument's type.
  private func choose(_ forms: [Native], _ arguments: Arguments, name: String) throws -> Native {
    if forms.count == 1, let only = forms.first, only.firstTypes.isEmpty { return only }
    guard let first = arguments.values.first else {
      if let native = forms.first { return native }
      throw Mistake("`\(name)` has no form")
    }
    let type = first.generalTypeName
    if let native = forms.first(where: { $0.firstTypes.isEmpty || $0.firstTypes.contains(type) }) {
      return native
    }
    let known = Set(forms.flatMap(\.firstTypes)).sorted().map(Value.withArticle)
    throw Mistake(
      "the first argument of `\(name)` must be \(known.joined(separator: " or ")), not "
        + first.typeWithArticle, code: "E0541", argument: "0")
  }

  func run(
    _ code: FunctionCode, captured: [Value?], module: Module?, arguments: Arguments,
    at span: Span, of function: Function? = nil
  ) throws -> Value {
    guard callStack.count < callLimit else {
      throw Mistake(
        "calls are nested more than \(callLimit) deep", code: "E0542",
        fix: "does `\(code.name)` call itself without an end?")
    }
    try poll()
    let frame = Frame(
      interpreter: self, slotCount: code.slotNames.count, module: module, code: code)
    for (index, capture) in code.captures.enumerated() {
      frame.slots[capture.to] = captured[index]
    }
    if let slot = code.selfSlot, let function { frame.slots[slot] = .function(function) }
    callStack.append(
      StackEntry(name: code.name, span: span, module: module?.type.name, path: module?.path))
    if code.method != nil { methodNames.append(code.name) }
    defer {
      if code.method != nil { methodNames.removeLast() }
      callStack.removeLast()
    }
    try fill(frame, code, arguments)
    var shapes = ShapeBindings()
    if code.hasShapes { try shapes.check(code, frame) }
    let value =
      if let debugger { try observed(code.body, frame, by: debugger) } else {
        try code.body.evaluate(frame)
      }
    let result = frame.control == .returning ? frame.returned : value
    if let pattern = code.resultShape { try shapes.checkResult(pattern, result, of: code) }
    return result
  }

  /// Binds arguments to the first slots; defaults run in the callee's frame, in order.
  private func fill(_ frame: Frame, _ code: FunctionCode, _ arguments: Arguments) throws {
    let count = code.signature.parameters.count
    if arguments.names == nil, arguments.values.count == count {
      for index in 0..<count { frame.slots[index] = arguments.values[index] }
      return
    }
    let bound = try match(code.signature, arguments)
    for index in 0..<count {
      if let value = bound[index] {
        frame.slots[index] = value
      } else if let fallback = code.defaults[index] {
        frame.slots[index] = try fallback.evaluate(frame)
      } else {
        throw missing(code.signature.parameters[index].name, code.signature)
      }
    }
  }

  private func bind(_ signature: Signature, _ arguments: Arguments) throws -> [Value] {
    let parameters = signature.parameters
    if arguments.names == nil, arguments.values.count == parameters.count,
      !signature.takesRest
    {
      return arguments.values
    }
    let bound = try match(signature, arguments)
    return try parameters.indices.map { index in
      if let value = bound[index] { return value }
      if let value = parameters[index].defaultValue { return value }
      if parameters[index].isVariadic { return .list([]) }
      throw missing(parameters[index].name, signature)
    }
  }

  /// One value or nil a parameter; unknown, doubled and surplus arguments are mistakes.
  func match(_ signature: Signature, _ arguments: Arguments) throws -> [Value?] {
    let parameters = signature.parameters
    var bound: [Value?] = Array(repeating: nil, count: parameters.count)
    var rest: [Value] = []
    var named: [(String, Value)] = []
    var position = 0
    for (index, value) in arguments.values.enumerated() {
      if let name = arguments.names?[index] {
        guard let place = signature.indexByName[name] else {
          if parameters.last?.takesNamed == true {
            named.append((name, value))
            continue
          }
          throw Mistake(
            "`\(signature.name)` has no parameter `\(name)`", code: "E0543",
            note: "it is \(signature.description)",
            fix: suggestion(for: name, among: parameters.map(\.name)), argument: name)
        }
        if bound[place] != nil {
          throw Mistake("`\(name)` is given twice", code: "E0544", argument: name)
        }
        bound[place] = value
      } else if position < parameters.count, parameters[position].isVariadic {
        rest.append(value)
      } else if position < parameters.count, !parameters[position].takesNamed {
        bound[position] = value
        position += 1
      } else {
        throw Mistake(
          "`\(signature.name)` takes at most \(parameters.count) "
            + "argument\(parameters.count == 1 ? "" : "s"), not \(arguments.values.count)",
          code: "E0545", note: "it is \(signature.description)")
      }
    }
    if let last = parameters.last, last.takesNamed { bound[parameters.count - 1] = .tuple(named) }
    if let place = parameters.firstIndex(where: \.isVariadic) { bound[place] = .list(rest) }
    return bound
  }

  func missing(_ name: String, _ signature: Signature) -> Mistake {
    Mistake(
      "`\(signature.name)` needs `\(name)`", code: "E0546", note: "it is \(signature.description)")
  }
}

extension FunctionCode {
  var hasShapes: Bool { shapes.contains { $0 != nil } }
}

extension Value {
  /// The type by which a command's forms are chosen: any module is a `module`.
  public var generalTypeName: String {
    switch self {
    case .module: "module"
    case .function: "function"
    default: typeName
    }
  }
}
