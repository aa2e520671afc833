import Autograd
import Datasets
import Interpreter
import Syntax
import Tensor
import Training

/// A model of the language as `Training` sees it: its trainable parameters, its loss, its hooks.
final class ModelTrainee: Trainable {
  private(set) var model: Module
  let interpreter: Interpreter
  /// Where `train` was called: errors inside a step point there.
  let span: Span
  /// What the run started from does not count as its own memory, and tells what has changed since.
  let fixed: FixedTensors
  private var slots: [ParameterSlot]?
  private var lastBatch: Value = .none

  /// `fixed` is that of the run of which this one is a branch.
  init(_ model: Module, interpreter: Interpreter, span: Span, fixed: FixedTensors? = nil) {
    // Nor does a trained model go back to what it was before it was merged.
    self.model = model.removingAttribute("unmerged").withOwnBoxes
    self.fixed = fixed ?? FixedTensors(model)
    self.interpreter = interpreter
    self.span = span
  }

  var trainable: [ParameterSlot] {
    if let slots { return slots }
    let groups = ParameterGroups(model)
    let made = model.parameters().filter(\.parameter.isTrainable).map { named in
      ParameterSlot(
        key: named.parameter.key, path: named.path, value: named.parameter.value,
        group: groups.name(of: named.path))
    }
    slots = made
    return made
  }

  func update(_ values: [LeafKey: Tensor]) {
    model = model.substituting(values)
    slots = nil
  }

  func forward(batch: AnyObject, step: StepContext) throws -> StepOutput {
    guard let batch = batch as? Batch else { throw Mistake("a step needs a batch of data") }
    lastBatch = batch.value
    return try inStep(step) {
      let loss: Variable
      var output: AnyObject?
      if let replaced = model.attribute("replaced_loss") {
        loss = try scalar(try call(replaced, [.module(model), lastBatch]), "the replaced loss")
      } else {
        let result = try call(.module(model), [lastBatch])
        output = Boxed(result)
        loss = try self.loss(result, batch)
      }
      let tokens = try interpreter.engine.sum(interpreter.engine.cast(batch.mask, to: .f32)).item()
      return StepOutput(
        loss: loss, penalty: try penalty(), metrics: ["tokens": tokens], output: output)
    }
  }

  func beforeStep(_ step: StepContext, batch: AnyObject) throws {
    guard let batch = batch as? Batch else { throw Mistake("a step needs a batch of data") }
    // What hooks draw depends on the step alone, as what the forward pass draws does.
    interpreter.beginStep(step.step)
    let value = batch.value
    try runHooks("before_step", step) { [.module($0), value, self.describe(step)] }
  }

  func afterStep(_ step: StepContext, gradients: [LeafKey: Tensor]) throws {
    guard !hooks("after_step").isEmpty else { return }
    let named = trainable.compactMap { slot in
      gradients[slot.key].map { (slot.path, Value.tensor($0)) }
    }
    try runHooks("after_step", step) { [.module($0), .tuple(named), self.describe(step)] }
  }

  func adjust(_ gradients: [LeafKey: Tensor], _ step: StepContext) throws -> [LeafKey: Tensor] {
    var result = gradients
    for hook in hooks("on_gradients") {
      let named = trainable.compactMap { slot in
        result[slot.key].map { (slot.path, Value.tensor($0)) }
      }
      let changed = try interpreter.tape.withoutRecording {
        try inStep(step, startsDraws: false) {
          try call(hook, [.module(model), .tuple(named), describe(step)])
        }
      }
      guard case .tuple(let tuple) = changed else {
        throw Mistake("`on_gradients` must give gradients by their paths, not \(changed.typeWithArticle)")
      }
      for slot in trainable { result[slot.key] = try gradient(of: slot, in: tuple) }
    }
    return result
  }

  private func gradient(of slot: ParameterSlot, in tuple: TupleValue) throws -> Tensor? {
    guard let value = tuple[slot.path] else { return nil }
    guard case .tensor(let variable) = value, variable.shape == slot.value.shape else {
      throw Mistake(
        "`on_gradients` gives \(interpreter.printer.inline(value)) for `\(slot.path)` of shape "
          + "\(slot.value.shape)")
    }
    return variable.value
  }

  /// The loss as evaluation sees it: nothing recorded, no dropout, no penalty.
  func plainLoss(_ batch: Batch) throws -> Double {
    try interpreter.tape.withoutRecording {
      if let replaced = model.attribute("replaced_loss") {
        return try scalar(try call(replaced, [.module(model), batch.value]), "the replaced loss").value.item()
      }
      let result = try call(.module(model), [batch.value])
      let loss = try call(.function(try lossFunction()), [result, batch.value])
      return try scalar(loss, "the loss").value.item()
    }
  }

  func snapshot() -> AnyObject { ModelSnapshot(model, fixed: fixed) }

  func restore(_ snapshot: AnyObject) {
    guard let snapshot = snapshot as? ModelSnapshot else { return }
    model = snapshot.model
    slots = nil
  }

  // MARK: - The language's side

