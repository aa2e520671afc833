import Datasets
import Interpreter
import Tensor
import Terminal
import Training

extension Registry {
  /// Runs: starting, stepping, going back, going on.
  static func trainingCommands() -> [CommandRecord] {
    let start: [ParameterSpec] = [
      ParameterSpec("model"), ParameterSpec("on"), ParameterSpec("optimizer", default: Value.none, text: "adamw()"),
      ParameterSpec("batch", default: .int(16)), ParameterSpec("total", default: Value.none),
      ParameterSpec("epochs", default: Value.none), ParameterSpec("steps", default: Value.none),
      ParameterSpec("schedule", default: .string("constant")),
      ParameterSpec("warmup", default: .int(0)), ParameterSpec("clip", default: Value.none),
      ParameterSpec("accumulate", default: .int(1)), ParameterSpec("shuffle", default: .bool(true)),
      ParameterSpec("length", default: Value.none), ParameterSpec("snapshots", default: .int(RunOptions.defaultSnapshotBudget), text: "256MiB"),
      ParameterSpec("spill", default: .int(RunOptions.defaultDiskBudget), text: "4GiB"),
    ]
    return [
      CommandRecord(
        "train", start, .training, "starts a run on a dataset, and trains it",
        help: """
          `total` (steps) or `epochs` fixes the run's horizon; `steps` says how many to make now: all by default, 0 for none. \
          `schedule` is constant, linear, cosine or inverse_sqrt, `warmup` a number of steps or a fraction of them; `clip` \
          the largest gradient norm; `length` the most tokens of a row; `snapshots` the \
          bytes of memory for the states that `back` goes to, one a step; older ones go to a nameless file of at most \
          `spill` bytes (and half of what the disk has free), and past both budgets old states are thinned out and the \
          steps between them made again.
          """, firstTypes: ["module"], body: startRun),
      CommandRecord(
        "train",
        [ParameterSpec("run"), ParameterSpec("steps", default: Value.none)],
        .training, "trains a run on: so many steps, or to its horizon", firstTypes: ["run"]
      ) { call in
        let run = try call.run(0)
        var target: Int?
        if !call.isNone(1) { target = run.run.stepCount + (try call.count(1, atLeast: 0)) }
        try TrainingLoop(run, call.interpreter).train(to: target)
        return call[0]
      },
      CommandRecord(
        "batches",
        [ParameterSpec("model"), ParameterSpec("on"), ParameterSpec("size", default: .int(16)),
         ParameterSpec("length", default: Value.none)],
        .training, "a dataset's batches as the model gets them, in the data's order",
        help: "Each is a tuple (ids, mask, segments, labels): `grad(model.loss(model(b), b), wrt=model)`."
      ) { call in
        let model = try call.interpreter.attachRoot(call.module(0))
        let data = try call.host(1, DatasetValue.self, "a dataset").dataset
        let size = try call.int(2)
        guard size >= 1 else { throw Mistake("`size` must be at least 1", argument: "size") }
        let source = try batches(model, data, length: call.isNone(3) ? nil : call.int(3))
        return .list(
          try stride(from: 0, to: source.count, by: size).map { start in
            let places = Array(start..<Swift.min(start + size, source.count))
            return try source.batch(places, seed: call.interpreter.seed, step: 0).value
          })
      },
      CommandRecord(
        "evaluate",
        [ParameterSpec("model"), ParameterSpec("on"), ParameterSpec("batch", default: .int(32)),
         ParameterSpec("length", default: Value.none)],
        .training, "accuracy, precision, recall, F1 and loss on a dataset",
        help: "Precision, recall and F1 are those of the second of two classes, or means over more."
      ) { call in
        try Evaluation(call).run()
      },
    ] + optimizerCommands()
  }

  private static func optimizerCommands() -> [CommandRecord] {
    let beta1 = ParameterSpec("beta1", default: .float(0.9))
    let beta2 = ParameterSpec("beta2", default: .float(0.999))
    let epsilon = ParameterSpec("epsilon", default: .float(1e-8))
    func record(
      _ name: String, _ parameters: [ParameterSpec], _ summary: String,
      _ make: @escaping (NativeCall) throws -> any Optimizer
    ) -> CommandRecord {
      CommandRecord(name, parameters, .training, summary) { call in
        let optimizer = try make(call)
        try optimizer.validate()
        return .host(
          OptimizerValue(optimizer, Array(zip(parameters.map(\.name), call.arguments))))
      }
    }
    return [
      record(
        "adamw",
        [ParameterSpec("lr", default: .float(1e-3)), beta1, beta2, epsilon,
         ParameterSpec("weight_decay", default: .float(0.01))],
        "Adam with decoupled weight decay (Loshchilov and Hutter 2017, arXiv:1711.05101)"
      ) {
        AdamW(
          learningRate: try $0.double(0), beta1: try $0.double(1), beta2: try $0.double(2),
          epsilon: try $0.double(3), weightDecay: try $0.double(4))
      },
      record(
        "adam",
        [ParameterSpec("lr", default: .float(1e-3)), beta1, beta2, epsilon,
         ParameterSpec("weight_decay", default: .float(0))],
        "Adam (Kingma and Ba 2014, arXiv:1412.6980)"
      ) {
        Adam(
          learningRate: try $0.double(0), beta1: try $0.double(1), beta2: try $0.double(2),
          epsilon: try $0.double(3), weightDecay: try $0.double(4))
      },
      record(
        "sgd",
        [ParameterSpec("lr", default: .float(1e-2)), ParameterSpec("momentum", default: .float(0)),
         ParameterSpec("nesterov", default: .bool(false)),
         ParameterSpec("weight_decay", default: .float(0))],
        "stochastic gradient descent, with momentum if asked for"
      ) {
        SGD(
          learningRate: try $0.double(0), momentum: try $0.double(1), nesterov: try $0.bool(2),
          weightDecay: try $0.double(3))
      },
    ]
  }

