import Autograd
import Interpreter
import Tensor

extension Registry {
  /// Continuing texts.
  static func decodingCommands() -> [CommandRecord] {
    [
      CommandRecord(
        "generate",
        [
          ParameterSpec("model"), ParameterSpec("prompt"), ParameterSpec("tokens", default: .int(40)),
          ParameterSpec("temperature", default: .float(0)), ParameterSpec("top_k", default: Value.none),
          ParameterSpec("top_p", default: Value.none), ParameterSpec("stop", default: .bool(true)),
          ParameterSpec("cache", default: .bool(true)),
        ], .models, "what a causal language model writes behind a text",
        help: """
          `prompt` is a text or a list of texts, which are continued together; a list of ids is continued with ids. At most so \
          many `tokens`; `stop`: the tokenizer's end token ends a text. `temperature` 0 takes the likeliest token; above, one is \
          drawn from softmax(logits / temperature), of the `top_k` likeliest only, or of the fewest that together reach \
          probability `top_p`. Draws follow `seed`. `cache=false` computes every token's keys and values anew.
          """,
        examples: [
          .init("len(generate(load(\"tiny-gpt\"), [5, 6, 7], tokens=4, stop=false))", "4")
        ]
      ) { call in try GenerateCall(call).run() },
      CommandRecord(
        "recall", [ParameterSpec("key"), ParameterSpec("value")], .layers,
        "while `generate` decodes, keys and values of the earlier tokens with these behind them",
        help: """
          [B, H, T, d] each, remembered by the site that calls; elsewhere they come back as they are. What makes a causal \
          attention decode token by token.
          """,
        examples: [.init("recall(ones([1, 1, 2, 4]), ones([1, 1, 2, 4]))[0].shape", "[1, 1, 2, 4]")]
      ) { call in
        guard let cache = DecodingCache.current(call.interpreter) else {
          return .tuple([("", call[0]), ("", call[1])])
        }
        let (key, value) = try cache.recall(
          at: call.interpreter.currentPath, call.tensor(0), call.tensor(1))
        return .tuple([("", .tensor(key)), ("", .tensor(value))])
      },
      CommandRecord(
        "recalled", [], .layers, "how many positions `generate` had decoded before this pass; 0 elsewhere",
        help: "For methods that put rows in front of a text, once.",
        examples: [.init("recalled()", "0")]
      ) { call in .int(DecodingCache.current(call.interpreter)?.countBefore ?? 0) },
    ]
  }
}

/// The arguments of `generate`, checked, and its result in the prompt's form.
private struct GenerateCall {
  private let call: NativeCall
  private let model: Module

  init(_ call: NativeCall) throws {
    self.call = call
    model = try call.interpreter.attachRoot(call.module(0))
    try call.interpreter.needValues(model)
  }

  func run() throws -> Value {
    switch call[1] {
    case .string(let text): return .string(try texts([text])[0])
    case .list(let list):
      if list.elements.isEmpty { throw wrongPrompt }
      let texts = list.elements.compactMap { element -> String? in
        if case .string(let text) = element { text } else { nil }
      }
      if texts.count == list.elements.count {
        return .list(try self.texts(texts).map { .string($0) })
      }
      if case .list = list.elements[0] {
        let rows = try list.elements.map { try ids($0) }
        return .list(try generate(rows).map { .list($0.map { .int($0) }) })
      }
      return .list(try generate([ids(call[1])])[0].map { .int($0) })
    default: throw wrongPrompt
    }
  }

  private var wrongPrompt: Mistake {
    Mistake(
      "`prompt` of `generate` must be a text, texts, or ids, not \(call.interpreter.printer.inline(call[1]))",
      code: "E0547", argument: "prompt")
  }

  private func ids(_ value: Value) throws -> [Int] {
    guard case .list(let list) = value, !list.elements.isEmpty else { throw wrongPrompt }
    return try list.elements.map { element in
      guard case .int(let id) = element else { throw wrongPrompt }
      return id
    }
  }

  private func texts(_ texts: [String]) throws -> [String] {
    let tokenizer = try self.tokenizer()
    let rows = try texts.map { text in
      try tokenizer.tokenizer.encode(text).ids.map { Int($0) }
    }
    guard rows.allSatisfy({ !$0.isEmpty }) else {
      throw Mistake("a prompt holds no token", code: "E0548", fix: "begin with a word", argument: "prompt")
    }
    return try generate(rows).map { tokenizer.tokenizer.decode($0.map { Int32($0) }) }
  }

  private func tokenizer() throws -> TokenizerValue {
    guard case .host(let host)? = model.attribute("tokenizer"), let value = host as? TokenizerValue
    else {
      throw Mistake(
        "this model carries no tokenizer, so it cannot read text", code: "E0592",
        fix: "give the prompt as a list of ids", argument: "prompt")
    }
    return value
  }

  private func generate(_ prompts: [[Int]]) throws -> [[Int]] {
    let limit = try call.int(2)
    guard limit >= 1 else { throw Mistake("`tokens` must be at least 1", code: "E0548", argument: "tokens") }
    let longest = prompts.map(\.count).max() ?? 0
    let room = ModelInput.maximumLength(model)
    guard longest + limit <= room else {
      throw Mistake(
        "\(longest) tokens of prompt and \(limit) more do not fit the model's \(room) positions",
        code: "E0597", fix: longest < room ? "ask for tokens=\(room - longest) at most" : "shorten the prompt",
        argument: "tokens")
    }
    var end: Int?
    if try call.bool(6), case .host(let host)? = model.attribute("tokenizer"),
      let special = (host as? TokenizerValue)?.tokenizer.special
    {
      end = (special.eos ?? special.sep).map { Int($0) }
    }
    return try Generation(
      interpreter: call.interpreter, model: model, sampling: sampling(), limit: limit, end: end,
      usesCache: call.bool(7), span: call.span
    ).run(prompts)
  }

  private func sampling() throws -> Sampling {
    let temperature = try call.double(3)
    guard temperature >= 0, temperature.isFinite else {
      throw Mistake("`temperature` is 0 or more", code: "E0548", argument: "temperature")
    }
    let topK = call.isNone(4) ? nil : try call.int(4)
    if let topK, topK < 1 { throw Mistake("`top_k` must be at least 1", code: "E0548", argument: "top_k") }
    let topP = call.isNone(5) ? nil : try call.double(5)
    if let topP, !(topP > 0 && topP <= 1) {
      throw Mistake("`top_p` is above 0 and at most 1", code: "E0548", argument: "top_p")
    }
    if temperature == 0, topK != nil || topP != nil {
      throw Mistake(
        "`top_k` and `top_p` choose what is drawn from, but temperature 0 draws nothing",
        code: "E0548", fix: "add temperature=1.0", argument: topK != nil ? "top_k" : "top_p")
    }
    return Sampling(temperature: temperature, topK: topK, topP: topP)
  }
}
