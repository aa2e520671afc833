import Autograd
import Checkpoints
import Foundation
import Interpreter
import Tensor
import Training

@testable import Commands

/// One folder of Tests/Golden/fixtures/methods against the method that it names: every number of the reference, from one
/// run. What the folder holds is told in scripts/make-fixtures.d/_method.py.
final class MethodParity {
  static let tolerance = 1e-10
  static let folder = "methods"

  /// The folders that there are.
  static let names: [String] =
    ((try? FileManager.default.contentsOfDirectory(atPath: "\(Package.fixtures)/\(folder)")) ?? [])
    .filter { !$0.hasPrefix(".") }.sorted()

  let name: String
  private let fixture: ParityFixture
  private let perturbed: String?
  private let exempt: Set<String>
  /// By kind: outputs, gradients, losses, …
  private(set) var found: [(kind: String, agreement: Agreement)] = []

  /// `perturbed` names one reference number, as `compared` lists them, to be off by 1e-8: the comparison must then fail.
  init(_ name: String, _ math: Math, perturbed: String? = nil) throws {
    self.name = name
    self.perturbed = perturbed
    fixture = try ParityFixture(folder: "\(Self.folder)/\(name)", math)
    exempt = Set((fixture.values["exempt"]?.array ?? []).compactMap(\.string))
  }

  /// The reference's names of everything that was compared.
  private(set) var compared: [String] = []

  func compareAll() throws {
    guard let apply = fixture.values["apply"]?.string else {
      throw Unexpected("\(name) says no method to apply")
    }
    let fresh = try fixture.bench.module(apply)
    fixture.bench.define("model", .module(fresh))
    try comparePaths(fresh)
    try compareInitial()
    let model = try started(fresh)
    try compare("outputs", "logits", fixture.forward(model).logits.doubles())
    let trained = try compareSteps(model)
    try compareTrained(trained)
    try compareMerged(trained)
    try compareAdapter()
    let agreed = found.map { "\($0.kind): \($0.agreement)" }
    Report.line(name, agreed)
  }

  /// What is not as the reference says; empty if all is well.
  var disagreements: [String] {
    found.filter { !$0.agreement.within(Self.tolerance) }.map { "\($0.kind): \($0.agreement)" }
  }

  // MARK: - The parts

  /// What trains is exactly what the reference trains.
  private func comparePaths(_ model: Module) throws {
    let paths = Set(model.parameters().filter(\.parameter.isTrainable).map(\.path))
    let expected = names("gradient.").union(exempt)
    guard paths == expected else {
      throw Unexpected(
        "\(name) trains other parameters than the reference: only here "
          + "\(paths.subtracting(expected).sorted()), only there \(expected.subtracting(paths).sorted())")
    }
    guard names("after.") == names("gradient.") else {
      throw Unexpected("\(name) lacks values after training")
    }
  }

  /// Expressions on the model as the method made it.
  private func compareInitial() throws {
    guard let expected = fixture.values["initially"]?.object else { return }
    for (expression, _) in expected {
      try compare("initially", expression, numbers(expression, on: nil))
    }
  }

  /// The model with the reference's start values, where it has others than the base model's.
  private func started(_ model: Module) throws -> Module {
    var unused = names("start.")
    let result = try model.mappingParameters { path, parameter in
      guard unused.remove(path) != nil else { return parameter }
      let value = try fixture.reference.tensor("start." + path)
      guard value.shape == parameter.value.shape else {
        throw Unexpected("\(path) has shape \(parameter.value.shape), not \(value.shape)")
      }
      return parameter.with(value: value)
    }
    guard unused.isEmpty else { throw Unexpected("\(name) has no \(unused.sorted())") }
    return result
  }

  private func compareSteps(_ model: Module) throws -> Module {
    let trainee = Observed(fixture.trainee(model))
    let run = try fixture.run(trainee, model, steps: fixture.numbers("losses").count)
    var traces: [String: [Double]] = [:]
    let expressions = fixture.values["each_step"]?.object.map { $0.map(\.key) } ?? []
    trainee.afterEach = { model in
      for expression in expressions {
        traces[expression, default: []] += try self.numbers(expression, on: model)
      }
    }
    try run.train()
    for path in names("gradient.").sorted() {
      guard let gradient = trainee.firstGradients[path] else {
        throw Unexpected("\(name): \(path) has no gradient")
      }
      try compare("gradients", "gradient." + path, gradient)
    }
    try compare("losses", "losses", run.history.losses)
    if fixture.values["penalties"] != nil {
      try compare("losses", "penalties", run.history.column("penalty") ?? [])
    }
    for expression in expressions { try compare("each step", expression, traces[expression] ?? []) }
    return trainee.inner.model
  }

  private func compareTrained(_ trained: Module) throws {
    let (logits, loss) = try fixture.forward(trained)
    try compare("losses", "final_loss", [loss.value.item()])
    try compare("losses", "final_logits", logits.doubles())
    for named in trained.parameters() where names("after.").contains(named.path) {
      try compare("values", "after." + named.path, named.parameter.value)
    }
  }