  private static func startRun(_ call: NativeCall) throws -> Value {
    let model = try call.interpreter.attachRoot(call.module(0))
    try call.interpreter.needValues(model)
    try model.refuseComputed()
    let given = try call.host(1, DatasetValue.self, "a dataset")
    let optimizer =
      call.isNone(2)
      ? AdamW() : try call.host(2, OptimizerValue.self, "an optimizer such as adamw(lr=1e-3)").optimizer
    let trainee = ModelTrainee(model, interpreter: call.interpreter, span: call.span)
    let length = call.isNone(12) ? nil : try call.int(12)
    let makeBatches = { try batches(model, $0, length: length) }
    let source = try makeBatches(given.dataset)
    let options = try options(call, model)
    let seed = options.seed
    let rehearsal = MemoryRehearsal(
      interpreter: call.interpreter, model: model, optimizer: optimizer,
      length: source.longest, options: options, span: call.span)
    try MemoryCheck.check(rehearsal, available: MemoryCheck.available())
    // Blocks of weights that were quantised or left behind fit no step's tensors.
    Storage.trim()
    let run = try Run(
      model: trainee, tape: call.tape, optimizer: optimizer, exampleCount: source.count,
      options: options
    ) { indices, step in try source.batch(indices, seed: seed, step: step) }
    let value = RunValue(
      run, trainee: trainee, data: given.dataset, parts: given.siblings, batches: source,
      makeBatches: makeBatches)
    let steps = call.isNone(6) ? nil : try call.count(6, atLeast: 0)
    if steps != 0 { try TrainingLoop(value, call.interpreter).train(to: steps) }
    return .host(value)
  }

  static func batches(
    _ model: Module, _ data: Dataset, length: Int?
  ) throws -> any BatchSource {
    guard !data.isEmpty else {
      throw Mistake("the dataset \(data.name) has no rows", argument: "on")
    }
    var collator = try ModelInput.collator(for: model, task: data.task)
    if let length {
      collator = Collator(encoder: collator.encoder, task: data.task, maxLength: length)
    }
    if data.task == .language {
      return try PackedText(
        data, encoder: collator.encoder, blockLength: collator.maxLength)
    }
    return RowBatches(data, collator: collator)
  }

  private static func options(_ call: NativeCall, _ model: Module) throws -> RunOptions {
    guard call.isNone(4) || call.isNone(5) else {
      throw Mistake("give `total` or `epochs`, not both", argument: "epochs")
    }
    var horizon: Horizon?
    if !call.isNone(4) { horizon = .steps(try call.int(4)) }
    if !call.isNone(5) { horizon = .epochs(try call.int(5)) }
    let warmup: Warmup
    if case .float(let share) = call[8], share < 1 { warmup = .fraction(share) } else {
      warmup = .steps(try call.int(8))
    }
    let schedule: Schedule
    switch try call.string(7) {
    case "constant": schedule = .constant(warmup: warmup)
    case "linear": schedule = .linear(warmup: warmup)
    case "cosine": schedule = .cosine(warmup: warmup)
    case "inverse_sqrt": schedule = .inverseSqrt(warmup: warmup)
    case let other:
      throw Mistake(
        "there is no schedule \"\(other)\"", code: "E0594",
        note: "schedules: constant, linear, cosine, inverse_sqrt",
        fix: Suggestion.nearest(other, ["constant", "linear", "cosine", "inverse_sqrt"])
          .map { "did you mean \"\($0)\"?" }, argument: "schedule")
    }
    return RunOptions(
      seed: call.interpreter.seed, batchSize: try call.int(3), shuffle: try call.bool(11),
      horizon: horizon, schedule: schedule, groups: ParameterGroups(model).options,
      clip: call.isNone(9) ? nil : try call.double(9), accumulate: try call.int(10),
      snapshotBudget: try call.count(13, atLeast: 0), diskBudget: try call.count(14, atLeast: 0))
  }
}

extension NativeCall {
  func run(_ index: Int) throws -> RunValue { try host(index, RunValue.self, "a run") }
}

/// Steps with a progress bar, Ctrl-C between and within them, and the tape's settings kept.
struct TrainingLoop {
  let run: RunValue
  let interpreter: Interpreter

  init(_ run: RunValue, _ interpreter: Interpreter) {
    self.run = run
    self.interpreter = interpreter
  }

  func step() throws -> StepRecord {
    do {
      return try recorded { try run.run.step(shouldStop: interpreter.isInterrupted) }
    } catch let error as TrainingError where error.kind == .interrupted {
      throw Interrupted()
    }
  }

  func train(to target: Int?) throws {
    let first = run.run.stepCount
    let end = target ?? run.run.horizon ?? first
    let progress = interpreter.makeProgress?("train", end)
    defer { progress?.finish() }
    let outcome = try recorded {
      try run.run.train(
        to: target,
        progress: { record in
          progress?.update(
            record.step, details: ["loss \(interpreter.printer.number(record.loss.rounded(to: 4)))"])
        }, shouldStop: interpreter.isInterrupted)
    }
    if outcome == .interrupted { throw Interrupted() }
  }

  private func recorded<R>(_ body: () throws -> R) throws -> R {
    let before = interpreter.tape.recording
    interpreter.tape.recording = true
    let observer = run.run.observer
    run.run.observer = interpreter.debugger as? any StepObserver
    defer {
      interpreter.tape.recording = before
      run.run.observer = observer
    }
    return try body()
  }
}
