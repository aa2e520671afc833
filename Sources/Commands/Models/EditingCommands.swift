import Interpreter

extension Registry {
  /// Edits of named sites: what methods are written with.
  static func editingCommands() -> [CommandRecord] {
    let before = ModuleType.before()
    let after = ModuleType.after()
    return [
      CommandRecord(
        "freeze", [ParameterSpec("model"), ParameterSpec("at", default: Value.none)], .editing,
        "the model with its pretrained parameters frozen",
        help: """
          Heads and adapters stay trainable, unless `at` names them: then what it names is frozen, whatever it is.
          """
      ) { call in
        let pattern = try call.pattern(1)
        return .module(
          try call.interpreter.setTrainable(
            call.module(0), false, at: pattern, only: pattern == nil ? .base : nil, span: call.span))
      },
      CommandRecord(
        "unfreeze", [ParameterSpec("model"), ParameterSpec("at", default: Value.none)], .editing,
        "the model with parameters made trainable",
        help: "All of them, or those at the sites or parameters that `at` names, as in \"**.bias\"."
      ) { call in
        .module(
          try call.interpreter.setTrainable(
            call.module(0), true, at: call.pattern(1), only: nil, span: call.span))
      },
      CommandRecord(
        "replace", [ParameterSpec("model"), ParameterSpec("at"), ParameterSpec("with")], .editing,
        "the model with each site that `at` matches replaced by `with(site)`",
        help: "`with` may take a second argument: (path, index, count) of the site."
      ) { call in
        .module(
          try call.interpreter.replace(
            call.module(0), at: call.string(1), with: call.function(2), span: call.span))
      },
      CommandRecord(
        "without", [ParameterSpec("model"), ParameterSpec("member")], .editing,
        "the model with none in the place of a member, where it has it",
        help: "As when a head for classes takes the place of a decoder's output matrix.",
        examples: [
          .init("without(load(\"tiny-gpt\"), \"head\").head", "none"),
          .init("without(load(\"tiny-bert\"), \"head\").width", "128"),
        ], firstTypes: ["module"]
      ) { call in
        let model = try call.interpreter.attachRoot(call.module(0))
        return .module(try call.interpreter.taking(call.string(1), outOf: model))
      },
      CommandRecord(
        "before", [ParameterSpec("model"), ParameterSpec("at"), ParameterSpec("edit")], .editing,
        "the model with `edit` run on the input of each site that `at` matches"
      ) { call in
        .module(
          try call.interpreter.wrap(
            call.module(0), at: call.string(1), type: before, edit: call.function(2),
            span: call.span))
      },
      CommandRecord(
        "after", [ParameterSpec("model"), ParameterSpec("at"), ParameterSpec("edit")], .editing,
        "the model with `edit` run on the output of each site that `at` matches",
        help: "An `edit` of several parameters gets the site's inputs too, as many as it asks for."
      ) { call in
        .module(
          try call.interpreter.wrap(
            call.module(0), at: call.string(1), type: after, edit: call.function(2),
            span: call.span))
      },
      CommandRecord(
        "once", [ParameterSpec("module")], .editing,
        "what a module gives without arguments, computed once in each forward pass of the whole model",
        help: "For a part that several sites share, such as one network that makes all layers' prefixes.",
        examples: [.init("module Table() { fn forward() = 3 }; once(Table())", "3")]
      ) { call in
        try call.interpreter.callOnce(call.module(0), at: call.span)
      },
      CommandRecord(
        "merge", [ParameterSpec("model")], .editing,
        "the model with every adapter that can be folded into the weights folded in",
        help: """
          Calls each module's own `merged`, the wrapped module first. Where `use` or `average` chose among named adapters, \
          the merged model is what the chosen ones make of it. `unmerge` takes it back.
          """
      ) { call in
        let model = try call.interpreter.attachRoot(call.module(0))
        let merged = try call.interpreter.merge(model, at: call.span)
        if merged === model { return .module(merged) }
        let pair = Value.tuple([("from", .module(model)), ("to", .module(merged))])
        return .module(merged.settingAttribute("unmerged", pair))
      },
    ] + hookCommands()
  }

  /// What a method adds to training: penalties, parameter groups, hooks, another loss.
  private static func hookCommands() -> [CommandRecord] {
    func hook(_ name: String, _ summary: String, _ help: String) -> CommandRecord {
      CommandRecord(
        name, [ParameterSpec("model"), ParameterSpec("function")], .editing, summary, help: help
      ) { call in
        let model = try call.interpreter.attachRoot(call.module(0))
        var list: [Value] = []
        if case .list(let known)? = model.attribute(name) { list = known.elements }
        let changed = model.settingAttribute(name, .list(list + [try call.function(1)]))
        return .module(call.interpreter.noting(name, at: nil, matched: 1, on: changed, span: call.span))
      }
    }
    return [
      hook(
        "penalty", "the model with a term added to its training loss",
        "`function(model)` gives a scalar."),
      hook(
        "before_step", "the model with a hook that runs before each step's forward pass",
        "`function(model, batch, run)` gives the model to step with; `run` is (step, horizon, seed)."),
      hook(
        "on_gradients", "the model with a hook between backward pass and optimiser",
        "`function(model, gradients, run)` gives the gradients to use, under the same paths; what it leaves out does not move."),
      hook(
        "after_step", "the model with a hook that runs after each optimiser step",
        "`function(model, gradients, run)` gives the model to go on with."),
      CommandRecord(
        "with_loss", [ParameterSpec("model"), ParameterSpec("function")], .editing,
        "the model with another training loss",
        help: "`function(model, batch)` gives a scalar; it calls the model itself."
      ) { call in
        .module(
          try call.interpreter.attachRoot(call.module(0)).settingAttribute(
            "replaced_loss", call.function(1)))
      },
      CommandRecord(
        "parameter_group",
        [
          ParameterSpec("model"), ParameterSpec("at"), ParameterSpec("ratio", default: .float(1)),
          ParameterSpec("weight_decay", default: Value.none), ParameterSpec("lr", default: Value.none),
        ], .editing, "the model with parameters that learn at their own rate",
        help: """
          The optimiser's rate (or `lr`, where one is given) times `ratio`; `at` names parameters, as in "**.lora.B". Where several groups name a \
          parameter, the first does.
          """
      ) { call in
        let model = try call.interpreter.attachRoot(call.module(0))
        var list: [Value] = []
        if case .list(let known)? = model.attribute("parameter_groups") { list = known.elements }
        let pattern = try call.string(1)
        let compiled = try SitePattern(pattern)
        guard model.parameters().contains(where: { compiled.matches($0.path) }) else {
          throw Mistake(
            "no parameter of this model matches \"\(pattern)\"", code: "E0563",
            fix: "`params(model)` lists them", argument: "at")
        }
        let group = Value.tuple([
          ("at", call[1]), ("ratio", .float(try call.double(2))),
          ("weight_decay", call.isNone(3) ? .none : .float(try call.double(3))),
          ("lr", call.isNone(4) ? .none : .float(try call.double(4))),
        ])
        let changed = model.settingAttribute("parameter_groups", .list(list + [group]))
        let paths = model.parameters().map(\.path)
        return .module(
          call.interpreter.noting(
            "parameter_group", at: pattern, matched: paths.count(where: compiled.matches), among: paths,
            on: changed, span: call.span))
      },
    ]
  }
}

extension NativeCall {
  /// A pattern, or nil for `none`.
  func pattern(_ index: Int) throws -> String? { isNone(index) ? nil : try string(index) }
}
