import Autograd
import Checkpoints
import Datasets
import Interpreter
import Syntax
import Tensor
import Training

@testable import Commands

/// A folder of reference.json and reference.safetensors, with the base model that it is about: what comparisons with a
/// reference implementation share.
class ParityFixture {
  let bench: Bench
  let base: Module
  let values: JSONObject
  let reference: SafetensorsFile
  private let batch: Batch
  private let span = Span(0, 0, Source("", name: "test"))

  /// `base` is a folder of Tests/Golden/fixtures; nil: what reference.json names. The session has it as `base`, and the batch as `batch`.
  init(folder: String, base: String? = nil, _ math: Math) throws {
    bench = try Bench(math: math)
    values = try Package.json("\(folder)/reference.json")
    reference = try Package.tensors("\(folder)/reference.safetensors")
    guard let place = base ?? values["base"]?.string else {
      throw Unexpected("\(folder) names no base model")
    }
    self.base = try bench.module("base = load(\"Tests/Golden/fixtures/\(place)\"); base")
    batch = ParityFixture.batch(values)
    bench.define("batch", batch.value)
  }

  private static func batch(_ values: JSONObject) -> Batch {
    let rows = values["input_ids"]?.array ?? []
    let ids = rows.flatMap(\.numbers).map { Int32($0) }
    let labels = values["labels"]
    let shape = [rows.count, ids.count / max(rows.count, 1)]
    return Batch(
      ids: Tensor(ids, shape: shape),
      mask: Tensor((values["attention_mask"]?.numbers ?? []).map { $0 != 0 }, shape: shape),
      typeIDs: Tensor(ids.map { _ in Int32(0) }, shape: shape),
      labels: Tensor(
        (labels?.numbers ?? []).map { Int32($0) },
        shape: labels?.array?.first?.array.map { [rows.count, $0.count] } ?? [rows.count]),
      rows: [])
  }

  func numbers(_ key: String) -> [Double] { values[key]?.numbers ?? [] }

  /// Outside a run: as `evaluate` would.
  func forward(_ model: Module) throws -> (logits: Tensor, loss: Variable) {
    let output = try bench.interpreter.call(
      .module(model), Arguments(values: [batch.value]), at: span)
    guard case .tuple(let tuple) = output, case .tensor(let logits)? = tuple["logits"],
      let lossFunction = model.inherited("loss")
    else { throw Unexpected("no logits, or no loss") }
    let loss = try bench.interpreter.call(
      .function(lossFunction), Arguments(values: [output, batch.value]), at: span)
    guard case .tensor(let scalar) = loss else { throw Unexpected("the loss is no tensor") }
    return (logits.value, scalar)
  }

  func gradients(of loss: Variable, _ model: Module) throws -> [LeafKey: Tensor] {
    let keys = model.parameters().filter(\.parameter.isTrainable).map(\.parameter.key)
    return try bench.interpreter.tape.gradients(of: loss, leaves: Set(keys))
  }

  func trainee(_ model: Module) -> ModelTrainee {
    ModelTrainee(model, interpreter: bench.interpreter, span: span)
  }

  /// A run of AdamW on the one batch, by the machinery behind `train`. `model` tells of parameter groups.
  func run(_ trainee: any Trainable, _ model: Module, steps: Int) throws -> Run {
    try Run(
      model: trainee, tape: bench.interpreter.tape,
      optimizer: AdamW(
        learningRate: numbers("lr").first ?? .nan, beta1: 0.9, beta2: 0.999, epsilon: 1e-8,
        weightDecay: numbers("weight_decay").first ?? .nan),
      exampleCount: 1,
      options: RunOptions(
        batchSize: 1, horizon: .steps(steps), groups: ParameterGroups(model).options)
    ) { [batch] _, _ in batch }
  }
}
