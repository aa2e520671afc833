import Interpreter
import Testing

@testable import Commands

/// Trainable parameters that papers and libraries publish, of models of shapes alone. The low-rank methods' first rows are
/// ShapesOnlyTests'; those of encoder-decoder models (BART, T5) are in Tests/Golden/models/shapes.peft. DeBERTaV3's six
/// matrices have BERT's shapes.
struct MethodCountsTests {
  private static let llama =
    "llama(128256, 3072, 28, 24, 8, inner=8192, tied=true, shapes_only=true)"
  private static let bert = "bert(shapes_only=true)"
  private static let large = "bert(width=1024, depth=24, heads=16, shapes_only=true)"
  private static let six = "blocks.*.{attn.{q,k,v,out},ffn.{up,down}}"

  static let rows: [(String, String, Int)] = [
    (llama, "rslora(rank=64)", 18_350_080),
    (llama, "dora(rank=32)", 9_289_728),
    (llama, "adalora(rank=64)", 18_353_664),
    (llama, "ia3()", 286_720),
    (
      llama, "ia3(at=\"blocks.*.attn.{q,k,v,out}\", inner=\"blocks.*.ffn.{gate,up,down}\", dialect=\"peft\")",
      630_784
    ),
    (llama, "p_tuning_v2(length=200)", 11_468_800),
    (llama, "prompt_tuning(length=200)", 614_400),
    (llama, "p_tuning(length=20, encoder=\"mlp\")", 28_382_208),
    // PiSSA's are LoRA's; it has no published row, but starts from values that a model of shapes does not have.
    (llama, "pissa(rank=32)", 9_175_040),
    (bert, "pfeiffer()", 894_528),
    (bert, "houlsby(dialect=\"adapterhub\")", 1_789_056),
    (bert, "compacter(dialect=\"adapterhub\")", 57_088),
    (bert, "compacter(at=\"blocks.*.ffn.add\", dialect=\"adapterhub\")", 28_576),
    (bert, "adapter_fusion([])", 21_252_096),
    (bert, "adapter_fusion([], static=true)", 14_174_208),
    (bert, "mam(dialect=\"adapterhub\")", 22_493_984),
    (bert, "unipelt(dialect=\"adapterhub\")", 11_083_376),
    (bert, "loreft(dialect=\"adapterhub\")", 36_888),
    (bert, "bitfit()", 102_912),
    (large, "bitfit()", 272_384),
    (bert, "lora(rank=8, at=\"\(six)\")", 1_327_104),
    (bert, "lora(rank=2, at=\"\(six)\")", 331_776),
    // Twice the model's 109,482,240 (a difference and a mask for each), and a mask for each of its 199 tensors.
    (bert, "diff_pruning()", 2 * 109_482_240 + 199),
  ]

  @Test(arguments: rows)
  func publishedCountsComeOutExactly(_ model: String, _ method: String, _ trainable: Int) throws {
    let bench = try Bench()
    #expect(try bench.display("params(\(model) |> \(method)).trainable") == String(trainable))
  }
}
