import Autograd
import Interpreter

extension Registry {
  /// Models taken apart and mapped: what hooks and penalties are written with.
  static func moduleCommands() -> [CommandRecord] {
    let model = ParameterSpec("model")
    let line = "m = Linear(2, 3);"
    return [
      CommandRecord(
        "parameters", [model, ParameterSpec("at", default: Value.none), ParameterSpec("origin", default: Value.none)],
        .models, "the parameters of a model by their paths, those of a pattern or an origin only",
        help: """
          A tuple of tensors through which gradients flow, in the model's order; `at` names sites or parameters. `origin` is \
          "base" for the pretrained ones, "added" for those of heads and methods. States (masks, averages) are not among them.
          """,
        examples: [.init("\(line) map(parameters(m), p -> p.shape)", "[[3, 2], [3]]")]
      ) { call in
        let model = try call.interpreter.attachRoot(call.module(0))
        let origin = try call.origin(2)
        let pattern = try call.pattern(1).map { try SitePattern($0) }
        let found = model.parameters().filter { named in
          named.parameter.kind == .trained && (origin.map { $0 == named.parameter.origin } ?? true)
            && (pattern.map { SitePattern.covers($0, named.path) } ?? true)
        }
        return .tuple(found.map { ($0.path, .tensor(call.interpreter.variable(of: $0.parameter))) })
      },
      CommandRecord(
        "pretrained", [model], .models,
        "the model with every pretrained parameter as it was before any training or edit",
        help: "Heads and adapters keep their values.",
        examples: [.init("\(line) n = m with (bias=stop_gradient(ones([3]))); pretrained(n).bias", "tensor f32 [3]\n  0.0000  0.0000  0.0000")]
      ) { call in
        let model = try call.interpreter.attachRoot(call.module(0))
        return .module(model.mappingParameters { _, parameter in parameter.restored() })
      },
      CommandRecord(
        "modules", [model, ParameterSpec("type")], .models, "the modules of one type in a model, in its order",
        examples: [.init("\(line) len(modules(m, Linear))", "1")]
      ) { call in
        let model = try call.interpreter.attachRoot(call.module(0))
        let type = try call.moduleType(1)
        return .list(model.modules().filter { $0.type === type }.map { .module($0) })
      },
      CommandRecord(
        "map_modules", [model, ParameterSpec("type"), ParameterSpec("function")], .editing,
        "the model with each module of a type replaced by `function(module)`",
        help: "For the changes that hooks make: `map_modules(model, LoRA, m -> m with (B=0.9 * m.B))`.",
        examples: [.init("\(line) n = map_modules(m, Linear, l -> l with (bias=ones([3]))); n.bias",
          "tensor f32 [3]\n  1.0000  1.0000  1.0000")]
      ) { call in
        let model = try call.interpreter.attachRoot(call.module(0))
        return .module(
          try call.interpreter.mapModules(
            model, of: call.moduleType(1), by: call.function(2), span: call.span))
      },
    ]
  }
}

extension NativeCall {
  /// A module type, as its constructor's name gives it.
  func moduleType(_ index: Int) throws -> ModuleType {
    if case .function(let function) = self[index], case .constructor(let type) = function.kind {
      return type
    }
    throw Mistake(
      "`\(signature.parameters[index].name)` must be a module type such as Linear, not "
        + self[index].typeWithArticle, code: "E0547", argument: signature.parameters[index].name)
  }

  func origin(_ index: Int) throws -> Parameter.Origin? {
    if isNone(index) { return nil }
    switch try string(index) {
    case "base": return .base
    case "added": return .added
    case let other:
      throw Mistake(
        "parameters have no origin \"\(other)\"", code: "E0548", note: "origins: base, added",
        argument: "origin")
    }
  }
}
