import Interpreter
import Testing

@testable import Commands

/// Models of shapes: counts on any size, and a clear answer where values are asked for.
struct ShapesOnlyTests {
  private static let small =
    "llama(128256, 3072, 28, 24, 8, inner=8192, tied=true, shapes_only=true)"
  private static let seven = "llama(shapes_only=true)"
  private static let linears = "blocks.*.{attn.{q,k,v,out},ffn.{gate,up,down}}"
  private static let large = "roberta(width=1024, depth=24, heads=16, shapes_only=true)"

  /// (model, method, total or nil, trainable): the papers' and the libraries' own counts.
  static let counts: [(String, String, Int?, Int)] = [
    (small, "full()", 3_212_749_824, 3_212_749_824),
    (small, "lora(rank=32)", nil, 9_175_040),
    (small, "lora(rank=64)", nil, 18_350_080),
    (small, "lora(rank=10, at=\"blocks.*.ffn.{gate,up,down}\")", nil, 9_461_760),
    (seven, "full()", 6_738_415_616, 6_738_415_616),
    (seven, "lora(rank=8)", nil, 4_194_304),
    (seven, "lora(rank=16, at=\"blocks.*.attn.{q,k,v,out}\")", nil, 16_777_216),
    (seven, "lora(rank=64, at=\"\(linears)\")", nil, 159_907_840),
    ("qwen2(shapes_only=true)", "full()", 494_032_768, 494_032_768),
    ("roberta(shapes_only=true)", "lora(rank=8)", nil, 294_912),
    ("roberta(shapes_only=true) |> classifier(2)", "lora(rank=8)", nil, 887_042),
    (large, "lora(rank=8)", nil, 786_432),
    ("bert(shapes_only=true)", "full()", 109_482_240, 109_482_240),
    ("bert(shapes_only=true)", "freeze() |> unfreeze(\"**.bias\")", nil, 102_912),
    (
      "bert(width=1024, depth=24, heads=16, shapes_only=true)",
      "freeze() |> unfreeze(\"**.bias\")", nil, 272_384
    ),
    ("distilbert(shapes_only=true)", "full()", 66_362_880, 66_362_880),
    ("gpt2(shapes_only=true)", "full()", 124_439_808, 124_439_808),
    (
      "gpt2(width=12288, depth=96, heads=96, positions=2048, shapes_only=true)", "lora(rank=1)",
      nil, 4_718_592
    ),
    (
      "gpt2(width=12288, depth=96, heads=96, positions=2048, shapes_only=true)", "lora(rank=8)",
      nil, 37_748_736
    ),
  ]

  @Test(arguments: counts)
  func trainableParametersAreCounted(
    _ model: String, _ method: String, _ total: Int?, _ trainable: Int
  ) throws {
    let bench = try Bench()
    try bench.run("counts = params(\(model) |> \(method))")
    #expect(try bench.display("counts.trainable") == String(trainable))
    if let total { #expect(try bench.display("counts.total") == String(total)) }
    // What a method changes is in the values, of which there are none.
    #expect(try bench.display("counts.changed == none and counts.rank == none") == "true")
  }

  @Test func allOfThemTakeUnderASecond() throws {
    let bench = try Bench()
    let clock = ContinuousClock()
    let time = try clock.measure {
      for (model, method, _, _) in Self.counts { try bench.run("params(\(model) |> \(method))") }
    }
    Report.line("all counts:", [time])
    // A debug build's interpreter is many times slower than a released one.
    #if DEBUG
      #expect(time < .seconds(30))
    #else
      #expect(time < .seconds(1))
    #endif
  }

  static let mistakes = [
    "m(\(batch))", "(m |> lora())(\(batch))", "(m |> classifier(2))(\(batch))",
    "train(m |> classifier(2), on=read(\"reviews\"), steps=1, total=1)", "save(m, \"out\")",
  ]

  /// What needs values says that there are none, and what to do.
  @Test(arguments: mistakes)
  func runningSuchAModelIsAMistake(_ code: String) throws {
    let bench = try Bench()
    try bench.run("m = shapes(Bert(50, 8, 1, 2))")
    let failure = try #require(try bench.failure(code))
    #expect(failure.diagnostic.code == "E0555", "\(failure.diagnostic)")
    #expect(failure.diagnostic.fix?.contains("load") == true)
  }

  private static let batch =
    "(ids=tensor([[5, 7]]), mask=tensor([[true, true]]), segments=tensor([[0, 0]]), labels=none)"

  /// A module that was constructed once may become both: shapes for one, values for the other.
  @Test func theConstructedModuleKeepsItsOwnFuture() throws {
    let bench = try Bench()
    try bench.run(
      "fn both() {\n  m = Bert(50, 8, 1, 2)\n  s = shapes(m)\n  [params(s).total, m(\(Self.batch)).hidden.shape]\n}"
    )
    #expect(try bench.display("both()[1]") == "[1, 2, 8]")
    try bench.run("m = Bert(50, 8, 1, 2)\ns = shapes(m)")
    #expect(try bench.display("params(s).total == params(m).total") == "true")
    #expect(try bench.display("m(\(Self.batch)).hidden.shape") == "[1, 2, 8]")
  }

  /// Shared parameters are counted once: a tied head adds none.
  @Test func tiesAreKept() throws {
    let bench = try Bench()
    try bench.run("fn total(tied) = params(shapes(Llama(50, 8, 1, 2, tied=tied))).total")
    #expect(try bench.display("total(false) - total(true)") == "400")
  }
}
