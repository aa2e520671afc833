import Checkpoints
import Foundation
import Interpreter
import Testing

@testable import Commands

/// Models in GGUF files against transformers, which read the same files; the references are
/// scripts/make-fixtures.d/gguf_llama.py's.
struct GGUFModelTests {
  @Test func logitsAreTheReferences() throws {
    let bench = try Bench()
    let fixture = try Package.json("gguf/reference.json")
    try bench.run("m = load(\"Tests/Golden/fixtures/gguf/tiny.gguf\")")
    #expect(bench.printed.isEmpty, "\(bench.printed)")
    let ids = try #require(fixture["ids"]).text()
    let found = try bench.tensor(
      "ids = tensor(\(ids)); m((ids=ids, mask=ids >= 0, segments=ids * 0, labels=none)).logits")
    var agreement = Agreement()
    try agreement.compare("logits", found.doubles(), try #require(fixture["logits"]).numbers)
    #expect(agreement.within(1e-5), "\(agreement)")
  }

  @Test func tokensAreTheReferences() throws {
    let bench = try Bench()
    let fixture = try Package.json("gguf/reference.json")
    let model = try bench.module("load(\"Tests/Golden/fixtures/gguf/tiny.gguf\")")
    guard case .host(let host)? = model.attribute("tokenizer"), let value = host as? TokenizerValue
    else { throw Unexpected("no tokenizer") }
    let texts = try #require(fixture["texts"]?.array)
    let tokens = try #require(fixture["tokens"]?.array)
    for (text, ids) in zip(texts, tokens) {
      let text = try #require(text.string)
      let found = try value.tokenizer.encode(text).ids
      #expect(found.map { Int($0) } == ids.numbers.map { Int($0) }, "\(text)")
    }
    #expect(texts.count == tokens.count && texts.count > 4)
  }

  /// What was read from one file is saved as a folder, and is the same model.
  @Test func aFolderOfItIsTheSameModel() throws {
    let bench = try Bench()
    try bench.run("m = load(\"Tests/Golden/fixtures/gguf/tiny.gguf\"); save(m, \"folder\")")
    try bench.run("again = load(\"folder\")")
    #expect(try bench.display("max(abs(m(\"The film\").logits - again(\"The film\").logits))") == "0.0")
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
