import Autograd
import Datasets
import Interpreter
import Tensor
import Training

extension Registry {
  /// The doctor, and the commands that its findings recommend.
  static func checkCommands() -> [CommandRecord] {
    let against = ParameterSpec("against", default: Value.none)
    let line = "d = read(\"reviews\", task=\"classify\")[:64];"
    return [
      CommandRecord(
        "check", [ParameterSpec("run"), against], .training,
        "looks a run over for mistakes: each finding says what, where, and the line that mends it",
        help: """
          Data: labels that are missing, masked or all the same, classes out of balance, repeated and contradicting texts, rows \
          shared with the other parts of a split (or with `against`), texts without words or cut off, a tokenizer that does \
          not fit. Model: names of sites that met nothing, frozen heads, bases that train, numbers that are not finite, merges \
          that give other answers. Training: parameters without gradient, activations that explode or are dead, a learning \
          rate out of proportion to the weights, horizon, warm-up, batch and clipping, over-fitting, a frozen base that \
          changed. The next step is made on trial and undone; the run stays as it is.
          """,
        examples: [
          .init(
            "\(line) check(train(load(\"tiny-bert\") |> classifier() |> lora(), on=d, "
              + "steps=0)).names",
            "[]")
        ], firstTypes: ["run"]
      ) { call in
        let run = try call.run(0)
        let line = TrainingLine(run, call.interpreter)
        var others = try call.others(1)
        if let parts = run.parts {
          let whole =
            line.data.hasSuffix("." + parts.own)
            ? String(line.data.dropLast(parts.own.count)) : "data."
          // Judged by validation first: a test set is for the end.
          others += parts.others.map { (whole + $0.name, $0.data) }
        }
        let patient = Patient(
          call, model: run.trainee.model, data: run.data, others: others, run: run, isRunning: true,
          line: line)
        let place = run.run.horizon.map { "after step \(run.run.stepCount) of \($0)" }
        return .host(try patient.report(subject: place ?? "after step \(run.run.stepCount)"))
      },
      CommandRecord(
        "check", [ParameterSpec("model"), ParameterSpec("on", default: Value.none), against],
        .training,
        "looks a model over for mistakes, with the data that it is to train on",
        firstTypes: ["module"]
      ) { call in
        let model = try call.interpreter.attachRoot(call.module(0))
        let data = call.isNone(1) ? nil : try call.host(1, DatasetValue.self, "a dataset")
        var others = try call.others(2)
        if let parts = data?.siblings {
          others += parts.others.map { ("data." + $0.name, $0.data) }
        }
        let patient = Patient(
          call, model: model, data: data?.dataset, others: others,
          run: try trialRun(call, model, data),
          isRunning: false,
          line: TrainingLine(
            model: call.name(of: call[0]) ?? "model",
            data: call.name(of: call[1]) ?? call.written(1) ?? "data"))
        return .host(
          try patient.report(subject: data == nil ? "without data" : "before any training"))
      },
      CommandRecord(
        "explain", [ParameterSpec("x"), ParameterSpec("at", default: Value.none)], .models,
        "what a parameter, tensor, module, run or method is, and where it comes from",
        help: """
          Of a parameter: why it trains or is frozen, its formula, its start, the lines that made it, its values, and in a run \
          its gradient, the optimiser's memory and its bytes. `explain(run, at="blocks.0.attn.q.lora.A")` names it by its path; \
          `explain(run.model["blocks.0.attn.q.lora.A"])` is the same. Of a module, method, tensor or run what applies.
          """,
        examples: [
          .init(
            "m = load(\"tiny-bert\") |> lora(); explain(m, "
              + "at=\"blocks.0.attn.q.lora.B\").starts_as",
            "\"zeros([base.outputs, rank])\"")
        ]
      ) { call in
        let path = call.isNone(1) ? nil : try call.string(1)
        return .host(
          try Explainer(interpreter: call.interpreter, span: call.span).explain(call[0], at: path))
      },
      CommandRecord(
        "unique", [ParameterSpec("data")], .data,
        "the rows without repetitions: of each text the first row",
        help:
          "Rows without text, and texts that occur under several labels, are left out altogether.",
        examples: [.init("\(line) unique(d).count", "64")], firstTypes: ["dataset"]
      ) { call in
        let data = try call.host(0, DatasetValue.self, "a dataset")
        return .host(DatasetValue(data.dataset.unique, among: data.siblings))
      },
      CommandRecord(
        "without", [ParameterSpec("data"), ParameterSpec("other")], .data,
        "the rows whose text is in no row of another dataset",
        examples: [.init("\(line) without(d, d[0:10]).count", "54")], firstTypes: ["dataset"]
      ) { call in
        let data = try call.host(0, DatasetValue.self, "a dataset")
        let other = try call.host(1, DatasetValue.self, "a dataset").dataset
        let known = Set(other.rows.map(\.identity))
        let kept = data.dataset.rows.filter { !known.contains($0.identity) }
        return .host(DatasetValue(data.dataset.replacingRows(kept), among: data.siblings))
      },
    ]
  }

