import Foundation

/// Texts and what Hugging Face `tokenizers` made of them (scripts/make-fixtures.d/tokenizer_texts.py).
struct Fixture: Decodable {
  struct Case: Decodable {
    var text: String
    var ids: [Int32]
    var bare: [Int32]
    var decoded: String
    var decodedWithSpecial: String
    var offsets: [[Int]]?
    var specialMask: [Int]?
  }

  struct Pair: Decodable {
    var first: String
    var second: String
    var ids: [Int32]
    var typeIDs: [Int32]
  }

  struct Raw: Decodable {
    var bytes: [UInt8]
    var ids: [Int32]
  }

  struct Truncated: Decodable {
    var strategy: String
    var side: String
    var first: String
    var second: String
    var ids: [Int32]
  }

  struct Padded: Decodable {
    var ids: [Int32]
    var mask: [Int]
  }

  var cases: [Case]
  var pairs: [Pair]
  var raw: [Raw]
  var truncated: [Truncated]
  var padded: [Padded]
  var size: Int

  static let names = [
    "bert", "gpt2", "roberta", "llama3", "qwen2", "smollm", "llama2", "unigram",
  ]

  static func bytes(_ file: String) throws -> [UInt8] {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    return [UInt8](try Data(contentsOf: folder.appendingPathComponent("Fixtures/\(file)")))
  }

  static func load(_ name: String) throws -> Fixture {
    try JSONDecoder().decode(Fixture.self, from: Data(bytes("\(name).cases.json")))
  }
}

/// Learnt by the reference library from the same texts.
struct TrainingFixture: Decodable {
  var texts: [String]
  var vocab: [String: Int32]
  var merges: [[String]]

  static func load() throws -> TrainingFixture {
    try JSONDecoder().decode(TrainingFixture.self, from: Data(Fixture.bytes("training.json")))
  }
}
