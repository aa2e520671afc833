import Autograd
import Tensor

/// A place in a model that methods edit: a submodule under its path. Of a wrapper and what it wraps, the outermost.
public struct Site {
  public let path: String
  public let module: Module
}

/// A parameter under its path.
public struct NamedParameter {
  public let path: String
  public let parameter: Parameter
  /// The module that declares it.
  public let owner: Module
}

extension Module {
  /// The fields that `with` computed while recording.
  public var computedPaths: [String] {
    modules().flatMap { module in
      zip(module.type.fieldNames, module.fields).compactMap { name, field in
        if case .computed = field { return module.ownPath.isEmpty ? name : "\(module.ownPath).\(name)" }
        return nil
      }
    }
  }

  /// The path under which this module's own fields stand.
  public var ownPath: String { join(path, adapterName) }

  /// Direct submodules in order, with the path of each and whether it is the wrapped one.
  func children() -> [(path: String, module: Module, isBase: Bool)] {
    var result: [(String, Module, Bool)] = []
    for (index, name) in type.fieldNames.enumerated() {
      guard case .value(let value) = fields[index] else { continue }
      if name == "base", type.wrapsBase, case .module(let inner) = value {
        result.append((path, inner, true))
      } else {
        value.collectModules(at: join(ownPath, name)) { result.append(($0, $1, false)) }
      }
    }
    return result
  }

  /// Every site below and including this module, each shared module once, in order of declaration.
  public func sites() -> [Site] {
    var seen: Set<ObjectIdentifier> = []
    var result: [Site] = []
    func visit(_ module: Module, isInner: Bool) {
      guard seen.insert(ObjectIdentifier(module)).inserted else { return }
      if !isInner { result.append(Site(path: module.path, module: module)) }
      for child in module.children() { visit(child.module, isInner: child.isBase) }
    }
    visit(self, isInner: false)
    return result
  }

  /// Every module below and including this one, wrapped ones too, each once.
  public func modules() -> [Module] {
    var seen: Set<ObjectIdentifier> = []
    var result: [Module] = []
    func visit(_ module: Module) {
      guard seen.insert(ObjectIdentifier(module)).inserted else { return }
      result.append(module)
      for child in module.children() { visit(child.module) }
    }
    visit(self)
    return result
  }

  /// Every parameter and state, a shared one once under its first path.
  public func parameters() -> [NamedParameter] {
    var seen: Set<LeafKey> = []
    var result: [NamedParameter] = []
    for module in modules() {
      for (index, name) in module.type.fieldNames.enumerated() {
        guard case .parameter(let parameter) = module.fields[index],
          seen.insert(parameter.key).inserted
        else { continue }
        result.append(
          NamedParameter(
            path: join(module.ownPath, name), parameter: parameter, owner: module))
      }
    }
    return result
  }

  /// The module rebuilt with every parameter mapped; what does not change is shared, and so is what was shared.
  public func mappingParameters(_ transform: (String, Parameter) throws -> Parameter) rethrows
    -> Module
  {
    var memo: [ObjectIdentifier: Module] = [:]
    return try rebuilding(memo: &memo) { _, module in
      var result: Module?
      for (index, name) in module.type.fieldNames.enumerated() {
        guard case .parameter(let parameter) = module.fields[index] else { continue }
        let mapped = try transform(join(module.ownPath, name), parameter)
        if mapped !== parameter {
          let copy = result ?? module.copy()
          copy.fields[index] = .parameter(mapped)
          result = copy
        }
      }
      return result ?? module
    }
  }

  /// The tree with parameters of known keys given new values.
  public func substituting(_ values: [LeafKey: Tensor]) -> Module {
    var boxes: [LeafKey: Parameter] = [:]
    return mappingParameters { _, parameter in
      guard let value = values[parameter.key] else { return parameter }
      if let known = boxes[parameter.key] { return known }
      let box = parameter.with(value: value)
      boxes[parameter.key] = box
      return box
    }
  }

  /// Rebuilds bottom-up: submodules first, then `transform` on each module with its new submodules.
  func rebuilding(
    memo: inout [ObjectIdentifier: Module],
    _ transform: (_ original: Module, _ rebuilt: Module) throws -> Module
  ) rethrows -> Module {
    if let known = memo[ObjectIdentifier(self)] { return known }
    var changed: Module?
    for (index, _) in type.fieldNames.enumerated() {
      guard case .value(let value) = fields[index], value.holdsModules else { continue }
      var differs = false
      let mapped = try value.mappingModules { module in
        let result = try module.rebuilding(memo: &memo, transform)
        if result !== module { differs = true }
        return result
      }
      if differs {
        let copy = changed ?? self.copy()
        copy.fields[index] = .value(mapped)
        changed = copy
      }
    }
    let result = try transform(self, changed ?? self)
    memo[ObjectIdentifier(self)] = result
    return result
  }
}

extension Value {
  func collectModules(at path: String, _ visit: (String, Module) -> Void) {
    switch self {
    case .module(let module): visit(path, module)
    case .list(let list):
      for (index, element) in list.elements.enumerated() {
        element.collectModules(at: join(path, String(index)), visit)
      }
    case .tuple(let tuple):
      for (name, element) in zip(tuple.names, tuple.elements) {
        element.collectModules(at: join(path, name), visit)
      }
    default: break
    }
  }

  func mappingModules(_ transform: (Module) throws -> Module) rethrows -> Value {
    switch self {
    case .module(let module): return .module(try transform(module))
    case .list(let list) where holdsModules:
      return .list(try list.elements.map { try $0.mappingModules(transform) })
    case .tuple(let tuple) where holdsModules:
      return .tuple(
        TupleValue(
          names: tuple.names, elements: try tuple.elements.map { try $0.mappingModules(transform) }))
    default: return self
    }
  }
}
