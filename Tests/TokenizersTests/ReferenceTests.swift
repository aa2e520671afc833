import Testing

@testable import Tokenizers

@Suite("Same as the reference library")
struct ReferenceTests {
  static func tokenizer(_ name: String) throws -> Tokenizer {
    try TokenizerFile.load(Fixture.bytes("\(name).tokenizer.json"))
  }

  @Test("ids, offsets and masks", arguments: Fixture.names)
  func encoding(name: String) throws {
    let tokenizer = try ReferenceTests.tokenizer(name)
    let fixture = try Fixture.load(name)
    #expect(tokenizer.vocabularySize == fixture.size)
    #expect(fixture.cases.count > 70)
    for expected in fixture.cases {
      let encoding = try tokenizer.encode(expected.text)
      #expect(encoding.ids == expected.ids, "\(expected.text.debugDescription)")
      #expect(try tokenizer.encode(expected.text, addSpecial: false).ids == expected.bare)
      if let offsets = expected.offsets {
        #expect(
          encoding.offsets.map { [$0.lowerBound, $0.upperBound] } == offsets,
          "\(expected.text.debugDescription)")
        #expect(encoding.specialMask.map { $0 ? 1 : 0 } == expected.specialMask)
      }
    }
  }

  @Test("decoding", arguments: Fixture.names)
  func decoding(name: String) throws {
    let tokenizer = try ReferenceTests.tokenizer(name)
    for expected in try Fixture.load(name).cases {
      let text = tokenizer.decode(expected.ids)
      #expect(text.utf8.elementsEqual(expected.decoded.utf8), "\(expected.text.debugDescription)")
      let all = tokenizer.decode(expected.ids, skipSpecial: false)
      #expect(all.utf8.elementsEqual(expected.decodedWithSpecial.utf8))
    }
  }

  @Test("pairs and broken UTF-8", arguments: Fixture.names)
  func pairs(name: String) throws {
    let tokenizer = try ReferenceTests.tokenizer(name)
    let fixture = try Fixture.load(name)
    for expected in fixture.pairs {
      let encoding = try tokenizer.encodePair(expected.first, expected.second)
      #expect(encoding.ids == expected.ids)
      #expect(encoding.typeIDs == expected.typeIDs)
    }
    for expected in fixture.raw {
      #expect(try tokenizer.encode(utf8: expected.bytes).ids == expected.ids)
    }
  }

  @Test("truncation and padding", arguments: Fixture.names)
  func batches(name: String) throws {
    let tokenizer = try ReferenceTests.tokenizer(name)
    let fixture = try Fixture.load(name)
    let strategies: [String: Truncation.Strategy] = [
      "longest_first": .longestFirst, "only_first": .onlyFirst, "only_second": .onlySecond,
    ]
    for expected in fixture.truncated {
      let truncation = Truncation(
        maximumLength: 11, strategy: try #require(strategies[expected.strategy]),
        side: expected.side == "left" ? .left : .right)
      let encoding = try tokenizer.encodePair(
        expected.first, expected.second, truncation: truncation)
      #expect(encoding.ids == expected.ids, "\(expected.strategy) \(expected.side)")
    }
    let batch = try tokenizer.encodeBatch(
      ["Hello, world!", "the quick brown fox"],
      padding: Padding(id: 1, token: "x", side: .left, multiple: 8))
    #expect(batch.map(\.ids) == fixture.padded.map(\.ids))
    #expect(batch.map { $0.attentionMask.map { $0 ? 1 : 0 } } == fixture.padded.map(\.mask))
    #expect(Set(batch.map(\.count)).count == 1)
  }

  @Test("saved and read again", arguments: Fixture.names)
  func saving(name: String) throws {
    let tokenizer = try ReferenceTests.tokenizer(name)
    let saved = TokenizerFile.save(tokenizer)
    let again = try TokenizerFile.load(saved)
    #expect(TokenizerFile.save(again) == saved)
    for expected in try Fixture.load(name).cases {
      #expect(try again.encode(expected.text).ids == expected.ids)
    }
  }

  @Test("byte-level BPE learns the reference's vocabulary and merges")
  func training() throws {
    let fixture = try TrainingFixture.load()
    let tokenizer = try TokenizerTraining.trainBPE(fixture.texts, vocabularySize: 400)
    let model = try #require(tokenizer.model as? BytePairModel)
    #expect(model.merges.map { [$0.0, $0.1] } == fixture.merges)
    #expect(tokenizer.vocabularySize == fixture.vocab.count)
    for (token, id) in fixture.vocab { #expect(tokenizer.id(of: token) == id) }
    #expect(tokenizer.special.eos == 0)
  }
}
