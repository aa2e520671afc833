import Foundation
import TestSupport
import Testing

@testable import Session

/// What a new user does with the README and `?` alone: writes an adapter at the prompt, trips on the way, trains it,
/// saves the session and runs it as a file.
@Suite("A first session", .serialized) struct FirstSessionTests {
  @Test func anAdapterIsWrittenTrainedSavedAndRunAgain() throws {
    let typist = try Typist(["--math", "exact"])
    #expect(try typist.ask("?module").contains("    param down = kaiming"))
    try typist.ask("base = load(\"tiny-bert\")")
    try typist.ask("data = read(\"reviews\", task=\"classify\") |> split(validation=0.1, test=0.2)")

    // A member misspelt in the module is told when the module joins a model, with its site and a remedy.
    try declare("base.output", typist)
    let misspelt = try typist.ask("model = base |> classifier(classes=2) |> bottleneck()")
    #expect(misspelt.contains("a Linear has no member `output`"))
    #expect(misspelt.contains("did you mean `outputs`?"))
    #expect(misspelt.contains("in `Bottleneck` of `blocks.0.ffn.down`"))
    #expect(try typist.ask(":undo").hasPrefix("took back  method bottleneck"))
    #expect(try typist.ask(":undo").hasPrefix("took back  module Bottleneck"))

    // A site that is no projection is told with sites that are.
    try declare("base.outputs", typist)
    let elsewhere = try typist.ask(
      "model = base |> classifier(classes=2) |> bottleneck(at=\"blocks.*.ffn\")")
    #expect(
      elsewhere.contains("has no member `outputs`") && elsewhere.contains("blocks.*.ffn.down"))

    try typist.ask("model = base |> classifier(classes=2) |> bottleneck()")
    #expect(try typist.ask("params(model)").contains("blocks.*.ffn.down.bottleneck.up"))
    #expect(try typist.ask("??bottleneck").contains("module Bottleneck(base, size = 8) {"))
    try typist.ask(
      "run = train(model, on=data.train[0:64], optimizer=adamw(lr=1e-2), batch=8, total=4)")
    let score = try typist.ask("evaluate(run.model, on=data.test[0:64])")
    #expect(score.contains("accuracy"))
    try typist.ask(
      "for size in [2, 4] {\rtuned = base |> classifier(classes=2) |> bottleneck(size=size)\r}")
    let count = try typist.ask("len(parameters(tuned, origin=\"added\"))")
    #expect(try typist.ask(":save mine.peft").hasSuffix("cells in mine.peft\n"))

    let script = try typist.folder.read("mine.peft")
    #expect(!script.contains("base.output,") && !script.contains("blocks.*.ffn\""))
    let file = try TerminalProgram(
      Typist.program, ["--math", "exact", "mine.peft"],
      environment: ["HOME": typist.folder.path, "NO_COLOR": "1"], folder: typist.folder.path,
      errors: typist.folder["errors"])
    #expect(try file.waitForEnd(seconds: 300) == 0)
    let printed = String(decoding: file.output, as: UTF8.self).replacing("\r\n", with: "\n")
    #expect(printed.contains(score) && printed.hasSuffix(count))
  }

  /// Types the module and the method as a person does: the prompt opens the lines between the braces.
  private func declare(_ size: String, _ typist: Typist) throws {
    try typist.ask(
      """
      module Bottleneck(base, size = 8) {\r\
      param down = kaiming_uniform([size, base.outputs])\r\
      param up = zeros([\(size), size])\r\
      fn forward(x) {\r\
      h = base(x)\r\
      h + relu(h @ down.T) @ up.T\r\
      }\r\
      }
      """)
    try typist.ask(
      """
      method bottleneck(model, size = 8, at = "blocks.*.ffn.down") in adapter {\r\
      model |> freeze() |> replace(at, layer -> Bottleneck(layer, size))\r\
      }
      """)
  }

  /// A variant of LoRA whose scale is learnt, from `??lora` as a model to follow.
  @Test func aVariantOfLoRA() throws {
    let typist = try Typist(["--math", "exact"])
    let shown = try typist.ask("??lora")
    #expect(shown.contains("module LoRA(base") && shown.contains("method lora(model"))
    try typist.ask(
      """
      module GatedLoRA(base, rank = 4) {\r\
      param A = kaiming_uniform([rank, base.inputs])\r\
      param B = zeros([base.outputs, rank])\r\
      param gate = ones([base.outputs])\r\
      fn forward(x) = base(x) + gate * (x @ A.T @ B.T)\r\
      fn merged() = base with (weight = base.weight + gate[:, new] * (B @ A))\r\
      }
      """)
    try typist.ask(
      "method gated_lora(model, at = model.targets) in reparameterisation"
        + " = model |> freeze() |> replace(at, layer -> GatedLoRA(layer))")
    try typist.ask("model = load(\"tiny-bert\") |> classifier(classes=2) |> gated_lora()")
    try typist.ask("rows = read(\"reviews\", task=\"classify\")[0:32]")
    try typist.ask("run = train(model, on=rows, batch=8, total=3)")
    let agreed = try typist.ask(
      "expect merge(run.model)(rows[0]).logits ~= run.model(rows[0]).logits within 1e-4")
    #expect(agreed == "")
    #expect(try typist.ask("methods()").contains("gated_lora"))
  }
}
