import Autograd
import Datasets
import Interpreter
import Syntax
import Tensor
import Training

/// What training a model will take, found by rehearsing its steps: the run, the model's own code and
/// the method's, the backward pass and the optimiser do what they would do, on tensors of which only
/// the sizes are real. So the figures follow whatever a method does, without a formula for each.
struct MemoryRehearsal {
  let interpreter: Interpreter
  let model: Module
  let optimizer: any Optimizer
  let length: Int
  var options: RunOptions
  let span: Span

  /// Bytes by kind.
  struct Result {
    var frozen = 0
    var trained = 0
    var optimizer = 0
    var gradients = 0
    var activations = 0
    var snapshots = 0
    /// The most at one time, weights included; free blocks of the pool count, the program does not.
    var tensors = 0
  }

  /// The steps that are rehearsed: what the first leaves behind meets what the later ones take.
  private static let count = 3

  /// Integers are handled in earnest, so more tokens than these are found from fewer: what a step
  /// takes grows by the same for each row.
  private static let mostTokens = 1 << 16

  func run() throws -> Result {
    let rows = Swift.max(1, MemoryRehearsal.mostTokens / Swift.max(length, 1))
    guard options.batchSize > 2 * rows else { return try rehearse(options.batchSize) }
    let (fewer, more) = (try rehearse(rows), try rehearse(2 * rows))
    let steps = Double(options.batchSize - rows) / Double(rows)
    var result = more
    func grown(_ path: KeyPath<Result, Int>) -> Int {
      fewer[keyPath: path] + Int(steps * Double(more[keyPath: path] - fewer[keyPath: path]))
    }
    result.activations = grown(\.activations)
    result.tensors = grown(\.tensors)
    return result
  }

  private func rehearse(_ batch: Int) throws -> Result {
    var result = Result()
    for named in model.parameters() {
      let value = named.parameter.value
      // A file's blocks become f32 when they are trained.
      let bytes = named.parameter.isTrainable ? value.count * value.dtype.size : value.byteCount
      if named.parameter.isTrainable { result.trained += bytes } else { result.frozen += bytes }
    }
    result.gradients = result.trained
    var rehearsal = self
    rehearsal.options.batchSize = batch
    let (found, account) = try Storage.account(rehearsal: true) { try rehearsal.steps() }
    result.optimizer = found.optimizer
    result.activations = found.activations
    result.snapshots = found.snapshots
    result.tensors = result.frozen + result.trained + account.held - found.ownWeights
    return result
  }

  /// What the steps take of the pool, rehearsed or made in earnest.
  func account(inEarnest: Bool) throws -> MemoryAccount {
    try Storage.account(rehearsal: !inEarnest) { try steps() }.account
  }

  private struct Found {
    var optimizer = 0
    var activations = 0
    var snapshots = 0
    /// Weights that the rehearsal itself made, of a model of shapes.
    var ownWeights = 0
  }

  private func steps() throws -> Found {
    var found = Found()
    let start = Storage.bytesInUse
    let trainee = ModelTrainee(withRoom(model), interpreter: interpreter, span: span)
    found.ownWeights = Storage.bytesInUse - start
    // A classifier has one label a row, a language model one a token.
    let isPerToken = try !hasRowLabels(trainee)
    let source = sourceOfBatches(isPerToken: isPerToken)
    var options = options
    // The user's may be too short for the steps that are rehearsed.
    (options.horizon, options.schedule) = (.steps(1000), .constant())
    let run = try Run(
      model: trainee, tape: interpreter.tape, optimizer: optimizer,
      exampleCount: options.batchSize * options.accumulate, options: options
    ) { indices, _ in source(indices.count) }
    try watching { begin, activations in
      for _ in 0..<MemoryRehearsal.count {
        begin()
        try run.step(shouldStop: interpreter.isInterrupted)
      }
      found.activations = activations()
    }
    found.optimizer = run.optimizerBytes
    let current = trainee.trainable.reduce(0) { $0 + $1.value.byteCount }
    found.snapshots = Swift.max(0, run.snapshotBytes - current - run.optimizerBytes)
    return found
  }

