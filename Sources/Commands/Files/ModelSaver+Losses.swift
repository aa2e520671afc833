import Interpreter
import Tensor

/// What a folder has no place for is refused before anything is written: it would be lost without a word.
extension ModelSaver {
  /// Edits of hidden states are code, and no folder holds code.
  func refuseHooks(_ model: Module, _ layout: Layout? = nil) throws {
    let fix = "take the edit out, or keep the session instead: `:save session.peft`"
    // What a layout for the whole model stands for may be such edits: those that its method made.
    if layout?.isWhole ?? false {
      guard
        let edit = model.edits.first(where: {
          ["before", "after"].contains($0.command) && $0.method == nil
        })
      else { return }
      throw Mistake(
        "no folder holds the edit that `\(edit.command)` made"
          + (edit.pattern.map { " at \"\($0)\"" } ?? ""), code: "E0717", fix: fix)
    }
    guard let hook = model.modules().first(where: \.type.isHook) else { return }
    throw Mistake(
      "no folder holds the edit that `\(hook.type.name.lowercased())` made at \(hook.path)",
      code: "E0717", fix: fix)
  }

  /// A PEFT folder holds what was added. Of the rest, only what the layout itself makes up for may have changed.
  func refuseChangedBase(_ model: Module, _ adapters: [Module], _ layout: Layout) throws {
    let computes =
      layout.isWhole || layout.tensors.contains { adapters[0].parameterField($0.field) == nil }
    let owned = computes ? Set(adapters.flatMap { $0.parameters() }.map(\.parameter.key)) : []
    let others = model.parameters().map { ($0.path, $0.parameter) }.filter {
      $0.1.origin == .base && !owned.contains($0.1.key)
    }
    let changed = try others.filter { try hasChanged($0.1) }.map(\.0)
    guard let first = changed.first else { return }
    let more = changed.count > 1 ? ", and \(changed.count - 1) more parameters," : ""
    let folds = adapters.allSatisfy { $0.type.functions["merged"] != nil }
    throw Mistake(
      "\(first)\(more) of the base changed, and a PEFT folder holds only what was added",
      code: "E0717",
      fix: folds
        ? "save the whole model: `save(merge(model), …)`" : "keep the base frozen: `freeze(model)`")
  }

  private func hasChanged(_ parameter: Parameter) throws -> Bool {
    guard let original = parameter.original?.dense else { return false }
    let value = parameter.value.dense
    let engine = interpreter.engine
    let before = try engine.cast(original, to: value.dtype)
    let difference = try engine.compare(.notEqual, value, before)
    return try engine.sum(engine.cast(difference, to: .i64)).item() != 0
  }

  /// PEFT saves a head whole, and leaves out what adapts it.
  func refuseAdaptedHead(_ adapters: [Module], _ naming: ExternalNaming) throws {
    guard naming.head != nil,
      let adapter = adapters.first(where: {
        naming.architecture.head($0.path + ".weight", naming.head) != nil
      })
    else { return }
    throw Mistake(
      "a PEFT folder holds the head whole, without the adapter at \(adapter.path)", code: "E0717",
      fix: "leave the head out of the adapter's `at`, or save the merged model: `save(merge(model), …)`")
  }
}

extension Module {
  /// A member that was computed while recording passes gradients on: it is no number of the model's own.
  func refuseComputed() throws {
    guard let path = computedPaths.first else { return }
    let name = path.split(separator: ".").last ?? ""
    throw Mistake(
      "\(path) passes gradients on to what it was computed from, so that it is no parameter of this model",
      code: "E0718", fix: "keep its value alone: `with (\(name) = stop_gradient(…))`")
  }
}
