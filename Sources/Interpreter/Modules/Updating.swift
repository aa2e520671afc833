import Autograd
import Syntax
import Tensor

extension Interpreter {
  /// `value with (name = …)`: a tuple or a module with some members replaced.
  func updating(_ value: Value, with changes: [(String, Value)]) throws -> Value {
    switch value {
    case .tuple(let tuple): return .tuple(tuple.updating(changes))
    case .module(let module):
      var result = module
      for (name, change) in changes { result = try updating(result, name, change) }
      return .module(result)
    default:
      throw Mistake(
        "\(value.typeWithArticle) has no members to replace", code: "E0552",
        note: "`with` works on tuples and modules")
    }
  }

  /// The model with none in the place of a member; the model itself where it has no such member.
  public func taking(_ name: String, outOf model: Module) throws -> Module {
    model.hasField(name) ? try updating(model, name, .none) : model
  }

  private func updating(_ module: Module, _ name: String, _ value: Value) throws -> Module {
    if name.contains(".") { return try updatingNested(module, name, value) }
    guard let index = module.type.fieldIndex[name] else {
      // A wrapper passes on what it does not have itself.
      if let base = module.base, let place = module.type.fieldIndex["base"],
        base.hasField(name)
      {
        let result = module.copy()
        result.fields[place] = .value(.module(try updating(base, name, value)))
        return result
      }
      throw Mistake(
        "`\(module.type.name)` has no member `\(name)` to replace", code: "E0553",
        fix: suggestion(for: name, among: module.type.fieldNames))
    }
    let result = module.copy()
    result.fields[index] = try replacing(module.fields[index], name, value, in: module)
    return result
  }

  private func replacing(
    _ field: Field, _ name: String, _ value: Value, in module: Module
  ) throws -> Field {
    if case .pending(let pending) = field, pending.resolved == nil {
      // It starts from this, not from its initialiser.
      let start = ConstantCode(pending.initialiser.span, .tensor(try variable(from: value)))
      return .pending(PendingParameter(kind: pending.kind, initialiser: start, frame: pending.frame))
    }
    guard case .parameter(let parameter) = field else {
      if case .tensor(let variable) = value, variable.node != nil { return .computed(variable) }
      return .value(try attached(value, at: join(module.ownPath, name), in: module))
    }
    let variable = try variable(from: value)
    guard variable.shape == parameter.value.shape else {
      throw Mistake(
        "`\(join(join(module.path, module.adapterName), name))` has shape "
          + "\(describe(parameter.value.shape)), the new value \(describe(variable.shape))",
        code: "E0554")
    }
    if variable.node != nil { return .computed(variable) }
    return .parameter(
      keepsIdentity ? parameter.with(value: variable.value) : parameter.replaced(by: variable.value))
  }

  private func attached(_ value: Value, at path: String, in module: Module) throws -> Value {
    guard module.isAttached, case .module(let inner) = value, !inner.isAttached else { return value }
    var attachment = Attachment(
      interpreter: self, origin: .added, shapesOnly: module.hasShapesOnly, type: module.wideType)
    return .module(try attachment.attach(inner, at: path, adapterName: nil))
  }

  /// `model with ("blocks.0.attn.q.weight" = …)`
  private func updatingNested(_ module: Module, _ path: String, _ value: Value) throws -> Module {
    guard let dot = path.lastIndex(of: ".") else { return try updating(module, path, value) }
    let sitePath = String(path[..<dot])
    let name = String(path[path.index(after: dot)...])
    let owners = module.modules().filter { $0.ownPath == sitePath || $0.path == sitePath }
    guard let owner = owners.first(where: { $0.hasField(name) }) else {
      throw noMatch(path, paths: module.parameters().map(\.path))
    }
    var memo: [ObjectIdentifier: Module] = [:]
    return try module.rebuilding(memo: &memo) { original, rebuilt in
      original === owner ? try updating(rebuilt, name, value) : rebuilt
    }
  }

  /// Runs `body` so that `with` on a parameter keeps its identity, as hooks need: optimiser state goes with it.
  public func keepingIdentity<R>(_ body: () throws -> R) rethrows -> R {
    let before = keepsIdentity
    keepsIdentity = true
    defer { keepsIdentity = before }
    return try body()
  }
}

extension Module {
  func hasField(_ name: String) -> Bool {
    type.fieldIndex[name] != nil || (base?.hasField(name) ?? false)
  }
}
