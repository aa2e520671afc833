import Autograd
import Syntax
import Tensor

/// Which of a model's named adapters take part: a root's attribute, so that choosing others costs nothing.
enum AdapterChoice {
  static let attribute = "active_adapters"

  /// These, each on what the ones below it left.
  case stacked([String])
  /// The mean of what each alone would give.
  case averaged([(name: String, weight: Double)])

  /// Of the attribute's value: a list of names, or a tuple of weights.
  init?(_ value: Value) {
    switch value {
    case .list(let list):
      self = .stacked(list.elements.compactMap { if case .string(let name) = $0 { name } else { nil } })
    case .tuple(let tuple):
      self = .averaged(
        zip(tuple.names, tuple.elements).compactMap { name, weight in
          if case .float(let weight) = weight { (name, weight) } else { nil }
        })
    default: return nil
    }
  }

  var names: [String] {
    switch self {
    case .stacked(let names): names
    case .averaged(let weights): weights.map(\.name)
    }
  }
}

extension Module {
  /// Whether an adapter of this name put the module here; a second one of its at the same site carries a number.
  func isPart(of adapter: String) -> Bool {
    guard let own = adapterName else { return false }
    guard own != adapter else { return true }
    return own.hasPrefix(adapter + "_") && Int(own.dropFirst(adapter.count + 1)) != nil
  }

  public func belongs(to adapter: String) -> Bool { isPart(of: adapter) }

  /// An attribute of this module itself, not of what it wraps.
  public func ownAttribute(_ name: String) -> Value? { attributes[name] }

  fileprivate func isPart(ofAny adapters: [String]) -> Bool { adapters.contains { isPart(of: $0) } }

  /// The module and what it wraps, outermost first.
  fileprivate var chain: [Module] { [self] + (base?.chain ?? []) }

  /// The names under which methods added modules: those that the user gave last, in the order in which they joined.
  public var namedAdapters: [String] {
    var given: [String] = []
    if case .list(let list)? = attribute(Module.adapterOrder) {
      given = list.elements.compactMap { if case .string(let name) = $0 { name } else { nil } }
    }
    var found: [String] = []
    // Innermost first, as they were added.
    for module in modules().reversed() {
      guard let name = module.adapterName, !found.contains(where: { module.isPart(of: $0) }) else {
        continue
      }
      let known = given.first { module.isPart(of: $0) } ?? name
      if !found.contains(known) { found.append(known) }
    }
    return found.filter { !given.contains($0) } + given.filter(found.contains)
  }

  static let adapterOrder = "adapter_order"

  /// The adapters that take part: all, unless `use` or `average` chose.
  public var activeAdapters: [String] {
    attribute(AdapterChoice.attribute).flatMap { AdapterChoice($0) }?.names ?? namedAdapters
  }
}

extension Interpreter {
  /// What a named adapter's module gives where not all of them take part; nil: its own forward runs.
  func routed(_ module: Module, _ arguments: Arguments, at span: Span) throws -> Value? {
    guard let adapterChoice, module.adapterName != nil else { return nil }
    switch adapterChoice {
    case .stacked(let names):
      if module.isPart(ofAny: names) { return nil }
      return try call(without(module, at: span), arguments, at: span)
    case .averaged(let weights):
      let names = weights.map(\.name)
      guard module.chain.contains(where: { $0.isPart(ofAny: names) }) else {
        return try call(without(module, at: span), arguments, at: span)
      }
      defer { self.adapterChoice = adapterChoice }
      var total: Variable?
      for (name, weight) in weights {
        self.adapterChoice = .stacked([name])
        guard case .tensor(let part) = try call(module, arguments, at: span) else {
          throw Mistake(
            "what `\(name)` edits at `\(module.path)` has no average: it is not one tensor", code: "E0564",
            fix: "average adapters of another kind, or `use` one")
        }
        let share = try tape.mul(part, weight)
        total = try total.map { try tape.add($0, share) } ?? share
      }
      return total.map { .tensor($0) }
    }
  }