  /// A run of the model that nobody sees, to make a step on trial; nil where there is nothing to
  /// train or to train on.
  private static func trialRun(
    _ call: NativeCall, _ model: Module, _ data: DatasetValue?
  ) throws -> RunValue? {
    guard let data, !data.dataset.isEmpty, !model.hasShapesOnly,
      model.attribute("tokenizer") != nil,
      model.parameters().contains(where: \.parameter.isTrainable)
    else { return nil }
    let trainee = ModelTrainee(model, interpreter: call.interpreter, span: call.span)
    let makeBatches = { try batches(model, $0, length: nil) }
    let source = try makeBatches(data.dataset)
    let seed = call.interpreter.seed
    let options = RunOptions(
      seed: seed, batchSize: Swift.min(16, source.count), groups: ParameterGroups(model).options)
    let run = try Run(
      model: trainee, tape: call.tape, optimizer: AdamW(), exampleCount: source.count,
      options: options
    ) { indices, step in try source.batch(indices, seed: seed, step: step) }
    return RunValue(
      run, trainee: trainee, data: data.dataset, parts: data.siblings, batches: source,
      makeBatches: makeBatches)
  }
}

extension Patient {
  func report(subject: String) throws -> CheckReport {
    try checkData()
    try checkModel()
    try checkRun()
    return CheckReport(findings, expected: expected, checks: checks, subject: subject)
  }
}

extension NativeCall {
  /// One dataset or a list of them, with what the user calls each.
  fileprivate func others(_ index: Int) throws -> [(name: String, data: Dataset)] {
    if isNone(index) { return [] }
    let values: [Value]
    if case .list(let list) = self[index] { values = list.elements } else { values = [self[index]] }
    return try values.map { value in
      guard case .host(let host) = value, let data = host as? DatasetValue else {
        throw Mistake(
          "`against` must be a dataset or a list of them, not \(value.typeWithArticle)",
          code: "E0547",
          argument: "against")
      }
      return (name(of: value) ?? written(index) ?? data.dataset.name, data.dataset)
    }
  }

  /// The argument as the user wrote it.
  fileprivate func written(_ index: Int) -> String? {
    let name = signature.parameters[index].name
    let arguments = TrainingLine.arguments(of: span, of: signature.name)
    if let named = arguments.first(where: { $0.name == name }) { return named.text }
    return arguments.indices.contains(index) && arguments[index].name == nil
      ? arguments[index].text : nil
  }

  /// The name under which the session knows a value.
  func name(of value: Value) -> String? {
    interpreter.globals.ownNames.first { name in
      switch (interpreter.globals.lookup(name), value) {
      case (.module(let known)?, .module(let module)): known === module
      case (.host(let known)?, .host(let host)): known === host
      default: false
      }
    }
  }
}

extension Dataset {
  /// Of each text the first row; none of a text under several labels, none without text.
  var unique: Dataset {
    var labels: [String: Set<Int?>] = [:]
    for row in rows { labels[row.identity, default: []].insert(row.label) }
    var seen: Set<String> = []
    return replacingRows(
      rows.filter { row in
        !row.isBlank && labels[row.identity]?.count == 1 && seen.insert(row.identity).inserted
      })
  }
}
