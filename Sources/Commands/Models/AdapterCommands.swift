import Interpreter

extension Registry {
  /// Several named adapters on one model: adding, choosing, averaging, taking away.
  static func adapterCommands() -> [CommandRecord] {
    let model = ParameterSpec("model")
    let line = "m = load(\"tiny-bert\") |> add_adapter(\"a\", lora) |> add_adapter(\"b\", lora);"
    return [
      CommandRecord(
        "add_adapter", [model, ParameterSpec("name"), ParameterSpec("method")], .editing,
        "the model with what `method(model)` adds to it, under a name of its own",
        help: """
          Any method that adds modules: `m |> add_adapter("news", m -> lora(m, rank=4))`. Its parameters stand under the name: \
          `blocks.0.attn.q.news.A`. Until `use` or `average` choose, all adapters of a model take part, each on what \
          those before it left.
          """,
        examples: [.init("\(line) len(adapters(m))", "2")]
      ) { call in
        let name = try call.string(1)
        guard !name.isEmpty, name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" })
        else {
          throw Mistake(
            "\"\(name)\" is no name for an adapter", code: "E0565",
            note: "it is part of parameters' paths: letters, numbers, _ and -", argument: "name")
        }
        let model = try call.interpreter.attachRoot(call.module(0))
        guard !model.namedAdapters.contains(name) else {
          throw Mistake(
            "the model has an adapter \"\(name)\" already", code: "E0565",
            fix: "take another name, or `remove_adapter` the old one", argument: "name")
        }
        return .module(
          try call.interpreter.adding(name, to: model, by: call.function(2), at: call.span))
      },
      CommandRecord(
        "adapters", [model], .models, "the adapters of a model: their sites, parameters, and which take part"
      ) { call in
        let model = try call.interpreter.attachRoot(call.module(0))
        return .host(AdapterTable.make(model))
      },
      CommandRecord(
        "use", [model, ParameterSpec("names", variadic: true)], .editing,
        "the model with only these named adapters taking part; with no name, none",
        help: """
          Nothing is copied, drawn or removed: the others stay where they are and are passed by. Of several at one site each \
          works on what the ones below it left, in the order in which they were added.
          """,
        examples: [.init("\(line) adapters(use(m, \"b\")).takes_part", "[false, true]")]
      ) { call in
        let model = try call.interpreter.attachRoot(call.module(0))
        let names = try call.list(1).flatMap { value -> [Value] in
          if case .list(let list) = value { list.elements } else { [value] }
        }
        for name in names { try check(name, model) }
        return .module(model.settingAttribute("active_adapters", .list(names)))
      },
      CommandRecord(
        "average", [model, ParameterSpec("weights", named: true)], .editing,
        "the model whose edits are the weighted mean of what each adapter alone would give",
        help: """
          `average(m, news=0.7, sports=0.3)`; the weights are divided by their sum. At each site the outputs are averaged, \
          so that adapters of different ranks and kinds may meet, where what they edit is one tensor.
          """,
        examples: [.init("\(line) n = average(m, a=3, b=1); adapters(n).takes_part", "[true, true]")]
      ) { call in
        let model = try call.interpreter.attachRoot(call.module(0))
        guard case .tuple(let weights) = call[1], !weights.names.isEmpty else {
          throw Mistake(
            "`average` needs the adapters and their weights", fix: "write `average(model, a=0.5, b=0.5)`")
        }
        for name in weights.names { try check(.string(name), model) }
        let numbers = try weights.elements.map { try call.interpreter.number($0, at: call.span) }
        let total = numbers.reduce(0, +)
        guard total.isFinite, total != 0 else {
          throw Mistake("the weights add up to \(total), so they have no mean", argument: "weights")
        }
        return .module(
          model.settingAttribute(
            "active_adapters",
            .tuple(TupleValue(names: weights.names, elements: numbers.map { .float($0 / total) }))))
      },
      CommandRecord(
        "remove_adapter", [model, ParameterSpec("names", variadic: true)], .editing,
        "the model without these adapters",
        examples: [.init("\(line) adapters(remove_adapter(m, \"a\")).adapter", "[\"b\"]")]
      ) { call in
        let model = try call.interpreter.attachRoot(call.module(0))
        let names = try call.list(1)
        for name in names { try check(name, model) }
        return .module(
          try call.interpreter.removing(names.map(text), from: model, at: call.span))
      },
      CommandRecord(
        "unmerge", [model], .editing, "the model as it was before `merge`, to the bit",
        examples: [.init("\(line) adapters(unmerge(merge(m))).adapter", "[\"a\", \"b\"]")]
      ) { call in
        let model = try call.module(0)
        guard case .tuple(let pair)? = model.ownAttribute("unmerged"),
          case .module(let original)? = pair["from"], case .module(let merged)? = pair["to"],
          model.hasParameters(of: merged)
        else {
          throw Mistake(
            "this model was not merged, or was changed since", code: "E0566",
            fix: "keep the model that you merge: `merge` leaves it as it was", argument: "model")
        }
        return .module(original)
      },
      CommandRecord(
        "observe",
        [model, ParameterSpec("input"), ParameterSpec("at", default: .string("blocks.*"))], .models,
        "a forward pass with what its sites gave: (output, states by path)",
        help: "States come in the order in which they were reached. Gradients flow through them.",
        examples: [.init("m = load(\"tiny-bert\"); len(observe(m, \"a text\").states)", "2")]
      ) { call in
        try call.interpreter.observe(call.module(0), call[1], at: call.string(2), span: call.span)
      },
      CommandRecord(
        "tap", [model, ParameterSpec("at")], .editing,
        "the model that keeps what these sites give during each forward pass, for `tapped`",
        help: "For parts that stand beside the model and read it on its way, such as a side network."
      ) { call in .module(try call.interpreter.tap(call.module(0), at: call.string(1))) },
      CommandRecord(
        "tapped", [ParameterSpec("path")], .editing,
        "what a tapped site gave in the forward pass that runs",
        help: "Inside of a module's `forward`, after the site ran."
      ) { call in try call.interpreter.tapped(call.string(0)) },
      CommandRecord(
        "is_training", [], .editing, "whether a training step runs: true inside of `step` and `train` only",
        help: "For parts that are drawn in training and fixed elsewhere, as `drop` is.",
        examples: [.init("is_training()", "false")]
      ) { call in .bool(call.interpreter.isTraining) },
      CommandRecord(
        "with_values", [model, ParameterSpec("values")], .editing,
        "the model with other values for the parameters that a tuple names by their paths",
        help: """
          What `parameters(model)` gives, computed anew: `with_values(m, map_values(parameters(m), w -> 0.5 * w))`. Gradients \
          flow through the values to what they were computed from.
          """,
        examples: [
          .init("m = Linear(2, 3); with_values(m, (bias=ones([3]))).bias", "tensor f32 [3]\n  1.0000  1.0000  1.0000")
        ]
      ) { call in
        guard case .tuple(let values) = call[1] else {
          throw Mistake(
            "`values` are a tuple of tensors by their paths, not \(call[1].typeWithArticle)",
            code: "E0547", fix: "take `parameters(model)` and change what it gives", argument: "values")
        }
        return .module(try call.interpreter.substituting(call.module(0), values, span: call.span))
      },
    ]
  }

