import Checkpoints
import Foundation
import Interpreter
import Tensor
import Testing
import Tokenizers

@testable import Commands

/// Models in GGUF files against transformers, which read the same files; the references are
/// scripts/make-fixtures.d/gguf_llama.py's.
struct GGUFModelTests {
  static let files = [("tiny", "reference"), ("pieces", "pieces")]

  @Test(arguments: files)
  func logitsAreTheReferences(_ file: String, _ reference: String) throws {
    let bench = try Bench()
    let fixture = try Package.json("gguf/\(reference).json")
    try bench.run("m = load(\"Tests/Golden/fixtures/gguf/\(file).gguf\")")
    #expect(bench.printed.isEmpty, "\(bench.printed)")
    let ids = try #require(fixture["ids"]).text()
    let found = try bench.tensor(
      "ids = tensor(\(ids)); m((ids=ids, mask=ids >= 0, segments=ids * 0, labels=none)).logits")
    var agreement = Agreement()
    try agreement.compare("logits", found.doubles(), try #require(fixture["logits"]).numbers)
    #expect(agreement.within(1e-5), "\(agreement)")
  }

  @Test(arguments: files)
  func tokensAreTheReferences(_ file: String, _ reference: String) throws {
    let bench = try Bench()
    let fixture = try Package.json("gguf/\(reference).json")
    let model = try bench.module("load(\"Tests/Golden/fixtures/gguf/\(file).gguf\")")
    guard case .host(let host)? = model.attribute("tokenizer"), let value = host as? TokenizerValue
    else { throw Unexpected("no tokenizer") }
    try compare(value.tokenizer, fixture)
  }

  /// A tokenizer of T5's kind, whose file holds no model.
  @Test func unigramTokensAreTheReferences() throws {
    let file = try GGUFFile.open("\(Package.fixtures)/gguf/unigram.gguf")
    let tokenizer = try TokenizerFile.load(
      file.tokenizer(), configuration: file.tokenizerConfiguration())
    try compare(tokenizer, Package.json("gguf/unigram.json"))
  }

  private func compare(_ tokenizer: Tokenizer, _ fixture: JSONObject) throws {
    let texts = try #require(fixture["texts"]?.array)
    let tokens = try #require(fixture["tokens"]?.array)
    for (text, ids) in zip(texts, tokens) {
      let text = try #require(text.string)
      let found = try tokenizer.encode(text).ids
      #expect(found.map { Int($0) } == ids.numbers.map { Int($0) }, "\(text)")
    }
    #expect(texts.count == tokens.count && texts.count > 4)
  }

  /// What was read from one file is saved as a folder, and is the same model.
  @Test func aFolderOfItIsTheSameModel() throws {
    let bench = try Bench()
    try bench.run("m = load(\"Tests/Golden/fixtures/gguf/tiny.gguf\"); save(m, \"folder\")")
    try bench.run("again = load(\"folder\")")
    let saved = try bench.module("again")
    var (parameters, values) = (0, [String: Tensor]())
    for named in saved.parameters() { values[named.path] = named.parameter.value }
    for named in try bench.module("m").parameters() {
      let value = try #require(values[named.path])
      #expect(try value.floats() == named.parameter.value.dense.floats(), "\(named.path)")
      parameters += 1
    }
    #expect(parameters == values.count && parameters > 10)
    // Blocks are decoded tile by tile: sums may run in another order.
    var agreement = Agreement()
    try agreement.compare(
      "logits", bench.tensor("m(\"The film\").logits"), bench.tensor("again(\"The film\").logits"))
    #expect(agreement.within(1e-6), "\(agreement)")
  }

  /// A file's blocks stay as they are until they are to be trained; an adapter leaves them.
  @Test func blocksStayUntilTheyTrain() throws {
    let bench = try Bench()
    let file = "load(\"Tests/Golden/fixtures/gguf/tiny.gguf\")"
    func packed(_ code: String) throws -> Int {
      try bench.module(code).parameters().filter { $0.parameter.value.quantization != nil }.count
    }
    let count = try packed(file)
    #expect(count > 4)
    try bench.run("data = read(\"reviews\", task=\"language\")[:8]")
    func run(_ code: String) -> String {
      "train(\(code), on=data, optimizer=sgd(lr=0.1), batch=2, length=8, total=2).model"
    }
    #expect(try packed(run("\(file) |> lora(rank=2)")) == count)
    #expect(try packed(run(file)) == 0)
    #expect(try bench.display("params(\(run(file))).changed > 0") == "true")
    #expect(try bench.display("params(merge(\(run("\(file) |> lora(rank=2)")))).changed > 0") == "true")
  }

  @Test func anotherArchitectureIsNamed() throws {
    let bench = try Bench()
    let path = bench.path("other.gguf")
    var bytes = try Data(contentsOf: URL(fileURLWithPath: "\(Package.fixtures)/gguf/tiny.gguf"))
    let range = try #require(bytes.range(of: Data("llama".utf8)))
    bytes.replaceSubrange(range, with: Data("gemma".utf8))
    try bytes.write(to: URL(fileURLWithPath: path))
    let failure = try #require(try bench.failure("load(\"other.gguf\")"))
    #expect(failure.diagnostic.message.contains("gemma"), "\(failure.diagnostic)")
  }
}

/// Real weights: SmolLM2-135M-Instruct, where scripts/fetch-models has brought it; the references
/// are scripts/make-fixtures.d/smollm2_gguf.py's.
@Suite(.enabled(if: Package.hasSmolLM2, "run scripts/fetch-models to test on real weights"))
struct SmolLM2Tests {
  @Test func tokensLossesAndLogitsAreTheReferences() throws {
    let bench = try Bench()
    let model = try bench.module("m = load(\"\(Package.smolLM2)\"); m")
    guard case .host(let host)? = model.attribute("tokenizer"), let value = host as? TokenizerValue
    else { throw Unexpected("no tokenizer") }
    var (losses, logits) = (Agreement(), Agreement())
    for (_, row) in try Package.json("smollm2/reference.json") {
      let text = try #require(row["text"]?.string)
      let ids = try #require(row["ids"])
      #expect(
        try value.tokenizer.encode(text).ids.map { Int($0) } == ids.numbers.map { Int($0) },
        "\(text)")
      try bench.run(
        "ids = tensor([\(ids.text())]); o = m((ids=ids, mask=ids >= 0, segments=ids * 0, labels=ids))"
      )
      let loss = try bench.tensor("m.loss(o, (labels=ids))").item()
      try losses.compare(text, [loss], try #require(row["loss"]).numbers)
      let found = try bench.tensor("o.logits[0, -1]").doubles()
      let top = try #require(row["top"]).numbers.map { found[Int($0)] }
      try logits.compare(text, top, try #require(row["logits"]).numbers, relative: false)
    }
    #expect(losses.count == 5)
    // What is promised for files like this: perplexity to 1e-4 relative, logits to 1e-3.
    #expect(losses.within(1e-5), "\(losses)")
    #expect(logits.within(1e-3), "\(logits)")
    Report.line("SmolLM2:", ["losses", losses, "logits", logits])
  }
}