  /// Notes how much is in use when a backward pass begins, beyond what there was before the step.
  private func watching(_ body: (() -> Void, () -> Int) throws -> Void) rethrows {
    let tape = interpreter.tape
    let (checkpoint, recording) = (tape.checkpoint, tape.recording)
    defer { (tape.checkpoint, tape.recording) = (checkpoint, recording) }
    var (before, most) = (0, 0)
    var isForward = false
    tape.checkpoint = {
      if isForward { most = Swift.max(most, Storage.bytesInUse - before) }
      isForward = false
      try checkpoint?()
    }
    try body(
      {
        before = Storage.bytesInUse
        isForward = true
      }, { most })
  }

  private func sourceOfBatches(isPerToken: Bool) -> (Int) -> Batch {
    { [length] count in
      let shape = [count, length]
      return Batch(
        ids: .zeros(shape, dtype: .i64), mask: .full(shape, 1, dtype: .bool),
        typeIDs: .zeros(shape, dtype: .i64),
        labels: .zeros(isPerToken ? shape : [count], dtype: .i64), rows: [])
    }
  }

  /// Whether the model's loss takes one label a row: a pass on one row of two tokens tells.
  private func hasRowLabels(_ trainee: ModelTrainee) throws -> Bool {
    let shape = [1, 2]
    func passes(_ labels: Tensor) -> Bool {
      let batch = Batch(
        ids: .zeros(shape, dtype: .i64), mask: .full(shape, 1, dtype: .bool),
        typeIDs: .zeros(shape, dtype: .i64), labels: labels, rows: [])
      let step = StepContext(step: 0, horizon: 1000, seed: options.seed)
      return (try? trainee.forward(batch: batch, step: step)) != nil
    }
    if passes(.zeros(shape, dtype: .i64)) { return false }
    return passes(.zeros([1], dtype: .i64))
  }

  /// The model with room in place of values that are not there.
  private func withRoom(_ model: Module) -> Module {
    guard model.hasShapesOnly else { return model }
    return model.mappingParameters { _, parameter in
      guard !parameter.value.hasValues else { return parameter }
      let value = parameter.value
      return Parameter(
        key: parameter.key, kind: parameter.kind,
        value: value.quantization.map { Tensor($0.room) }
          ?? Tensor(uninitialized: value.shape, dtype: value.dtype),
        isTrainable: parameter.isTrainable, origin: parameter.origin)
    }
  }
}

/// `memory(model, …)`: what training will take, by kind.
final class MemoryReport: HostValue {
  let found: MemoryRehearsal.Result

  init(_ found: MemoryRehearsal.Result) { self.found = found }

  /// Code, the library and the bundled files, as a session without tensors was measured.
  static let program = 40 << 20

  var total: Int { found.tensors + MemoryReport.program }

  private var kinds: [(name: String, text: String, bytes: Int)] {
    let named = [
      ("frozen", "weights, frozen", found.frozen), ("trained", "weights, trained", found.trained),
      ("optimizer", "optimizer", found.optimizer), ("gradients", "gradients", found.gradients),
      ("activations", "kept for the backward pass", found.activations),
      ("snapshots", "kept for going back", found.snapshots),
    ]
    let rest = found.tensors - named.reduce(0) { $0 + $1.2 }
    return named + [
      ("work", "work of single operations", Swift.max(0, rest)),
      ("program", "the program", MemoryReport.program),
    ]
  }

  var typeName: String { "memory" }
  var memberNames: [String] { ["total"] + kinds.map(\.name) }

  func member(_ name: String) throws -> Value? {
    if name == "total" { return .int(total) }
    return kinds.first { $0.name == name }.map { .int($0.bytes) }
  }

  func description(for printer: Printer) -> String {
    let rows = kinds.filter { $0.bytes > 0 }.map { kind -> [Value] in
      [.string(kind.text), .string(MemoryReport.megabytes(kind.bytes, printer))]
    }
    return TableValue(
      ["kind", "MB"], rows, footer: "in all \(MemoryReport.megabytes(total, printer)) MB at most"
    ).description(for: printer)
  }

  static func megabytes(_ bytes: Int, _ printer: Printer) -> String {
    let value = Double(bytes) / 1e6
    return value < 10
      ? printer.number((value * 100).rounded() / 100) : printer.grouped(Int(value.rounded()))
  }
}
