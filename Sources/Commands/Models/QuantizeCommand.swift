import Interpreter
import Tensor

extension Registry {
  static func quantizeCommands() -> [CommandRecord] {
    [
      CommandRecord(
        "quantize",
        [
          ParameterSpec("model"), ParameterSpec("type", default: .string("nf4")),
          ParameterSpec("at", default: .string("blocks.**")),
        ], .models, "the model with its weight matrices stored in fewer bits, frozen",
        help: """
          Types: nf4 (4 bits in blocks of 64, their scales quantised too, as QLoRA does: arXiv:2305.14314), int8 (a scale a row), \
          bf16. `at` names the sites; `"**"` takes the embedding and the head too. Products decode a weight tile by tile and are \
          computed in f32. Every method works on top: `quantize(model) |> lora()` is QLoRA. Whoever asks for a weight's elements, \
          as `merge` does, gets them decoded.
          """,
        examples: [
          .init("params(quantize(load(\"tiny-gpt\")) |> lora(rank=4)).trainable", "4096"),
          .init(
            "memory(quantize(gpt2(shapes_only=true)) |> lora()).frozen < memory(gpt2(shapes_only=true) |> lora()).frozen",
            "true"),
        ]
      ) { call in
        let model = try call.interpreter.attachRoot(call.module(0))
        let name = try call.string(1)
        guard let kind = Quantization.Kind.made.first(where: { $0.name == name }) else {
          let known = Quantization.Kind.made.map(\.name)
          throw Mistake(
            "weights cannot be quantized to \"\(name)\"", code: "E0548",
            note: "types: " + known.joined(separator: ", "),
            fix: Suggestion.nearest(name, known).map { "did you mean \"\($0)\"?" }, argument: "type"
          )
        }
        return .module(try quantize(model, kind, at: call.string(2), call.interpreter))
      }
    ]
  }

  private static func quantize(
    _ model: Module, _ kind: Quantization.Kind, at pattern: String, _ interpreter: Interpreter
  ) throws -> Module {
    let compiled = try SitePattern(pattern)
    var count = 0
    // What several places share stays one.
    var boxes: [ObjectIdentifier: Parameter] = [:]
    let result = try model.mappingParameters { path, parameter in
      let value = parameter.value
      guard value.rank == 2, parameter.kind == .trained, parameter.origin == .base,
        compiled.matches(path), value.dtype != .f64
      else { return parameter }
      count += 1
      if value.quantization?.kind == kind { return parameter }
      if let known = boxes[ObjectIdentifier(parameter)] { return known }
      try interpreter.poll()
      let made = parameter.quantized(try interpreter.engine.quantized(value, kind))
      value.storage.releasePages()
      boxes[ObjectIdentifier(parameter)] = made
      return made
    }
    guard count > 0 else {
      throw Mistake(
        "no weight matrix of this model matches \"\(pattern)\"", code: "E0563",
        fix: "`sites(model)` lists the sites", argument: "at")
    }
    return result
  }
}
