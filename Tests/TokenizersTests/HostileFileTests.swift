import Testing

@testable import Tokenizers

@Suite("Hostile files")
struct HostileFileTests {
  private static let small = #""vocab": {"a": 0, "b": 1, "ab": 2, "[UNK]": 3}"#

  private func refusal(of json: String) -> String? {
    do {
      _ = try TokenizerFile.load(Array(json.utf8))
      return nil
    } catch let error as TokenizerError {
      return error.message
    } catch {
      return "another error: \(error)"
    }
  }

  @Test(
    "each is a sentence that names the place",
    arguments: [
      ("", "not valid JSON"), ("[]", "must hold an object"), ("{}", "\"model\" is missing"),
      ("{\"model\": 3}", "model must be an object"), ("{\"model\": {}", "not valid JSON"),
      (#"{"model": {"type": "WordLevel"}}"#, "WordLevel"),
      (#"{"model": {"type": "BPE", "vocab": {"a": 0}}}"#, "\"merges\" is missing"),
      (#"{"model": {"type": "BPE", "vocab": [], "merges": []}}"#, "must be an object"),
      (#"{"model": {"type": "BPE", "vocab": {"a": -1}, "merges": []}}"#, "no token id"),
      (#"{"model": {"type": "BPE", "vocab": {"a": 99999999999}, "merges": []}}"#, "no token id"),
      (#"{"model": {"type": "BPE", "vocab": {"a": 1e30}, "merges": []}}"#, "no token id"),
      (#"{"model": {"type": "BPE", \#(small), "merges": ["a c"]}}"#, "Merge 0"),
      (#"{"model": {"type": "BPE", \#(small), "merges": [["b", "a"]]}}"#, "Merge 0"),
      (#"{"model": {"type": "BPE", \#(small), "merges": ["a b", 3]}}"#, "Merge 1"),
      (#"{"model": {"type": "BPE", \#(small), "merges": ["a  b"]}}"#, "Merge 0"),
      (#"{"model": {"type": "BPE", "dropout": 0.1, \#(small), "merges": []}}"#, "dropout"),
      (#"{"model": {"type": "Unigram", "vocab": [["a"]], "unk_id": 0}}"#, "vocab[0]"),
      (#"{"model": {"type": "Unigram", "vocab": [["a", 0]], "unk_id": 7}}"#, "unk_id"),
      (#"{"normalizer": {"type": "Nmt2"}, "model": {\#(small)}}"#, "Nmt2"),
      (
        #"{"normalizer": {"type": "Precompiled", "precompiled_charsmap": "A*"}, "#
          + #""model": {\#(small)}}"#, "Base64"
      ),
      (
        #"{"normalizer": {"type": "Precompiled", "precompiled_charsmap": "/////w=="}, "#
          + #""model": {\#(small)}}"#, "no length"
      ),
      (
        #"{"pre_tokenizer": {"type": "Split", "pattern": {"Regex": "(a|b)*"}}, "#
          + #""model": {\#(small)}}"#,
        "(a|b)*"
      ),
      (
        #"{"added_tokens": [{"id": 5000000000, "content": "x"}], "model": {\#(small)}}"#,
        "added_tokens[0].id"
      ),
      (
        #"{"post_processor": {"type": "TemplateProcessing", "#
          + #""single": [{"SpecialToken": {"id": "x"}}], "pair": [], "special_tokens": {}}, "#
          + #""model": {\#(small)}}"#, "special_tokens lacks"
      ),
      (#"{"truncation": {"max_length": -5}, "model": {\#(small)}}"#, "max_length"),
      (#"{"padding": {"strategy": {"Fixed": "x"}}, "model": {\#(small)}}"#, "Fixed"),
    ])
  func refused(json: String, part: String) throws {
    let message = try #require(refusal(of: json))
    #expect(message.contains(part), "\(message)")
    #expect(message.hasSuffix("."))
  }

  @Test("deep nesting does not exhaust the stack")
  func deep() throws {
    let message = try #require(refusal(of: String(repeating: "[", count: 100_000)))
    #expect(message.contains("too deep"))
  }

  @Test("no cut or changed byte of a good file traps")
  func damaged() throws {
    let good = try Fixture.bytes("bert.tokenizer.json")
    var refused = 0
    for step in 0..<200 {
      var bytes = good
      if step % 2 == 0 {
        bytes = Array(bytes.prefix(step * good.count / 200))
      } else {
        bytes[step * 7919 % bytes.count] = UInt8(truncatingIfNeeded: step * 37)
      }
      do {
        _ = try TokenizerFile.load(bytes).encode("the [MASK] quick fox")
      } catch is TokenizerError {
        refused += 1
      }
    }
    #expect(refused >= 100)
  }

  @Test("a word without tokens and without an unknown token is an error, not a trap")
  func noUnknown() throws {
    let json = #"{"model": {"type": "WordPiece", "vocab": {"a": 0}}}"#
    let tokenizer = try TokenizerFile.load(Array(json.utf8))
    #expect(throws: TokenizerError.self) { try tokenizer.encode("b") }
    #expect(try tokenizer.encode("a").ids == [0])
  }

  @Test("ids that no token has decode to nothing")
  func unknownIDs() throws {
    let tokenizer = try ReferenceTests.tokenizer("gpt2")
    #expect(tokenizer.decode([-1, .max, .min, 699_999]) == "")
    #expect(tokenizer.token(of: -5) == nil)
  }
}