  /// What stands at the site without this adapter: what it wraps, unless it says otherwise by `without`.
  private func without(_ module: Module, at span: Span) throws -> Module {
    if let function = module.boundFunction("without"),
      case .module(let result) = try call(.function(function), Arguments(values: []), at: span)
    {
      return result
    }
    guard let base = module.base else {
      throw Mistake(
        "`\(module.adapterName ?? "")` took the place of `\(module.path)`, so it cannot be switched off",
        code: "E0565", fix: "let its module wrap a `base`")
    }
    return base
  }

  /// Runs a method so that what it adds stands under `name`.
  public func adding(
    _ name: String, to model: Module, by method: Value, at span: Span
  ) throws -> Module {
    let model = try attachRoot(model)
    let before = adapterLabel
    adapterLabel = name
    defer { adapterLabel = before }
    let result = try call(method, Arguments(values: [.module(model)]), at: span)
    guard case .module(let tuned) = result, tuned.namedAdapters.contains(name) else {
      throw Mistake(
        "this method adds no adapter that could be called \"\(name)\"", code: "E0565",
        note: "it trains the model's own parameters, or gives no model", argument: "method")
    }
    var order: [Value] = []
    if case .list(let list)? = tuned.attribute(Module.adapterOrder) { order = list.elements }
    return tuned.settingAttribute(Module.adapterOrder, .list(order + [.string(name)]))
  }

  /// The model without the modules of these adapters.
  public func removing(_ adapters: [String], from model: Module, at span: Span) throws -> Module {
    var memo: [ObjectIdentifier: Module] = [:]
    let result = try model.rebuilding(memo: &memo) { original, rebuilt in
      guard rebuilt.isPart(ofAny: adapters) else { return rebuilt }
      let bare = try tape.withoutRecording { try without(rebuilt, at: span) }
      guard original === model else { return bare }
      return rebuilt.attributes.reduce(bare) { $0.settingAttribute($1.key, $1.value) }
    }
    let left = result.namedAdapters
    guard let choice = result.attributes[AdapterChoice.attribute].flatMap({ AdapterChoice($0) }),
      !choice.names.allSatisfy(left.contains)
    else { return result }
    return result.removingAttribute(AdapterChoice.attribute)
  }

  /// One set of weights for the adapters that take part: the others are left out, an average is one of weights.
  func mergingChosen(_ model: Module, _ choice: AdapterChoice, at span: Span) throws -> Module {
    let others = model.namedAdapters.filter { !choice.names.contains($0) }
    guard case .averaged(let weights) = choice else {
      return try merge(
        removing(others, from: model, at: span).removingAttribute(AdapterChoice.attribute), at: span)
    }
    var sums: [String: Tensor] = [:]
    var result = model
    for (name, weight) in weights {
      let rest = model.namedAdapters.filter { $0 != name }
      result = try merge(
        removing(rest, from: model, at: span).removingAttribute(AdapterChoice.attribute), at: span)
      if result.namedAdapters.contains(name) {
        throw Mistake(
          "`\(name)` cannot be folded into the weights, so an average with it cannot", code: "E0566")
      }
      for named in result.parameters() where named.parameter.value.dtype.isFloat {
        let share = try engine.affine(named.parameter.value, scale: weight)
        sums[named.path] = try sums[named.path].map { try engine.add($0, share) } ?? share
      }
    }
    let plain = try removing(model.namedAdapters, from: model, at: span)
    let values = Dictionary(
      plain.parameters().map { ($0.path, $0.parameter) }, uniquingKeysWith: { first, _ in first })
    // What no adapter changed is as it was, to the bit.
    let changed = Set(
      result.parameters().filter { values[$0.path] !== $0.parameter }.map(\.path))
    return plain.mappingParameters { path, parameter in
      guard changed.contains(path), let sum = sums[path] else { return parameter }
      return parameter.replaced(by: sum)
    }
  }
}

extension Module {
  /// Whether the two have the very same parameters, by place and value.
  public func hasParameters(of other: Module) -> Bool {
    let (own, others) = (parameters(), other.parameters())
    return own.count == others.count
      && zip(own, others).allSatisfy { $0.path == $1.path && $0.parameter === $1.parameter }
  }

  public func removingAttribute(_ name: String) -> Module {
    guard attributes[name] != nil else { return self }
    let result = copy()
    result.attributes[name] = nil
    return result
  }
}
