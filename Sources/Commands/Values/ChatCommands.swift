import Checkpoints
import Interpreter
import Tokenizers

extension Registry {
  /// Conversations as a model's own template lays them out.
  static func chatCommands() -> [CommandRecord] {
    let messages = ParameterSpec("messages")
    let tools = ParameterSpec("tools", default: Value.none)
    let values = ParameterSpec("values", default: Value.none)
    return [
      CommandRecord(
        "chat",
        [ParameterSpec("model"), messages, ParameterSpec("answer", default: .bool(false)), tools, values],
        .text, "the text of a conversation, by the chat template that a model carries",
        help: """
          `messages` is a list of (role=…, content=…); with `answer=true` the text ends with what comes before an answer of \
          the assistant. `tools` and the members of `values` are what else a template may ask for. \
          Templates are Jinja's, of which what those of well-known models use is known.
          """
      ) { call in
        let tokenizer = try chatTokenizer(call)
        let rendered = try chatting(call) {
          try tokenizer.chat(
            messages: json(call, 1), variables: variables(call, 3, 4), addsPrompt: call.bool(2))
        }
        return .string(rendered.text)
      },
      CommandRecord(
        "chat_tokens", [ParameterSpec("model"), messages, tools, values], .text,
        "a conversation as tokens, and which of them the assistant wrote",
        help: """
          Gives (ids, assistant, text): what `read(…, task="chat")` trains on. The template's own `{% generation %}` marks \
          decide; where it has none, what the text grows by when a message of the assistant joins it.
          """
      ) { call in
        let tokenizer = try chatTokenizer(call)
        let chat = try chatting(call) {
          try tokenizer.encodeChat(messages: json(call, 1), variables: variables(call, 2, 3))
        }
        return .tuple([
          ("ids", .list(chat.encoding.ids.map { .int(Int($0)) })),
          ("assistant", .list(chat.assistant.map { .bool($0) })), ("text", .string(chat.text)),
        ])
      },
    ]
  }

  /// Of a model, or a tokenizer itself.
  private static func chatTokenizer(_ call: NativeCall) throws -> Tokenizer {
    if case .host(let host) = call[0], let value = host as? TokenizerValue {
      return value.tokenizer
    }
    let model = try call.interpreter.attachRoot(call.module(0))
    guard case .host(let host)? = model.attribute("tokenizer"), let value = host as? TokenizerValue
    else { throw Mistake("this model carries no tokenizer", code: "E0592") }
    return value.tokenizer
  }

  private static func chatting<Result>(
    _ call: NativeCall, _ body: () throws -> Result
  ) throws -> Result {
    do { return try body() } catch let error as TokenizerError {
      let isOfMessages = error.message.hasPrefix("Messages")
      throw Mistake(
        error.message, code: "E0716",
        fix: isOfMessages ? "write `[(role=\"user\", content=\"Hello\")]`" : nil,
        argument: "messages")
    }
  }

  private static func json(_ call: NativeCall, _ index: Int) throws -> [UInt8] {
    Array(try call[index].json().text().utf8)
  }

  /// What the template may ask for beside the messages.
  private static func variables(
    _ call: NativeCall, _ tools: Int, _ values: Int
  ) throws -> [UInt8]? {
    var object = JSONObject()
    if !call.isNone(values) {
      guard case .object(let given) = try call[values].json() else {
        throw Mistake(
          "`values` must be a named tuple, not \(call[values].typeWithArticle)", code: "E0547",
          argument: "values")
      }
      object = given
    }
    if !call.isNone(tools) { object["tools"] = try call[tools].json() }
    return object.count == 0 ? nil : Array(JSONValue.object(object).text().utf8)
  }
}
