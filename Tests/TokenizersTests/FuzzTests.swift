import Foundation
import TestSupport
import Testing

@testable import Tokenizers

/// Files and templates changed at random: an error or a correct load, never a trap or a hang.
@Suite("Fuzz")
struct FuzzTests {
  private static let scraps = [
    "null", "true", "-1", "1e999", "4294967296", "9223372036854775807", "\"\"", "[]", "{}", "[[",
    "{\"", "\\u0000", "\\ud800", "\u{FEFF}", "é", "Sequence", "ByteLevel", "Precompiled",
    "Metaspace",
    "BPE", "Unigram", "WordPiece", "Split", "Regex",
  ].map { Array($0.utf8) }

  struct Random {
    var state: UInt64
    mutating func below(_ count: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return count < 1 ? 0 : Int((state >> 33) % UInt64(count))
    }
  }

  static func mutated(_ good: [UInt8], _ scraps: [[UInt8]], _ random: inout Random) -> [UInt8] {
    var bytes = good
    for _ in 0...random.below(3) {
      let place = random.below(bytes.count + 1)
      let end = min(bytes.count, place + random.below(12))
      switch random.below(7) {
      case 0: bytes.removeSubrange(place..<end)
      case 1: bytes.insert(contentsOf: bytes[place..<end], at: random.below(bytes.count + 1))
      case 2 where place < bytes.count: bytes[place] = UInt8(truncatingIfNeeded: random.below(256))
      case 3 where random.below(8) == 0: bytes.removeSubrange(place...)
      default: bytes.replaceSubrange(place..<end, with: scraps[random.below(scraps.count)])
      }
    }
    return bytes
  }

  /// Small files of every kind of model, so that a change is likely to matter.
  private static let small: [[UInt8]] = [
    #"""
    {"added_tokens": [{"id": 4, "content": "<x>", "special": true, "lstrip": true}],
     "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFKC"}, {"type": "Prepend",
     "prepend": "▁"}, {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]},
     "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first"},
     "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<x>",
     "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}], "pair": [{"Sequence": {"id": "A"}},
     {"Sequence": {"id": "B", "type_id": 1}}], "special_tokens": {"<x>": {"id": "<x>", "ids": [4],
     "tokens": ["<x>"]}}}, "decoder": {"type": "Sequence", "decoders": [{"type": "ByteFallback"},
     {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
     "model": {"type": "BPE", "unk_token": "a", "fuse_unk": true, "byte_fallback": true,
     "vocab": {"a": 0, "b": 1, "ab": 2, "<0x41>": 3}, "merges": [["a", "b"]]}}
    """#,
    #"""
    {"truncation": {"max_length": 4, "strategy": "LongestFirst", "direction": "Right", "stride": 0},
     "padding": {"strategy": {"Fixed": 6}, "pad_id": 0, "pad_type_id": 0, "pad_token": "p"},
     "normalizer": {"type": "BertNormalizer", "clean_text": true, "lowercase": true},
     "pre_tokenizer": {"type": "BertPreTokenizer"}, "decoder": {"type": "WordPiece"},
     "model": {"type": "WordPiece", "unk_token": "u", "vocab": {"u": 0, "ab": 1, "##c": 2}}}
    """#,
    #"""
    {"normalizer": {"type": "Precompiled", "precompiled_charsmap": "CAAAAAAAAAAAAAAAAAA="},
     "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Digits",
     "individual_digits": true}, {"type": "Split", "pattern": {"Regex": "\\s+"},
     "behavior": "Isolated", "invert": false}, {"type": "ByteLevel", "use_regex": true}]},
     "model": {"type": "Unigram", "unk_id": 0, "byte_fallback": false,
     "vocab": [["u", 0.0], ["a", -1.5], ["ab", -2.5]]}}
    """#,
  ].map { Array($0.utf8) }

  @Test("tokenizer files", arguments: small.indices)
  func files(index: Int) throws {
    let good = Self.small[index]
    _ = try TokenizerFile.load(good)
    var random = Random(state: UInt64(index) + 7)
    var refused = 0
    let count = FuzzLength.inputs(usual: 3_000, promised: 1_000_000 / Self.small.count)
    for _ in 0..<count {
      let bytes = Self.mutated(good, Self.scraps, &random)
      do {
        let tokenizer = try TokenizerFile.load(bytes)
        let ids = try tokenizer.encode("ab <x>c é 12\u{301}\n▁ ab").ids
        _ = tokenizer.decode(ids + [7, -1])
        _ = try tokenizer.encodePair("ab", "c")
        _ = TokenizerFile.save(tokenizer)
      } catch is TokenizerError {
        refused += 1
      }
    }
    #expect(refused > count / 4 && refused < count)
  }

  private static let template = #"""
    {%- macro f(x, y='#') -%}{{ y }}{{ x | upper }}{%- endmacro -%}
    {% set ns = namespace(n=0) %}{% for m in messages[::-1] if m.role != 'z' %}
    {%- set ns.n = ns.n + loop.index0 * 2 -%}{{ f(m.content, y=loop.cycle('a', 'b')) }}
    {% if m.content is string and 'a' in m.content.split(' ')[-1] %}{% generation %}{{ m.content[1:3] }}
    {% endgeneration %}{% elif loop.last %}{{ [1, {'k': m}] | tojson(indent=2) }}{% else %}{% break %}
    {% endif %}{% endfor %}{{ ns.n ~ 'x' * 3 if ns.n >= 0 else -1.5 }}{# c #}{% raw %}{{ r }}{% endraw %}
    """#

  @Test("chat templates")
  func templates() throws {
    let good = Array(Self.template.utf8)
    let scraps = [
      "{{", "}}", "{%", "%}", "{%-", "-%}", "{#", "#}", "for x in ", "if ", "endif", "endfor", "|",
      "(",
      ")", "[", "]", "'", "\"", "**", "9999999", "range(99)", "loop", "not ", " is ", "\\", "é",
      "~",
      "set x = ", "else", "| tojson", ".split()", "* 99999999", "[::-1]",
    ].map { Array($0.utf8) }
    let messages = TemplateValue.list([
      .dictionary([("role", .string("user")), ("content", .string("a b é"))]),
      .dictionary([("role", .string("assistant")), ("content", .string("ca ab"))]),
    ])
    #expect(try !ChatTemplate(Self.template).render([("messages", messages)]).text.isEmpty)
    var random = Random(state: 3)
    var refused = 0
    let count = FuzzLength.inputs(usual: 4_000, promised: 1_000_000)
    for _ in 0..<count {
      let bytes = Self.mutated(good, scraps, &random)
      do {
        _ = try ChatTemplate(String(decoding: bytes, as: UTF8.self)).render([("messages", messages)]
        )
      } catch is TokenizerError {
        refused += 1
      }
    }
    #expect(refused > count / 4 && refused < count)
  }
}
