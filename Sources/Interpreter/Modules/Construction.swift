import Autograd
import Syntax
import Tensor

extension Interpreter {
  /// Runs a module's body. Its initialisers wait for attachment.
  func construct(_ type: ModuleType, _ arguments: Arguments, at span: Span) throws -> Module {
    let module = Module(
      type: type, fields: Array(repeating: .unset, count: type.fieldNames.count))
    let code = type.constructor
    let frame = Frame(
      interpreter: self, slotCount: code.slotNames.count, module: module, code: code)
    for (index, capture) in code.captures.enumerated() {
      frame.slots[capture.to] = type.captured[index]
    }
    guard callStack.count < callLimit else {
      throw Mistake("modules are nested more than \(callLimit) deep", code: "E0542")
    }
    callStack.append(StackEntry(name: type.name, span: span))
    defer { callStack.removeLast() }
    let bound = try match(type.signature, arguments)
    for (index, parameter) in type.signature.parameters.enumerated() {
      if let value = bound[index] {
        module.fields[index] = .value(value)
      } else if let fallback = code.defaults[index] {
        module.fields[index] = .value(try fallback.evaluate(frame))
      } else {
        throw missing(parameter.name, type.signature)
      }
    }
    if let debugger {
      _ = try observed(code.body, frame, by: debugger)
    } else {
      _ = try code.body.evaluate(frame)
    }
    return module
  }

  /// Attaches a root that is bound, called, printed or edited for the first time.
  public func attachRoot(
    _ module: Module, origin: Parameter.Origin? = nil,
    weights: ((_ path: String, _ shape: [Int]) throws -> Tensor?)? = nil
  ) throws -> Module {
    if module.isAttached { return module }
    if let known = module.attachedForm { return known }
    let source = weightSource
    weightSource = weights
    defer { weightSource = source }
    // The first root's streams are its paths alone; a further one's carry its ordinal. What wraps an attached model
    // (a head) is keyed by that model's paths, so that two heads of one seed start alike and methods compare fairly.
    let wrapsModel = module.base?.isAttached == true
    let prefix = rootCount == 0 || wrapsModel ? "" : "#\(rootCount)/"
    if !wrapsModel { rootCount += 1 }
    let place = origin ?? (module.base == nil ? .base : .added)
    var attachment = Attachment(
      interpreter: self, origin: place, streamPrefix: prefix, shapesOnly: module.hasShapesOnly,
      type: module.base?.wideType)
    let attached = try attachment.attach(module, at: "", adapterName: nil)
    module.attachedForm = attached
    return attached
  }
}

extension Module {
  /// True for a model of shapes without values.
  public var hasShapesOnly: Bool {
    if case .bool(true)? = attribute("shapes_only") { return true }
    return false
  }
}

extension Interpreter {
  /// A model of shapes: what is constructed gets no values, what has some gives them up.
  public func outline(_ module: Module, span: Span) throws -> Module {
    if module.hasShapesOnly { return module }
    var root = module.attachedForm ?? module
    if root.isAttached {
      root = root.mappingParameters { _, parameter in
        parameter.with(outline: .shapeOnly(parameter.value.shape, dtype: parameter.value.dtype))
      }
    } else {
      let place: Parameter.Origin = module.base == nil ? .base : .added
      var attachment = Attachment(interpreter: self, origin: place, shapesOnly: true)
      // The constructed module may still get values of its own.
      attachment.resolves = false
      root = try attachment.attach(module, at: "", adapterName: nil)
    }
    return root.settingAttribute("shapes_only", .bool(true))
  }

  /// What runs a model asks this first. A rehearsal needs room only, which it makes itself.
  public func needValues(_ module: Module) throws {
    guard module.hasShapesOnly, !Storage.isRehearsal else { return }
    throw Mistake(
      "this model has shapes but no values, so it cannot be run", code: "E0555",
      note: "`shapes(…)` made it, to be counted and edited",
      fix: "construct it without `shapes`, or `load` it")
  }
}

/// Gives a new part of a model its final paths, and its pending parameters their values.
struct Attachment {
  let interpreter: Interpreter
  let origin: Parameter.Origin
  var streamPrefix = ""
  /// The type that new parameters take; nil: that of their initialisers.
  let type: DType?
  let shapesOnly: Bool
  /// False: pending parameters stay pending in the module that was constructed.
  var resolves = true
  /// By the constructed module, which is kept alive: its identity must not be used again while this one stands.
  private var done: [ObjectIdentifier: (constructed: Module, attached: Module)] = [:]

  init(
    interpreter: Interpreter, origin: Parameter.Origin, streamPrefix: String = "",
    shapesOnly: Bool = false, type: DType? = nil
  ) {
    self.interpreter = interpreter
    self.shapesOnly = shapesOnly
    self.origin = origin
    self.streamPrefix = streamPrefix
    self.type = type
  }

