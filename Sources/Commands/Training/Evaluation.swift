import Autograd
import Datasets
import Interpreter
import Tensor
import Training

extension TupleValue {
  /// A member that is a tensor. A model's output has `labels` of its own where an edit lengthened its rows.
  fileprivate func tensor(_ name: String) -> Tensor? {
    if case .tensor(let variable)? = self[name] { return variable.value }
    return nil
  }
}

/// `evaluate(model, on=data)`: metrics over a dataset in its order, nothing recorded, no dropout.
struct Evaluation {
  private let call: NativeCall
  private let model: Module
  private let data: Dataset
  private let collator: Collator
  private let batchSize: Int

  init(_ call: NativeCall) throws {
    self.call = call
    model = try call.interpreter.attachRoot(call.module(0))
    data = try call.host(1, DatasetValue.self, "a dataset").dataset
    batchSize = try call.int(2)
    guard batchSize >= 1 else { throw Mistake("`batch` must be at least 1", argument: "batch") }
    guard !data.isEmpty else {
      throw Mistake("the dataset \(data.name) has no rows", argument: "on")
    }
    let known = try ModelInput.collator(for: model, task: data.task)
    collator =
      call.isNone(3)
      ? known : Collator(encoder: known.encoder, task: data.task, maxLength: try call.int(3))
  }

  func run() throws -> Value {
    try call.tape.withoutRecording {
      switch data.task {
      case .classify: return try classification()
      case .language, .masked, .pairs, .chat: return try languageModel()
      case .regress: return try regression()
      }
    }
  }

  /// Runs the model on every batch: (output's logits, labels).
  private func forEachBatch(_ body: (Tensor, Tensor) throws -> Void) throws {
    let source: any BatchSource =
      data.task == .language
      ? try PackedText(
        data, encoder: collator.encoder, blockLength: collator.maxLength)
      : RowBatches(sortedByLength, collator: collator)
    var start = 0
    while start < source.count {
      try call.interpreter.poll()
      let places = Array(start..<Swift.min(start + batchSize, source.count))
      let batch = try source.batch(places, seed: call.interpreter.seed, step: 0)
      let output = try call.interpreter.call(
        .module(model), Arguments(values: [batch.value]), at: call.span)
      guard case .tuple(let tuple) = output, case .tensor(let logits)? = tuple["logits"] else {
        throw Mistake(
          "this model's output has no `logits` to evaluate", code: "E0595",
          fix: "give it a head, as in `model |> classifier(classes=2)`", argument: "model")
      }
      guard let labels = tuple.tensor("labels") ?? batch.labels else {
        throw Mistake("the rows of \(data.name) have no labels", argument: "on")
      }
      try body(logits.value, labels)
      start += batchSize
    }
  }

  /// Rows of like length together: a batch is padded to its longest, and no metric asks for the order.
  private var sortedByLength: Dataset {
    let places = data.rows.indices.sorted {
      let (a, b) = (data.rows[$0].text.utf8.count, data.rows[$1].text.utf8.count)
      return a == b ? $0 < $1 : a < b
    }
    return data.picking(Array(places))
  }

  private func classification() throws -> Value {
    let engine = call.interpreter.engine
    var metrics: ClassificationMetrics?
    try forEachBatch { logits, labels in
      let classes = logits.shape.last ?? 0
      guard classes >= data.classes.count else {
        throw Mistake(
          "the model tells \(classes) classes apart, the dataset has \(data.classes.count)",
          code: "E0596", fix: "make the head `classifier(classes=\(data.classes.count))`",
          argument: "model")
      }
      var sum = try metrics ?? ClassificationMetrics(classes: classes)
      try sum.add(logits: logits, labels: labels, engine: engine)
      metrics = sum
    }
    guard let metrics else { return .none }
    let binary = metrics.binary
    return .tuple([
      ("accuracy", .float(metrics.accuracy.value)),
      ("precision", .float((binary?.precision ?? metrics.macroPrecision).value)),
      ("recall", .float((binary?.recall ?? metrics.macroRecall).value)),
      ("f1", .float((binary?.f1 ?? metrics.macroF1).value)),
      ("loss", .float(metrics.loss.value)), ("count", .int(metrics.count)),
    ])
  }

  private func languageModel() throws -> Value {
    var metrics = LanguageModelMetrics()
    try forEachBatch { logits, labels in
      var (scores, targets) = (logits, labels)
      if data.task == .language || data.task == .chat {
        let length = logits.shape[1]
        scores = try logits.sliced(axis: 1, range: 0..<(length - 1))
        targets = try labels.sliced(axis: 1, range: 1..<length)
      }
      try metrics.add(logits: scores, labels: targets, engine: call.interpreter.engine)
    }
    return .tuple([
      ("loss", .float(metrics.loss.value)), ("perplexity", .float(try metrics.perplexity.value)),
      ("accuracy", .float(metrics.accuracy.value)), ("count", .int(metrics.count)),
    ])
  }

  private func regression() throws -> Value {
    var metrics = RegressionMetrics()
    try forEachBatch { logits, labels in
      try metrics.add(predictions: logits.reshaped([labels.count]), targets: labels)
    }
    return .tuple([
      ("loss", .float(metrics.meanSquaredError.value)), ("pearson", .float(metrics.pearson.value)),
      ("spearman", .float(metrics.spearman.value)), ("count", .int(metrics.count)),
    ])
  }
}
