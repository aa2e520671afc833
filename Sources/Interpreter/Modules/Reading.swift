import Autograd
import Syntax
import Tensor

extension Module {
  /// The value of a field as a function of the module sees it.
  func read(field index: Int, named name: String, in interpreter: Interpreter) throws -> Value {
    switch fields[index] {
    case .value(let value): return value
    case .parameter(let parameter):
      let variable = interpreter.variable(of: parameter)
      if let debugger = interpreter.debugger { debugger.didRead(join(ownPath, name), variable) }
      return .tensor(variable)
    case .computed(let variable): return .tensor(variable)
    case .unset:
      throw Mistake("`\(name)` has no value in this `\(type.name)`", code: "E0402")
    case .pending(let pending):
      if let resolved = pending.resolved, case .parameter(let parameter) = resolved {
        return .tensor(interpreter.variable(of: parameter))
      }
      throw Mistake(
        "`\(name)` has no value yet: it is drawn when the module joins a model", code: "E0551",
        fix: "compute this in a `fn`, or in another `param`'s initialiser")
    }
  }

  /// One of the module's functions, bound to it.
  func boundFunction(_ name: String) -> Function? {
    guard let code = type.functions[name] else { return nil }
    return Function(
      name: "\(type.name).\(name)", kind: .closure(code, captured: type.captured, module: self))
  }

  /// Members that a wrapper never takes from what it wraps: they belong to one module.
  static let unforwarded: Set<String> = ["forward", "merged", "loss"]

  /// What `.name` gives: fields and functions, its place, root attributes, then the wrapped module's members.
  func member(_ name: String, in interpreter: Interpreter) throws -> Value? {
    if let index = type.fieldIndex[name] {
      if case .unset = fields[index] { return nil }
      return try read(field: index, named: name, in: interpreter)
    }
    if let function = boundFunction(name) { return .function(function) }
    switch name {
    case "path": return .string(path)
    case "type": return .string(type.name)
    // Where its own parameters stand: for a wrapper, under its name at the site.
    case "own_path": return .string(ownPath)
    // The adapter that put the module here, or none for the model's own.
    case "adapter": return adapterName.map { .string($0) } ?? Value.none
    default: break
    }
    if let attribute = attributes[name] { return attribute }
    if let base, !Module.unforwarded.contains(name) {
      return try base.member(name, in: interpreter)
    }
    return nil
  }

  /// The function that a root or its innermost wrapped model uses for `name` (such as `loss`), outermost first.
  public func inherited(_ name: String) -> Function? {
    boundFunction(name) ?? base?.inherited(name)
  }

  /// Members for completion and near misses.
  public var memberNames: [String] {
    var names = type.fieldNames + Array(type.functions.keys) + ["path", "own_path", "type", "adapter"]
    names += attributes.keys
    if let base { names += base.memberNames.filter { !Module.unforwarded.contains($0) } }
    return Array(Set(names)).sorted()
  }
}

extension Interpreter {
  /// A parameter as a variable: a leaf where a gradient may be wanted.
  public func variable(of parameter: Parameter) -> Variable {
    guard parameter.isTrainable, tape.recording else { return Variable(parameter.value) }
    // During a step only the run's own boxes are watched: a captured reference model is a constant.
    if let watched, !watched.contains(ObjectIdentifier(parameter)) {
      return Variable(parameter.value)
    }
    return tape.leaf(parameter.value, key: parameter.key)
  }

  /// Calls a module's `forward`.
  public func call(_ module: Module, _ arguments: Arguments, at span: Span) throws -> Value {
    if !module.isAttached {
      return try call(try attachRoot(module), arguments, at: span)
    }
    guard module.path.isEmpty, !module.attributes.isEmpty else {
      return try enter(module, arguments, at: span)
    }
    let (choice, count) = (adapterChoice, taps.count)
    defer {
      adapterChoice = choice
      taps.removeLast(taps.count - count)
    }
    if let value = module.attributes[AdapterChoice.attribute] { adapterChoice = AdapterChoice(value) }
    if case .string(let pattern)? = module.attributes[Taps.attribute] {
      taps.append(Taps(try SitePattern(pattern)))
    }
    return try enter(module, arguments, at: span)
  }

  private func enter(_ module: Module, _ arguments: Arguments, at span: Span) throws -> Value {
    let result = try routed(module, arguments, at: span) ?? forward(module, arguments, at: span)
    for tap in taps { tap.note(module, result) }
    return result
  }

  private func forward(_ module: Module, _ arguments: Arguments, at span: Span) throws -> Value {
    var arguments = arguments
    if module.path.isEmpty { try needValues(module) }
    if module.path.isEmpty, let convertInput,
      let converted = try convertInput(module, arguments.values)
    {
      arguments.values = converted
      arguments.names = nil
    }
    if let native = module.type.nativeForward {
      return try native(self, module, arguments, span)
    }
    guard let code = module.type.functions["forward"] else {
      throw Mistake(
        "`\(module.type.name)` has no `forward`, so it cannot be called", code: "E0555",
        fix: "give the module a `fn forward(x) = …`")
    }
    let before = currentPath
    currentPath = join(module.path, module.adapterName)
    forwardDepth += 1
    defer {
      currentPath = before
      forwardDepth -= 1
      if forwardDepth == 0 { sharedResults.removeAll() }
    }
    return try run(
      code, captured: module.type.captured, module: module, arguments: arguments, at: span)
  }
}

extension Interpreter {
  /// What the module gives without arguments, computed once in the outermost forward pass that runs: for a part that
  /// several sites share. Outside of one it is a plain call.
  public func callOnce(_ module: Module, at span: Span) throws -> Value {
    guard forwardDepth > 0 else { return try call(module, Arguments(values: []), at: span) }
    let key = SharedResult(module: ObjectIdentifier(module), isRecorded: tape.recording)
    if let known = sharedResults[key] { return known.value }
    let value = try call(module, Arguments(values: []), at: span)
    sharedResults[key] = (module, value)
    return value
  }
}

/// Names a result that the sites of one forward pass share. One made without recording has no gradient.
struct SharedResult: Hashable {
  let module: ObjectIdentifier
  let isRecorded: Bool
}

extension Module {
  /// A field that is neither parameter nor function, as constructed.
  public func plainField(_ name: String) -> Value? {
    guard let index = type.fieldIndex[name], case .value(let value) = fields[index] else {
      return nil
    }
    return value
  }

  /// Whether the module itself has a field of this name, of whatever kind.
  public func hasMember(_ name: String) -> Bool { type.fieldIndex[name] != nil }

  /// The parameter of a field of this module itself.
  public func parameterField(_ name: String) -> Parameter? {
    guard let index = type.fieldIndex[name], case .parameter(let parameter) = fields[index] else {
      return nil
    }
    return parameter
  }
}
