import Autograd
import Syntax

/// What a debugger may see of a call, and change.
extension Frame {
  /// What runs, as a user would say it: `LoRA.forward`.
  public var title: String {
    guard let code else { return "top level" }
    if isLambda { return module.map { "a lambda in \($0.type.name)" } ?? "a lambda" }
    return module.map { code === $0.type.constructor ? code.name : "\($0.type.name).\(code.name)" }
      ?? code.name
  }

  public var isLambda: Bool { code?.name == StackEntry.lambda }

  /// The path of the module whose function runs; nil outside of modules, empty for a root.
  public var path: String? { module.map(\.path) }
  /// Where that module's own parameters stand.
  public var ownPath: String? { module.map(\.ownPath) }
  public var functionName: String? { code?.name }
  public var owner: Module? { module }
  public var isTopLevel: Bool { code == nil }

  /// The local names that have a value, arguments first.
  public var locals: [(name: String, value: Value)] {
    guard let code else { return [] }
    return zip(code.slotNames, slots).compactMap { name, value in
      guard let value, name != code.name else { return nil }
      return (name, value)
    }
  }

  /// The module's own fields that are set, parameters without being read for a gradient.
  public var fields: [(name: String, value: Value, isParameter: Bool)] {
    guard let module else { return [] }
    return zip(module.type.fieldNames, module.fields).compactMap { name, field in
      switch field {
      case .value(let value): (name, value, false)
      case .parameter(let parameter): (name, .tensor(Variable(parameter.value)), true)
      case .computed(let variable): (name, .tensor(variable), true)
      case .unset, .pending: nil
      }
    }
  }

  /// A frame outside of all functions.
  public static func bare(_ interpreter: Interpreter) -> Frame {
    Frame(interpreter: interpreter, slotCount: 0)
  }

  /// The frame as it is now: a copy costs a reference until a local is written.
  public func snapshot() -> Frame {
    let copy = Frame(interpreter: interpreter, slotCount: 0, module: module, code: code)
    copy.slots = slots
    return copy
  }
}

extension Value {
  /// A module as runs and parameters name it.
  public var asModule: Module? {
    if case .module(let module) = self { return module }
    return nil
  }
}

/// Runs text in a frame that stands still.
public struct FrameEvaluation {
  private let frame: Frame
  private let namespace: Namespace
  /// The value that is at hand there, under the name `it`.
  public var it: Value?
  /// Whether `it` was assigned.
  public private(set) var changedIt = false
  /// What was assigned, by name.
  public private(set) var assigned: [String] = []

  public static let itName = "it"

  /// New names go to `namespace`, which should stand over the session's.
  public init(_ frame: Frame, namespace: Namespace, it: Value?) {
    self.frame = frame
    self.namespace = namespace
    self.it = it
  }

  /// The value of the last statement.
  public mutating func run(_ statements: [Statement]) throws -> Value {
    let interpreter = frame.interpreter
    let scope = Scope(
      kind: .function, parent: nil, function: nil,
      module: frame.module.map {
        ModuleNames(fields: $0.type.fieldNames, functions: Set($0.type.functions.keys))
      }, assigned: [])
    let known = frame.code?.slotNames ?? []
    for name in known { _ = scope.slot(name) }
    if it != nil { _ = scope.slot(Self.itName) }
    var last = Value.none
    let names = assignedNames(statements)
    for name in names { _ = scope.slot(name) }
    let place = Frame(
      interpreter: interpreter, slotCount: 0, module: frame.module, code: nil)
    place.slots = frame.slots
    grow(place, scope)
    let resolver = Resolver(interpreter: interpreter, namespace: namespace, scope: scope)
    for statement in statements {
      let code = try resolver.resolve(statement)
      grow(place, scope)
      last = try interpreter.placing(at: code.span) { try code.evaluate(place) }
    }
    try keep(names, from: place, scope)
    return last
  }

  /// Gives new slots room, and those of earlier names and of `it` their values.
  private func grow(_ place: Frame, _ scope: Scope) {
    while place.slots.count < scope.slotNames.count {
      let name = scope.slotNames[place.slots.count]
      let isKnown = (frame.code?.slotNames ?? []).contains(name)
      if name == Self.itName, !isKnown, let it {
        place.slots.append(it)
      } else {
        // A field or a global under a name that is assigned here: readable before.
        place.slots.append(fieldValue(name) ?? namespace.lookup(name))
      }
    }
  }

  private func fieldValue(_ name: String) -> Value? {
    guard let module = frame.module, let index = module.type.fieldIndex[name] else { return nil }
    return try? module.read(field: index, named: name, in: frame.interpreter)
  }

  /// Assignments go where the name lives: the frame, `it`, the module of this call, or the debugger's own names.
  private mutating func keep(_ names: [String], from place: Frame, _ scope: Scope) throws {
    let own = frame.code?.slotNames ?? []
    for name in names {
      guard let slot = scope.slots[name], let value = place.slots[slot] else { continue }
      assigned.append(name)
      if let index = own.firstIndex(of: name) {
        frame.slots[index] = value
      } else if name == Self.itName, it != nil {
        it = value
        changedIt = true
      } else if let module = frame.module, module.type.fieldIndex[name] != nil {
        let changed = try frame.interpreter.updating(.module(module), with: [(name, value)])
        frame.module = changed.asModule ?? module
      } else {
        namespace.define(name, value)
      }
    }
  }
}
