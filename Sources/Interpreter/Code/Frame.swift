/// One call's local values. Slots are fixed by the resolver; nothing is looked up by name while running.
public final class Frame {
  public let interpreter: Interpreter
  var slots: ContiguousArray<Value?>
  /// The module whose function runs, or that is being constructed.
  var module: Module?
  /// Resolved names of the slots, for the debugger and for messages.
  let code: FunctionCode?
  /// Set by `return`, `break` and `continue` until what they leave has been left.
  var control = Control.none
  var returned: Value = .none

  enum Control { case none, returning, breaking, continuing }

  init(interpreter: Interpreter, slotCount: Int, module: Module? = nil, code: FunctionCode? = nil) {
    self.interpreter = interpreter
    self.slots = ContiguousArray(repeating: nil, count: slotCount)
    self.module = module
    self.code = code
  }
}

/// A global name's place. A cell without a value falls back to the library's and the commands' cells of the same name.
public final class GlobalCell {
  public let name: String
  public internal(set) var value: Value?
  let fallback: GlobalCell?

  init(name: String, fallback: GlobalCell?) {
    self.name = name
    self.fallback = fallback
  }

  var current: Value? { value ?? fallback?.current }
}

/// Global names: the session's or a file's own, over the library's, over the commands'.
public final class Namespace {
  public let parent: Namespace?
  public private(set) var cells: [String: GlobalCell] = [:]
  /// Names in the order in which they were first bound, for `:vars` and for saving.
  public private(set) var order: [String] = []

  public init(parent: Namespace?) { self.parent = parent }

  func cell(_ name: String) -> GlobalCell {
    if let cell = cells[name] { return cell }
    let cell = GlobalCell(name: name, fallback: parent?.cell(name))
    cells[name] = cell
    return cell
  }

  public func define(_ name: String, _ value: Value) {
    let cell = cell(name)
    if cell.value == nil { order.append(name) }
    cell.value = value
  }

  public func remove(_ name: String) {
    cells[name]?.value = nil
    order.removeAll { $0 == name }
  }

  /// Every cell empty, those too that code still holds.
  func clear() {
    for cell in cells.values { cell.value = nil }
    cells = [:]
    order = []
  }

  public func lookup(_ name: String) -> Value? { cells[name]?.current ?? parent?.lookup(name) }

  /// Every name that has a value here or below, for completion and suggestions.
  public var visibleNames: [String] {
    var names = Set(parent?.visibleNames ?? [])
    for (name, cell) in cells where cell.value != nil { names.insert(name) }
    return names.sorted()
  }

  /// The names bound here, oldest first.
  public var ownNames: [String] { order.filter { cells[$0]?.value != nil } }
}