  /// Merged weights, and that the merged model answers as the trained one.
  private func compareMerged(_ trained: Module) throws {
    var unused = names("merged.")
    guard !unused.isEmpty else { return }
    fixture.bench.define("trained", .module(trained))
    let merged = try fixture.bench.module("merge(trained)")
    for named in merged.parameters() where unused.remove(named.path) != nil {
      try compare("merged", "merged." + named.path, named.parameter.value)
    }
    guard unused.isEmpty else { throw Unexpected("\(name), merged, has no \(unused.sorted())") }
    try compare("merged", "final_logits", fixture.forward(merged).logits.doubles())
  }

  /// The folder that the reference saves after the steps, loaded here.
  private func compareAdapter() throws {
    let place = "Tests/Golden/fixtures/\(Self.folder)/\(name)/adapter"
    guard FileManager.default.fileExists(atPath: "\(Package.root)/\(place)") else { return }
    let model = try fixture.bench.module("load(\"\(place)\", base=base)")
    try compare("adapter", "final_logits", fixture.forward(model).logits.doubles())
  }

  // MARK: - Comparing

  private func names(_ prefix: String) -> Set<String> {
    Set(
      fixture.reference.names.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) })
  }

  /// An expression's numbers on `model`, or on the session's own.
  private func numbers(_ expression: String, on model: Module?) throws -> [Double] {
    if let model { fixture.bench.define("model", .module(model)) }
    let value = try fixture.bench.interpreter.tape.withoutRecording { try fixture.bench.run(expression) }
    return try numbers(value, expression)
  }

  private func numbers(_ value: LanguageValue, _ expression: String) throws -> [Double] {
    switch value {
    case .tensor(let variable): return try variable.value.doubles()
    case .int(let number): return [Double(number)]
    case .float(let number): return [number]
    case .bool(let flag): return [flag ? 1 : 0]
    case .list(let list): return try list.elements.flatMap { try numbers($0, expression) }
    default: throw Unexpected("\(expression) gives \(value.typeWithArticle), not numbers")
    }
  }

  private func compare(_ kind: String, _ key: String, _ numbers: [Double]) throws {
    let table = kind == "initially" || kind == "each step" ? kind.replacing(" ", with: "_") : nil
    let expected = table.map { fixture.values[$0]?.object?[key]?.numbers ?? [] } ?? fixture.numbers(key)
    try record(kind, key) { try $0.compare(key, numbers, self.shifted(expected, key)) }
  }

  private func compare(_ kind: String, _ key: String, _ tensor: Tensor) throws {
    let expected = try fixture.reference.tensor(key)
    try record(kind, key) {
      guard tensor.shape == expected.shape else { return try $0.compare(key, [], expected.doubles()) }
      try $0.compare(key, tensor.doubles(), self.shifted(expected.doubles(), key))
    }
  }

  private func record(_ kind: String, _ key: String, _ body: (inout Agreement) throws -> Void) throws {
    compared.append(key)
    if let place = found.firstIndex(where: { $0.kind == kind }) {
      try body(&found[place].agreement)
    } else {
      var agreement = Agreement()
      try body(&agreement)
      found.append((kind, agreement))
    }
  }

  private func shifted(_ numbers: [Double], _ key: String) -> [Double] {
    guard key == perturbed, !numbers.isEmpty else { return numbers }
    var result = numbers
    result[0] += 1e-8 * (numbers.map { abs($0) }.max() ?? 1)
    return result
  }
}

/// A trainee that lets its first gradients be seen, as the optimiser gets them, and the model after each step.
private final class Observed: Trainable {
  let inner: ModelTrainee
  var firstGradients: [String: Tensor] = [:]
  var afterEach: (Module) throws -> Void = { _ in }

  init(_ inner: ModelTrainee) { self.inner = inner }

  var trainable: [ParameterSlot] { inner.trainable }
  func update(_ values: [LeafKey: Tensor]) { inner.update(values) }
  func forward(batch: AnyObject, step: StepContext) throws -> StepOutput {
    try inner.forward(batch: batch, step: step)
  }
  func beforeStep(_ step: StepContext, batch: AnyObject) throws {
    try inner.beforeStep(step, batch: batch)
  }

  func adjust(_ gradients: [LeafKey: Tensor], _ step: StepContext) throws -> [LeafKey: Tensor] {
    try inner.adjust(gradients, step)
  }

  func afterStep(_ step: StepContext, gradients: [LeafKey: Tensor]) throws {
    if step.step == 0 {
      for slot in trainable { firstGradients[slot.path] = gradients[slot.key] }
    }
    try inner.afterStep(step, gradients: gradients)
    try afterEach(inner.model)
  }

  func snapshot() -> AnyObject { inner.snapshot() }
  func restore(_ snapshot: AnyObject) { inner.restore(snapshot) }
}
