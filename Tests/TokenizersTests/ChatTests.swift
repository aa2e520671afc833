import Foundation
import Testing

@testable import Tokenizers

/// Conversations as Hugging Face's tools render them; the references are
/// scripts/make-fixtures.d/chat_templates.py's.
@Suite("Chat templates")
struct ChatTests {
  private struct Fixture: Decodable {
    struct Chat: Decodable {
      var messages: String
      var variables: String
      var prompted: Bool
    }

    struct Case: Decodable {
      var template: String
      var chat: String
      var text: String?
      var generated: [[Int]]?
      var refused: String?
    }

    var templates: [String: String]
    var chats: [String: Chat]
    var special: [String: String]
    var cases: [Case]
  }

  private static func fixture() throws -> Fixture {
    try JSONDecoder().decode(Fixture.self, from: Data(file("chat.json")))
  }

  private static func file(_ name: String) throws -> [UInt8] {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    return Array(try Data(contentsOf: folder.appendingPathComponent("Fixtures/\(name)")))
  }

  private func globals(
    _ chat: Fixture.Chat, _ special: [String: String]
  ) throws -> [(key: String, value: TemplateValue)] {
    var result: [(key: String, value: TemplateValue)] = [
      ("messages", TemplateValue(try JSONReader.read(Array(chat.messages.utf8)))),
      ("add_generation_prompt", .bool(chat.prompted)), ("tools", .none), ("documents", .none),
    ]
    for (name, token) in special { result.append((name, .string(token))) }
    if case .dictionary(let more) = TemplateValue(try JSONReader.read(Array(chat.variables.utf8))) {
      for (name, value) in more { result.set(name, value) }
    }
    return result
  }

  @Test("text, and the places of what the assistant wrote")
  func references() throws {
    let fixture = try Self.fixture()
    #expect(fixture.templates.count >= 12 && fixture.cases.count >= 72)
    for expected in fixture.cases {
      let place = "\(expected.template), \(expected.chat)"
      let template = try ChatTemplate(#require(fixture.templates[expected.template]))
      let globals = try globals(#require(fixture.chats[expected.chat]), fixture.special)
      guard let text = expected.text else {
        #expect(throws: TokenizerError.self, "\(place)") { try template.render(globals) }
        continue
      }
      let found = try template.render(globals)
      #expect(found.text.utf8.elementsEqual(text.utf8), "\(place):\n\(found.text)\n---\n\(text)")
      let utf8 = Array(text.utf8)
      let spans = found.generated.map { range in
        [range.lowerBound, range.upperBound].map { end in
          utf8[..<end].count { $0 & 0xC0 != 0x80 }
        }
      }
      #expect(spans == (expected.generated ?? []), "\(place)")
    }
  }

  @Test(
    "what is not known, or has no end, is an error",
    arguments: [
      "{% if x %}", "{{ x", "{% endif %}", "{% for %}{% endfor %}", "{{ 1 + }}", "{{ x | nosuch }}",
      "{% include 'x' %}", "{{ 'a' % 3 }}", "{{ missing.member }}", "{{ 1 // 0 }}",
      "{{ [1][0]() }}",
      "{% for i in range(1000000) %}{% endfor %}", "{{ 9223372036854775807 + 1 }}", "{% raw %}",
      "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "{{ 'aaaaaaaaaa' * 9999999 }}",
      "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
      "{% set x.y = 1 %}", "{% set a, b = [1] %}", "{{ 1 < 'a' }}", "{{ x is nosuch }}",
      "{{ '\\xZZ' }}",
      "{# never", "{{ [1, 2][::0] }}", "{{ messages() }}",
    ])
  func mistakes(template: String) throws {
    let error = #expect(throws: TokenizerError.self) {
      try ChatTemplate(template).render([("messages", .list([]))])
    }
    #expect(error?.message.contains("chat template") == true)
  }

  @Test("nesting is bounded")
  func nesting() {
    for (open, close) in [("(", ")"), ("[", "]"), ("-", ""), ("not ", ""), ("{'a': ", "}")] {
      let count = 20_000
      let text =
        String(repeating: open, count: count) + "1" + String(repeating: close, count: count)
      _ = try? ChatTemplate("{{ \(text) }}").render([])
    }
    _ = try? ChatTemplate(String(repeating: "{% if 1 %}", count: 20_000))
    let sum = String(repeating: "1 + ", count: 50_000)
    #expect(throws: TokenizerError.self) { try ChatTemplate("{{ \(sum)1 }}") }
  }

  /// Marked tokens are the assistant's, whether the template marks them or not.
  @Test("the assistant's tokens")
  func assistant() throws {
    let marked = """
      {% for m in messages %}{{ m.role + ': ' }}{% if m.role == 'assistant' %}{% generation %}\
      {{ m.content }}{% endgeneration %}{% else %}{{ m.content }}{% endif %}{{ ' ' }}{% endfor %}
      """
    let plain = """
      {% for m in messages %}{{ m.role + ': ' + m.content + ' ' }}{% endfor %}\
      {% if add_generation_prompt %}{{ 'assistant: ' }}{% endif %}
      """
    let messages = #"""
      [{"role": "user", "content": "the quick fox"}, {"role": "assistant", "content": "a dog"},
       {"role": "user", "content": "over"}, {"role": "assistant", "content": "lazy"}]
      """#
    for (template, learnt) in [(marked, "a doglazy"), (plain, "a dog lazy ")] {
      let tokenizer = try TokenizerFile.load(
        Self.file("gpt2.tokenizer.json"), chatTemplate: template)
      let chat = try tokenizer.encodeChat(messages: Array(messages.utf8))
      #expect(chat.assistant.count == chat.encoding.count)
      let ids = zip(chat.encoding.ids, chat.assistant).filter(\.1).map(\.0)
      #expect(tokenizer.decode(ids).filter { $0 != " " } == learnt.filter { $0 != " " })
      #expect(chat.assistant.contains(false))
    }
  }

  /// A template that rewrites earlier turns cannot be told apart by growth.
  @Test("a text that does not grow is an error")
  func rewriting() throws {
    let template = "{{ messages | length }}{% for m in messages %}{{ m.content }}{% endfor %}"
    let tokenizer = try TokenizerFile.load(
      Self.file("gpt2.tokenizer.json"), chatTemplate: template)
    let messages = #"[{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]"#
    #expect(throws: TokenizerError.self) {
      try tokenizer.encodeChat(messages: Array(messages.utf8))
    }
    #expect(throws: TokenizerError.self) { try tokenizer.chat(messages: Array("[3]".utf8)) }
    let bare = try TokenizerFile.load(Self.file("gpt2.tokenizer.json"))
    #expect(throws: TokenizerError.self) { try bare.chat(messages: Array(messages.utf8)) }
  }
}