  private func lossFunction() throws -> Function {
    guard let loss = model.inherited("loss") else {
      throw Mistake(
        "this model has no loss, so it cannot be trained", code: "E0593",
        fix: "give it a head that has one, as in `model |> classifier(classes=2)`")
    }
    return loss
  }

  /// Labels of another kind than the model's answers are no mistake of the loss's own line.
  private func loss(_ output: Value, _ batch: Batch) throws -> Variable {
    let function = try lossFunction()
    do {
      return try scalar(try call(.function(function), [output, lastBatch]), "the loss")
    } catch let failure as Failure {
      guard case .tuple(let members) = output, case .tensor(let logits)? = members["logits"],
        let labels = batch.labels
      else { throw failure }
      switch (labels.rank, logits.value.rank) {
      case (1, 3):
        throw Mistake(
          "the data has one label a row, but the model answers for every token", code: "E0527",
          note: failure.diagnostic.message,
          fix: "`read(…, task=\"language\")` reads texts to go on with; `model |> classifier(classes=2)` "
            + "answers once a row")
      case (2, 2):
        throw Mistake(
          "the data has a label for every token, but the model answers once a row", code: "E0527",
          note: failure.diagnostic.message,
          fix: "`read(…, task=\"classify\")` reads a label a row; a language model without a head "
            + "answers for every token")
      default: throw failure
      }
    }
  }

  private func penalty() throws -> Variable? {
    var total: Variable?
    for hook in hooks("penalty") {
      let term = try scalar(try call(hook, [.module(model)]), "a penalty")
      total = try total.map { try interpreter.tape.add($0, term) } ?? term
    }
    return total
  }

  private func scalar(_ value: Value, _ what: String) throws -> Variable {
    guard case .tensor(let variable) = value, variable.value.count == 1 else {
      throw Mistake("\(what) must be one number, but is \(interpreter.printer.inline(value))")
    }
    return variable
  }

  private func hooks(_ name: String) -> [Value] {
    if case .list(let list)? = model.attribute(name) { return list.elements }
    return []
  }

  private func runHooks(
    _ name: String, _ step: StepContext, arguments: (Module) -> [Value]
  ) throws {
    for hook in hooks(name) {
      try interpreter.tape.withoutRecording {
        try inStep(step, startsDraws: false) {
          try interpreter.keepingIdentity {
            // At a path of its own, so that a hook's draws are not also the forward pass's.
            let result = try interpreter.at(path: name) { try call(hook, arguments(model)) }
            guard case .module(let changed) = result else {
              throw Mistake("`\(name)` must give a model, not \(result.typeWithArticle)")
            }
            model = changed
            slots = nil
          }
        }
      }
    }
  }

  private func describe(_ step: StepContext) -> Value {
    .tuple([
      ("step", .int(step.step)), ("horizon", step.horizon.map { .int($0) } ?? .none),
      ("epoch", .int(step.epoch)), ("learning_rate", .float(step.learningRate)),
    ])
  }

  private func call(_ function: Value, _ values: [Value]) throws -> Value {
    try interpreter.call(function, Arguments(values: values), at: span)
  }

  /// Training mode, with the draws of this step and gradients for the run's own parameters only.
  private func inStep<R>(_ step: StepContext, startsDraws: Bool = true, _ body: () throws -> R)
    throws -> R
  {
    let (wasTraining, seed, watched) = (interpreter.isTraining, interpreter.seed, interpreter.watched)
    let wasInStep = interpreter.tape.inStep
    defer {
      interpreter.tape.inStep = wasInStep
      interpreter.isTraining = wasTraining
      interpreter.seed = seed
      interpreter.watched = watched
    }
    interpreter.isTraining = true
    interpreter.tape.inStep = true
    interpreter.seed = step.seed
    interpreter.watched = Set(
      model.parameters().filter(\.parameter.isTrainable).map { ObjectIdentifier($0.parameter) })
    if startsDraws { interpreter.beginStep(step.step) }
    return try body()
  }
}

/// A value of the language handed through `Training`.
final class Boxed {
  let value: Value
  init(_ value: Value) { self.value = value }
}

/// The groups that `parameter_group` named.
struct ParameterGroups {
  private let groups: [(pattern: SitePattern, options: GroupOptions)]

  init(_ model: Module) {
    guard case .list(let list)? = model.attribute("parameter_groups") else {
      groups = []
      return
    }
    groups = list.elements.compactMap { element in
      guard case .tuple(let tuple) = element, case .string(let at)? = tuple["at"],
        case .float(let ratio)? = tuple["ratio"], let pattern = try? SitePattern(at)
      else { return nil }
      func number(_ name: String) -> Double? {
        if case .float(let value)? = tuple[name] { return value }
        return nil
      }
      let options = GroupOptions(
        learningRate: number("lr"), multiplier: ratio, weightDecay: number("weight_decay"))
      return (pattern, options)
    }
  }

  func name(of path: String) -> String? {
    groups.first { $0.pattern.matches(path) }?.pattern.text
  }

  var options: [String: GroupOptions] {
    var result: [String: GroupOptions] = [:]
    for group in groups where result[group.pattern.text] == nil {
      result[group.pattern.text] = group.options
    }
    return result
  }
}