  private static func text(_ value: Value) -> String {
    if case .string(let text) = value { text } else { "" }
  }

  private static func check(_ name: Value, _ model: Module) throws {
    guard case .string(let text) = name else {
      throw Mistake("an adapter's name is a string, not \(name.typeWithArticle)", code: "E0547")
    }
    let known = model.namedAdapters
    guard !known.contains(text) else { return }
    throw Mistake(
      "the model has no adapter \"\(text)\"", code: "E0565",
      note: known.isEmpty ? "it has none" : "it has " + known.joined(separator: ", "),
      fix: Suggestion.nearest(text, known).map { "did you mean \"\($0)\"?" })
  }
}

/// `adapters(model)`.
enum AdapterTable {
  static func make(_ model: Module) -> TableValue {
    let active = model.activeAdapters
    let parameters = model.parameters().filter { $0.parameter.kind == .trained }
    let rows = model.namedAdapters.map { name -> [Value] in
      let modules = model.modules().filter { $0.belongs(to: name) }
      let count = parameters.filter { named in
        named.path.split(separator: ".").contains { $0 == name }
      }.reduce(0) { $0 + $1.parameter.value.count }
      let types = modules.map(\.type.name).reduce(into: [String]()) { known, type in
        if !known.contains(type) { known.append(type) }
      }
      return [
        .string(name), .bool(active.contains(name)), .int(modules.count), .int(count),
        .string(types.joined(separator: ", ")),
      ]
    }
    return TableValue(["adapter", "takes part", "sites", "parameters", "modules"], rows)
  }
}
