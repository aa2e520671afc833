import Syntax

/// The names of one function while its body is resolved.
final class Scope {
  enum Kind {
    case function
    /// A module's constructor: what it assigns become fields.
    case constructor(ModuleNames)
  }

  let kind: Kind
  let parent: Scope?
  let function: FunctionCode?
  /// The fields and functions that this scope sees because it stands inside a module.
  let module: ModuleNames?
  private(set) var slots: [String: Int] = [:]
  private(set) var slotNames: [String] = []
  /// Names that the body assigns somewhere: local from its first line to its last.
  let assigned: Set<String>

  init(
    kind: Kind, parent: Scope?, function: FunctionCode?, module: ModuleNames?,
    assigned: Set<String>
  ) {
    self.kind = kind
    self.parent = parent
    self.function = function
    self.module = module
    self.assigned = assigned
  }

  func slot(_ name: String) -> Int {
    if let slot = slots[name] { return slot }
    slots[name] = slotNames.count
    slotNames.append(name)
    return slotNames.count - 1
  }

  var isConstructor: Bool {
    if case .constructor = kind { return true }
    return false
  }

  /// A slot that holds `name` here, captured from an enclosing function if need be.
  func local(_ name: String) -> Int? {
    if let slot = slots[name] { return slot }
    if assigned.contains(name) { return slot(name) }
    // A module's functions see its fields first; a name that is one is no capture.
    if let module, module.knows(name) { return nil }
    guard let parent, !parent.isConstructor || parent.parent != nil,
      let outer = parent.capturable(name), let function
    else { return nil }
    let here = slot(name)
    function.captures.append((from: outer, to: here))
    return here
  }

  private func capturable(_ name: String) -> Int? {
    isConstructor && assigned.contains(name) ? nil : local(name)
  }
}

/// The names that a module's declaration gives to its functions.
final class ModuleNames {
  let fields: [String]
  let fieldIndex: [String: Int]
  let functions: Set<String>

  init(fields: [String], functions: Set<String>) {
    self.fields = fields
    self.functions = functions
    var index: [String: Int] = [:]
    for (position, name) in fields.enumerated() { index[name] = position }
    fieldIndex = index
  }

  func knows(_ name: String) -> Bool { fieldIndex[name] != nil || functions.contains(name) }
}

/// The names that statements assign, not looking into functions, lambdas and modules.
func assignedNames(_ statements: [Statement]) -> [String] {
  var names: [String] = []
  var seen: Set<String> = []
  func add(_ name: String) {
    if name != "_", seen.insert(name).inserted { names.append(name) }
  }
  func visit(_ expression: Expression) {
    switch expression.kind {
    case .conditional(let branches, let otherwise):
      for branch in branches { visit(branch.body.statements) }
      if let otherwise { visit(otherwise.statements) }
    case .block(let block): visit(block.statements)
    default: break
    }
  }
  func visit(_ statements: [Statement]) {
    for statement in statements {
      switch statement.kind {
      case .expression(let value): visit(value)
      case .assign(let pattern, let value):
        for name in pattern.names { add(name.text) }
        visit(value)
      case .param(let name, _), .state(let name, _): add(name.text)
      case .function(let declaration), .method(let declaration): add(declaration.name.text)
      case .module(let declaration): add(declaration.name.text)
      case .forEach(let pattern, _, let body):
        for name in pattern.names { add(name.text) }
        visit(body.statements)
      case .whileLoop(_, let body): visit(body.statements)
      default: break
      }
    }
  }
  visit(statements)
  return names
}
