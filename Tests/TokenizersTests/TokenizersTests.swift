import Testing

@testable import Tokenizers

@Suite("Tokenizers")
struct TokenizersTests {
  private let texts = [
    "low lower lowest", "new newer newest", "wide wider widest", "the newest is the lowest",
  ]

  @Test("WordPiece training: any order of equal counts gives ids by the stated rule")
  func wordPieceTraining() throws {
    let tokenizer = try TokenizerTraining.trainWordPiece(texts, vocabularySize: 60)
    let again = try TokenizerTraining.trainWordPiece(texts, vocabularySize: 60)
    #expect(TokenizerFile.save(tokenizer) == TokenizerFile.save(again))
    let special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    #expect((0..<5).map { tokenizer.token(of: $0) } == special)
    // Starts of words by code point, then continuations.
    #expect((5..<10).map { tokenizer.token(of: $0) } == ["i", "l", "n", "t", "w"])
    #expect((10..<13).map { tokenizer.token(of: $0) } == ["##d", "##e", "##h"])
    // By hand: ##w ##e occurs 6 times, then ##s ##t 5 times, then l ##o, n ##e and ##we ##st 4
    // times each, of which the smallest first id goes first.
    #expect((19..<23).map { tokenizer.token(of: $0) } == ["##we", "##st", "lo", "ne"])
    #expect(tokenizer.vocabularySize <= 60)
    let encoding = try tokenizer.encode("The Lowest")
    #expect(encoding.ids.first == tokenizer.special.cls)
    #expect(encoding.ids.last == tokenizer.special.sep)
    #expect(tokenizer.decode(encoding.ids) == "the lowest")
    #expect(try tokenizer.encode("zzz", addSpecial: false).ids == [1])
  }

  @Test("training with too little room says how much is needed")
  func tooSmall() {
    #expect(throws: TokenizerError.self) {
      try TokenizerTraining.trainBPE(texts, vocabularySize: 256)
    }
    #expect(throws: TokenizerError.self) {
      try TokenizerTraining.trainWordPiece(texts, vocabularySize: 10)
    }
  }

  @Test("canonically equivalent tokens are different tokens")
  func equivalence() throws {
    let json = """
      {"model": {"type": "WordPiece", "vocab": {"[UNK]": 0, "é": 1, "e\\u0301": 2}}}
      """
    let tokenizer = try TokenizerFile.load(Array(json.utf8))
    #expect(tokenizer.id(of: "\u{e9}") == 1)
    #expect(tokenizer.id(of: "e\u{301}") == 2)
    #expect(try tokenizer.encode("e\u{301}").ids == [2])
  }

  @Test("configuration names the special tokens")
  func configuration() throws {
    let file = #"{"model": {"type": "WordPiece", "vocab": {"[UNK]": 0, "<e>": 1, "p": 2}}}"#
    let configuration = """
      {"eos_token": {"content": "<e>"}, "pad_token": "p", "mask_token": null,
       "model_max_length": 1000000000000000019884624838656, "chat_template": "{{ x }}"}
      """
    let tokenizer = try TokenizerFile.load(
      Array(file.utf8), configuration: Array(configuration.utf8))
    #expect(tokenizer.special.eos == 1)
    #expect(tokenizer.special.pad == 2)
    #expect(tokenizer.special.unk == 0)
    #expect(tokenizer.special.mask == nil)
    #expect(tokenizer.maximumLength == nil)
    #expect(tokenizer.chatTemplate == "{{ x }}")
  }

  @Test("a file's truncation and padding are read, and applied only when passed")
  func fileSettings() throws {
    let tokenizer = try ReferenceTests.tokenizer("bert")
    #expect(tokenizer.truncation == Truncation(maximumLength: 128))
    #expect(tokenizer.padding?.fixedLength == 128)
    #expect(try tokenizer.encode("fox").count < 10)
    let batch = try tokenizer.encodeBatch(["fox"], padding: tokenizer.padding)
    #expect(batch[0].count == 128)
  }

  @Test("truncation that cannot be is an error")
  func truncation() throws {
    let tokenizer = try ReferenceTests.tokenizer("bert")
    #expect(throws: TokenizerError.self) {
      try tokenizer.encode("fox", truncation: Truncation(maximumLength: 1))
    }
    #expect(throws: TokenizerError.self) {
      try tokenizer.encode(
        "the quick brown fox",
        truncation: Truncation(maximumLength: 3, strategy: .onlySecond))
    }
    #expect(try tokenizer.encode("fox", truncation: Truncation(maximumLength: 2)).ids == [2, 3])
  }

  @Test("canonical composition")
  func composition() {
    let forms = NormalizationForms(composing: true)
    func nfc(_ text: String) -> String {
      let scalars = AlignedText(original: Array(text.utf8)[...]).scalars
      let composed = forms.composed(forms.decomposed(scalars, compatibility: false))
      return String(decoding: AlignedText(scalars: composed, base: 0).bytes, as: UTF8.self)
    }
    #expect(Array(nfc("e\u{323}\u{302}").unicodeScalars.map(\.value)) == [0x1EC7])
    #expect(Array(nfc("\u{1112}\u{1161}\u{11AB}").unicodeScalars.map(\.value)) == [0xD55C])
    // U+0958 is excluded from composition.
    #expect(Array(nfc("\u{958}").unicodeScalars.map(\.value)) == [0x915, 0x93C])
    #expect(Array(nfc("a\u{301}\u{334}").unicodeScalars.map(\.value)) == [0xE1, 0x334])
  }

  @Test("a word longer than any cache or scan limit")
  func longWord() throws {
    let tokenizer = try ReferenceTests.tokenizer("gpt2")
    let text = String(repeating: "ab", count: 20_000)
    let ids = try tokenizer.encode(text).ids
    #expect(tokenizer.decode(ids) == text)
  }
}
