import Autograd
import Datasets
import Interpreter
import Tensor
import Tokenizers
import Training

extension Registry {
  /// Two models side by side, the tape as a picture, a batch as a grid.
  static func pictureCommands(_ paths: Paths) -> [CommandRecord] {
    let models = "m = load(\"tiny-bert\"); n = m |> lora(rank=2);"
    let on = ParameterSpec("on", default: Value.none)
    return [
      CommandRecord(
        "diff", [ParameterSpec("a"), ParameterSpec("b"), on], .models,
        "what the weights of two models differ in, site by site, adapters folded in",
        help: """
          ‖ΔW‖, by ‖W‖, the numerical rank and the singular values of each change ΔW = W_b - W_a, parameters that only one \
          has, and a map of where the changes are. With data `on`, also by how much folding in changes the answers. \
          `diff(a, b)["blocks.0.attn.q.weight"].change` is ΔW itself.
          """,
        examples: [
          .init("\(models) diff(m, n)", "no weight differs\n0 parameters differ, 39 are the same")
        ], firstTypes: ["module", "run"]
      ) { call in
        let (a, b) = try (call.model(0), call.model(1))
        let batch = call.isNone(2) ? nil : try call.input(2)
        return .host(
          try ModelDifference(a, b, on: batch, interpreter: call.interpreter, span: call.span))
      },
      CommandRecord(
        "divergence",
        [
          ParameterSpec("a"), ParameterSpec("b"), ParameterSpec("on"),
          ParameterSpec("within", default: .float(0)),
        ], .models,
        "the first operation in which two models part on the same data",
        help: """
          Both run in lockstep. Operations that only one has, such as an adapter's, are passed over as long as the results \
          agree. `within` is the largest difference, by the result's own size, that still counts as the same.
          """,
        examples: [
          .init(
            "\(models) divergence(m, n, on=\"a text\").same",
            "\"49 operations, with the same results\"")
        ],
        firstTypes: ["module", "run"]
      ) { call in
        let (a, b) = try (call.model(0), call.model(1))
        let input = try call.input(2)
        let left = try OperationRecorder.record(a, on: input, call.interpreter, at: call.span)
        let right = try OperationRecorder.record(b, on: input, call.interpreter, at: call.span)
        return .host(
          try Divergence(a, b, tolerance: call.double(3), interpreter: call.interpreter).find(
            left, right))
      },
      CommandRecord(
        "graph", [ParameterSpec("x"), on, ParameterSpec("to", default: Value.none)], .models,
        "the operations behind a tensor, or of a model's forward pass, as a picture",
        help: """
          Of a tensor its tape; of a run the forward pass on the next batch, of a model the one `on` some data. Frozen weights, \
          trainable ones and what a method added are told apart. `to="graph.svg"` draws it with Graphviz, or writes Graphviz' \
          source (`graph.dot`) where that is not installed.
          """,
        examples: [.init("x = tensor([1.0, 2.0]); graph(sum(x * x)).operations", "2")]
      ) { call in
        let picture = try graph(call)
        guard !call.isNone(2) else { return .host(picture) }
        let path = try paths.writable(call.string(2))
        return .string(try picture.write(to: path))
      },
      CommandRecord(
        "mask", [ParameterSpec("batch"), ParameterSpec("model", default: Value.none)], .data,
        "the tokens, labels and weights of a batch in a grid",
        help: """
          Of a run: its next batch. A batch of `batches(model, data)` shows words if the `model` is given, whose tokenizer made \
          it, and numbers if not. A weight of 0 marks what the loss leaves out, or, where a row has one label, padding.
          """,
        examples: [
          .init(
            "m = load(\"tiny-bert\"); b = batches(m, read(\"reviews\", task=\"classify\")[2:3]); "
              + "mask(b[0], m)",
            "row 0, label 1: 9 of 9 tokens attended to\n  token  [CLS] uneven but a lot of fun . "
              + "[SEP]\n  mask   1     1      1   1 1   1  1   1 1"
          )
        ]
      ) { .host(try grid($0)) },
    ]
  }