  mutating func attach(_ module: Module, at path: String, adapterName: String?) throws -> Module {
    if module.isAttached { return module }
    if let known = done[ObjectIdentifier(module)] { return known.attached }
    let result = module.copy()
    result.path = path
    result.adapterName = adapterName
    done[ObjectIdentifier(module)] = (module, result)
    let own = join(path, adapterName)
    for (index, name) in module.type.fieldNames.enumerated() {
      let isBase = name == "base" && module.type.wrapsBase
      result.fields[index] = try attach(
        module.fields[index], named: name, at: isBase ? path : join(own, name), of: result)
    }
    result.isAttached = true
    return result
  }

  private mutating func attach(
    _ field: Field, named name: String, at path: String, of module: Module
  ) throws -> Field {
    switch field {
    case .unset, .parameter, .computed: return field
    case .value(let value): return .value(try attach(value, at: path))
    case .pending(let pending):
      if let resolved = pending.resolved { return resolved }
      let resolved = try initialise(pending, at: path, of: module)
      if resolves { pending.resolved = resolved }
      return resolved
    }
  }

  /// Modules inside lists and tuples are submodules too.
  private mutating func attach(_ value: Value, at path: String) throws -> Value {
    switch value {
    case .module(let module):
      return .module(try attach(module, at: path, adapterName: nil))
    case .list(let list) where list.elements.contains(where: \.holdsModules):
      var elements: [Value] = []
      for (index, element) in list.elements.enumerated() {
        elements.append(try attach(element, at: join(path, String(index))))
      }
      return .list(elements)
    case .tuple(let tuple) where tuple.elements.contains(where: \.holdsModules):
      var elements: [Value] = []
      for (name, element) in zip(tuple.names, tuple.elements) {
        elements.append(try attach(element, at: join(path, name)))
      }
      return .tuple(TupleValue(names: tuple.names, elements: elements))
    default: return value
    }
  }

  private func initialise(
    _ pending: PendingParameter, at path: String, of module: Module
  ) throws -> Field {
    pending.frame.module = module
    if let source = interpreter.weightSource {
      interpreter.buildsShapesOnly = true
      defer { interpreter.buildsShapesOnly = false }
      let value = try pending.initialiser.evaluate(pending.frame)
      guard case .tensor(let outline) = value else { return .value(value) }
      if let tensor = try source(path, outline.shape) {
        return .parameter(make(pending, tensor))
      }
    }
    interpreter.buildsShapesOnly = shapesOnly
    defer { interpreter.buildsShapesOnly = false }
    let before = interpreter.streamName
    interpreter.streamName = streamPrefix + path
    interpreter.streamDraws = 0
    defer { interpreter.streamName = before }
    let value = try interpreter.tape.withoutRecording {
      try pending.initialiser.evaluate(pending.frame)
    }
    switch value {
    case .tensor(let tensor): return .parameter(make(pending, try inType(tensor.value)))
    case .none: return .value(.none)
    case .float where pending.kind == .kept, .int where pending.kind == .kept,
      .bool where pending.kind == .kept:
      return .parameter(make(pending, try inType(interpreter.tensor(from: value))))
    default:
      throw interpreter.failure(
        "`\(path)` starts as \(value.typeWithArticle)", at: pending.initialiser.span,
        code: "E0550", note: "a parameter is a tensor, or none where there is none",
        fix: "write an initialiser such as `zeros([rank, inputs])`")
    }
  }

  private func inType(_ value: Tensor) throws -> Tensor {
    guard let type, value.dtype.isFloat, value.dtype != type else { return value }
    return try interpreter.engine.cast(value, to: type)
  }

  private func make(_ pending: PendingParameter, _ value: Tensor) -> Parameter {
    Parameter(
      kind: pending.kind, value: value,
      isTrainable: pending.kind == .trained && value.dtype.isFloat && !value.staysFrozen,
      origin: origin)
  }
}

/// `blocks.0` and `attn` make `blocks.0.attn`; an empty part adds nothing.
func join(_ path: String, _ name: String?) -> String {
  guard let name, !name.isEmpty else { return path }
  return path.isEmpty ? name : path + "." + name
}

extension Module {
  /// f64 for a model in f64: what is added to it is in f64 too, since types do not mix. Nil for others: initialisers are
  /// in f32, which adapters of a bf16 model keep.
  var wideType: DType? {
    let isWide = parameters().contains { $0.parameter.kind == .trained && $0.parameter.value.dtype == .f64 }
    return isWide ? .f64 : nil
  }
}

extension Value {
  /// True for a module and for lists and tuples with one inside.
  var holdsModules: Bool {
    switch self {
    case .module: true
    case .list(let list): list.elements.contains(where: \.holdsModules)
    case .tuple(let tuple): tuple.elements.contains(where: \.holdsModules)
    default: false
    }
  }
}
