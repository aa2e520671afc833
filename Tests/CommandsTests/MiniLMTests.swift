import Checkpoints
import Datasets
import Interpreter
import Tensor
import Testing

@testable import Commands

/// Real weights against transformers and PEFT: all-MiniLM-L6-v2, where scripts/fetch-models has brought it.
@Suite(.enabled(if: Package.hasMiniLM, "run scripts/fetch-models to test on real weights"))
struct MiniLMTests {
  private static let model = "model = load(\"models/all-MiniLM-L6-v2\");"

  @Test func tokensOfTwoHundredTextsAreTheReferences() throws {
    let bench = try Bench()
    let model = try bench.module(Self.model + "model")
    let fixture = try Package.json("minilm/texts.json")
    let texts = try #require(fixture["texts"]?.array)
    let expected = try #require(fixture["ids"]?.array)
    #expect(ModelInput.maximumLength(model) == fixture["longest"]?.int)
    let collator = try ModelInput.collator(for: model, task: .classify)
    for (text, ids) in zip(texts, expected) {
      let batch = try collator.collate([Row(text: text.string ?? "")])
      #expect(try batch.ids.ints() == ids.numbers.map { Int($0) }, "\(text)")
    }
    #expect(texts.count == 200)
  }

  /// In batches of unlike lengths, so that most rows are padded, as scripts would do it.
  @Test func embeddingsOfTwoHundredTextsAreTheReferences() throws {
    let bench = try Bench()
    let texts = try Self.defineTexts(bench)
    let file = try Package.tensors("minilm/embeddings.safetensors")
    let expected = try file.tensor("embeddings")
    var agreement = Agreement()
    for start in stride(from: 0, to: texts.count, by: 20) {
      let found = try bench.tensor("embed(model, texts[\(start):\(start + 20)])")
      try agreement.compare(
        "texts from \(start)", found, expected.sliced(axis: 0, range: start..<(start + 20)))
    }
    #expect(agreement.count == 10)
    #expect(agreement.within(1e-5), "\(agreement)")
    Report.line("MiniLM embeddings:", [agreement])
  }

  @Test func paddingDoesNotMatter() throws {
    let bench = try Bench()
    let texts = try Self.defineTexts(bench)
    var agreement = Agreement()
    for place in [0, 1, 6, 30, 81, 150, 199] {
      let alone = try bench.tensor("embed(model, [texts[\(place)]])")
      // Text 144 is one of the longest: 512 tokens.
      let padded = try bench.tensor("embed(model, [texts[144], texts[\(place)]])[1:2]")
      try agreement.compare(texts[place], padded, alone)
    }
    #expect(try bench.tensor("model([texts[144], \"a\"]).hidden").shape == [2, 512, 384])
    #expect(agreement.within(2e-6), "\(agreement)")
    Report.line("MiniLM padding:", [agreement])
  }

  @Test func sixStepsOfLoRAHaveTheReferencesLosses() throws {
    let bench = try Bench()
    let fixture = try Package.json("minilm/lora.json")
    let start = try Self.startingModel(bench)
    bench.define("start", .module(start))
    bench.define("data", .host(DatasetValue(try Self.dataset(fixture))))
    bench.define("held", .list((fixture["held_texts"]?.array ?? []).map { .string($0.string ?? "") }))
    var agreement = Agreement()
    try agreement.compare(
      "logits before", bench.tensor("start(held).logits").doubles(),
      fixture["logits_before"]?.numbers ?? [])
    try bench.run(
      """
      run = train(start, on=data, optimizer=adamw(lr=1e-3, weight_decay=0.01), batch=8,
        shuffle=false, total=6)
      """)
    guard case .list(let losses) = try bench.run("run.loss") else { throw Unexpected("no losses") }
    let found = losses.elements.map { value in
      if case .float(let loss) = value { loss } else { Double.nan }
    }
    try agreement.compare("losses", found, fixture["losses"]?.numbers ?? [])
    #expect(agreement.within(1e-5), "\(agreement)")
    var after = Agreement()
    try after.compare(
      "logits after", bench.tensor("run.model(held).logits").doubles(),
      fixture["logits_after"]?.numbers ?? [])
    // Six steps of f32 rounding, which Adam's division by small moments enlarges.
    #expect(after.within(1e-4), "\(after)")
    Report.line("MiniLM LoRA:", [agreement, after])
  }

  @Test func theBatchesAreTheReferences() throws {
    let bench = try Bench()
    let model = try bench.module(Self.model + "model")
    let fixture = try Package.json("minilm/lora.json")
    let data = try Self.dataset(fixture)
    let source = RowBatches(data, collator: try ModelInput.collator(for: model, task: .classify))
    for (step, rows) in (fixture["ids"]?.array ?? []).enumerated() {
      let batch = try source.batch(Array(step * 8..<step * 8 + 8), seed: 0, step: step)
      let mask = try batch.mask.bools()
      let found = zip(try batch.ids.ints(), mask).filter(\.1).map(\.0)
      #expect(found == rows.numbers.map { Int($0) })
      #expect(batch.length == rows.array?.map(\.numbers.count).max())
    }
  }

  @Test func aFolderOfPEFTsLoadsWithTheSameLogits() throws {
    let bench = try Bench()
    let fixture = try Package.json("minilm/lora.json")
    try bench.run(
      Self.model + "model = load(\"Tests/Golden/fixtures/minilm/lora_adapter\", base=model);")
    bench.define("held", .list((fixture["held_texts"]?.array ?? []).map { .string($0.string ?? "") }))
    var agreement = Agreement()
    try agreement.compare(
      "logits", bench.tensor("model(held).logits").doubles(),
      fixture["logits_after"]?.numbers ?? [], relative: false)
    #expect(agreement.within(1e-5), "\(agreement)")
    Report.line("MiniLM adapter of PEFT's:", [agreement])
  }

  // MARK: - Parts

  private static func defineTexts(_ bench: Bench) throws -> [String] {
    let texts = (try Package.json("minilm/texts.json")["texts"]?.array ?? []).compactMap(\.string)
    bench.define("texts", .list(texts.map { .string($0) }))
    try bench.run(model)
    return texts
  }

  private static func dataset(_ fixture: JSONObject) throws -> Dataset {
    let rows = (fixture["batches"]?.array ?? []).flatMap { batch in
      zip(batch["texts"]?.array ?? [], batch["labels"]?.array ?? []).map {
        Row(text: $0.string ?? "", label: $1.int)
      }
    }
    guard rows.count == 48 else { throw Unexpected("\(rows.count) rows") }
    return Dataset(name: "reviews", task: .classify, rows: rows, classes: ["negative", "positive"])
  }

  /// LoRA of rank 8 and a head, with the fixture's starting values for every A and the head.
  private static func startingModel(_ bench: Bench) throws -> Module {
    let made = try bench.module(
      model + "model |> classifier(classes=2) |> lora(rank=8, alpha=16)")
    let values = try Package.tensors("minilm/lora_initial.safetensors")
    let naming = try ExternalNaming(made, bench.interpreter)
    guard let layout = try Layout.all("peft", bench.interpreter).first(where: { $0.module.name == "LoRA" })
    else { throw Unexpected("LoRA has no layout") }
    var used = 0
    let filled = try made.mappingParameters { path, parameter in
      guard let key = naming.adapterKey(of: path, layout), values.contains(key) else {
        return parameter
      }
      used += 1
      return parameter.with(value: try values.tensor(key))
    }
    guard used == values.names.count else { throw Unexpected("\(used) starting values used") }
    return filled
  }
}