  private static func graph(_ call: NativeCall) throws -> GraphPicture {
    switch call[0] {
    case .tensor(let variable):
      guard let node = variable.node else {
        throw Mistake(
          "no operation is kept behind this tensor", code: "E0591",
          note: "it is a constant: frozen, whole numbers, or made where nothing is recorded",
          argument: "x")
      }
      let names = parameterNames(call.interpreter)
      return GraphPicture(node) { names[$0] }
    case .module:
      let model = try call.model(0)
      guard !call.isNone(1) else {
        throw Mistake(
          "the graph of a model is that of its operations on some data", code: "E0546",
          fix: "graph(model, on=\"a text\")", argument: "x")
      }
      let steps = try OperationRecorder.record(
        model, on: call.input(1), call.interpreter, at: call.span)
      return GraphPicture(steps, of: model)
    default:
      let run = try call.run(0)
      guard let batch = try run.run.nextBatch() as? Batch else {
        throw Mistake("the run has no batch")
      }
      let model = run.trainee.model
      let input = call.isNone(1) ? batch.value : try call.input(1)
      return GraphPicture(
        try OperationRecorder.record(model, on: input, call.interpreter, at: call.span), of: model)
    }
  }

  /// Paths of the parameters of every model and run that the session knows.
  private static func parameterNames(_ interpreter: Interpreter) -> [LeafKey: String] {
    var names: [LeafKey: String] = [:]
    for name in interpreter.globals.ownNames {
      let model: Module?
      switch interpreter.globals.lookup(name) {
      case .module(let module)?: model = module
      case .host(let host)?: model = (host as? RunValue)?.trainee.model
      default: model = nil
      }
      for named in model?.parameters() ?? [] { names[named.parameter.key] = named.path }
    }
    return names
  }

  private static func grid(_ call: NativeCall) throws -> BatchGrid {
    if case .host(let host) = call[0], let run = host as? RunValue {
      guard let batch = try run.run.nextBatch() as? Batch else {
        throw Mistake("the run has no batch")
      }
      let patient = run.trainee.model.attribute("tokenizer")
      return try BatchGrid(
        ids: batch.ids, mask: batch.mask, labels: batch.labels, tokenizer: tokenizer(patient),
        classes: run.data.classes, isShifted: run.data.task == .language)
    }
    guard case .tuple(let tuple) = call[0], case .tensor(let ids)? = tuple["ids"],
      case .tensor(let mask)? = tuple["mask"]
    else {
      throw Mistake(
        "`mask` takes a run or a batch (ids, mask, labels), not \(call[0].typeWithArticle)",
        code: "E0547",
        fix: "mask(batches(model, data)[0], model)", argument: "batch")
    }
    var labels: Tensor?
    if case .tensor(let given)? = tuple["labels"] { labels = given.value }
    let model = call.isNone(1) ? nil : try call.model(1)
    // Each token its own label: what a language model's batch has.
    let isShifted =
      try labels.map { labels in
        guard labels.shape == ids.shape else { return false }
        return try zip(labels.ints(), ids.value.ints()).allSatisfy {
          $0 == $1 || $0 == Batch.ignored
        }
          && !zip(labels.ints(), mask.value.bools()).contains { $0 == Batch.ignored && $1 }
      } ?? false
    return try BatchGrid(
      ids: ids.value, mask: mask.value, labels: labels,
      tokenizer: tokenizer(model?.attribute("tokenizer")),
      classes: [], isShifted: isShifted)
  }

  private static func tokenizer(_ value: Value?) -> Tokenizer? {
    guard case .host(let host)? = value else { return nil }
    return (host as? TokenizerValue)?.tokenizer
  }
}

extension NativeCall {
  /// A model, attached; of a run its model.
  func model(_ index: Int) throws -> Module {
    if case .host(let host) = self[index], let run = host as? RunValue { return run.trainee.model }
    return try interpreter.attachRoot(module(index))
  }

  /// Something that a model can be called with; of a dataset its first rows.
  func input(_ index: Int) throws -> Value {
    if case .host(let host) = self[index], let data = host as? DatasetValue {
      return .host(DatasetValue(data.dataset.picking(Array(0..<Swift.min(8, data.dataset.count)))))
    }
    return self[index]
  }
}
