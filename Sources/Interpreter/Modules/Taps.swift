import Autograd
import Syntax
import Tensor

/// Hidden states that are looked at: what each matching site gave, the last time that it ran.
final class Taps {
  /// A root's attribute: which of its sites are tapped in each of its forward passes.
  static let attribute = "taps"

  private let pattern: SitePattern
  private(set) var paths: [String] = []
  private var states: [String: Value] = [:]

  init(_ pattern: SitePattern) { self.pattern = pattern }

  /// Of a wrapper and what it wraps the outermost is noted last, and stays.
  func note(_ module: Module, _ result: Value) {
    guard pattern.matches(module.path) else { return }
    if states.updateValue(result, forKey: module.path) == nil { paths.append(module.path) }
  }

  func state(_ path: String) -> Value? { states[path] }

  var value: Value {
    .tuple(TupleValue(names: paths, elements: paths.map { states[$0] ?? .none }))
  }
}

extension Interpreter {
  /// A forward pass with what its sites gave on the way: (output, states by path, in the order in which they were reached).
  public func observe(
    _ model: Module, _ input: Value, at pattern: String, span: Span
  ) throws -> Value {
    let model = try attachRoot(model)
    _ = try selectSites(model, pattern)
    let own = Taps(try SitePattern(pattern))
    taps.append(own)
    defer { taps.removeLast() }
    let output = try call(model, Arguments(values: [input]), at: span)
    return .tuple([("output", output), ("states", own.value)])
  }

  /// The model with sites tapped in each forward pass, for parts of it that read them by `tapped`.
  public func tap(_ model: Module, at pattern: String) throws -> Module {
    let model = try attachRoot(model)
    _ = try selectSites(model, pattern)
    var whole = pattern
    if case .string(let known)? = model.attribute(Taps.attribute), known != pattern {
      whole = "{\(known),\(pattern)}"
    }
    return model.settingAttribute(Taps.attribute, .string(whole))
  }

  /// What a tapped site gave in the forward pass that runs.
  public func tapped(_ path: String) throws -> Value {
    for tap in taps.reversed() {
      if let state = tap.state(path) { return state }
    }
    throw Mistake(
      "`\(path)` has given nothing yet in this forward pass", code: "E0567",
      note: "only sites that `tap(model, at)` names are kept, from the moment that they ran",
      fix: "tap it, and read it at a later site")
  }

  /// The model with other values for parameters, by their paths. Gradients flow through those that were computed; the
  /// others keep their identity, as after a step.
  public func substituting(_ model: Module, _ values: TupleValue, span: Span) throws -> Module {
    let model = try attachRoot(model)
    let known = Dictionary(
      model.parameters().map { ($0.path, $0.parameter) }, uniquingKeysWith: { first, _ in first })
    var fields: [LeafKey: Field] = [:]
    for (path, value) in zip(values.names, values.elements) {
      guard let parameter = known[path] else { throw noMatch(path, paths: Array(known.keys).sorted()) }
      let variable = try variable(from: value)
      guard variable.shape == parameter.value.shape else {
        throw Mistake(
          "`\(path)` has shape \(describe(parameter.value.shape)), the new value \(describe(variable.shape))",
          code: "E0554")
      }
      fields[parameter.key] =
        variable.node == nil ? .parameter(parameter.with(value: variable.value)) : .computed(variable)
    }
    var memo: [ObjectIdentifier: Module] = [:]
    return model.rebuilding(memo: &memo) { _, module in
      var result: Module?
      for (index, field) in module.fields.enumerated() {
        guard case .parameter(let parameter) = field, let new = fields[parameter.key] else { continue }
        let copy = result ?? module.copy()
        copy.fields[index] = new
        result = copy
      }
      return result ?? module
    }
  }
}
