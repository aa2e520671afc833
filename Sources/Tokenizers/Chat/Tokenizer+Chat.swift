/// A conversation as tokens.
public struct EncodedChat: Sendable, Equatable {
  public let text: String
  public let encoding: Encoding
  /// True at the tokens that the assistant wrote: what a model learns to write.
  public let assistant: [Bool]
}

extension Tokenizer {
  /// The text of a conversation by the tokenizer's own chat template.
  ///
  /// - Parameters:
  ///   - messages: JSON: a list of objects with `role` and `content`.
  ///   - variables: JSON: an object of what else the template may ask for, such as `tools`.
  ///   - addsPrompt: put what comes before an answer of the assistant at the end.
  /// - Throws: `TokenizerError` where there is no template, where it cannot be read, or where it
  ///   refuses the messages.
  public func chat(
    messages: [UInt8], variables: [UInt8]? = nil, addsPrompt: Bool = false
  ) throws -> ChatTemplate.Rendered {
    try ChatTemplate(neededTemplate())
      .render(globals(messages, variables, addsPrompt: addsPrompt))
  }

  /// As `chat`, as tokens, with the assistant's marked: by the template's own marks where it has
  /// them, else each is what a conversation grows by when the assistant's message joins it.
  public func encodeChat(
    messages: [UInt8], variables: [UInt8]? = nil, truncation: Truncation? = nil
  ) throws -> EncodedChat {
    let template = try ChatTemplate(neededTemplate())
    let globals = try globals(messages, variables, addsPrompt: false)
    let whole = try template.render(globals)
    var ranges = whole.generated
    if !template.marksGeneration { ranges = try growth(template, globals, whole: whole.text) }
    // The template's text holds the special tokens already.
    let encoding = try encode(whole.text, addSpecial: false, truncation: truncation)
    var place = 0
    let assistant = encoding.offsets.map { span in
      while place < ranges.count, ranges[place].upperBound <= span.lowerBound { place += 1 }
      return place < ranges.count && span.upperBound > ranges[place].lowerBound
    }
    return EncodedChat(text: whole.text, encoding: encoding, assistant: assistant)
  }

  private func neededTemplate() throws -> String {
    if let chatTemplate { return chatTemplate }
    throw TokenizerError(
      "This tokenizer has no chat template: neither tokenizer_config.json nor "
        + "chat_template.jinja holds one.")
  }

  private func globals(
    _ messages: [UInt8], _ variables: [UInt8]?, addsPrompt: Bool
  ) throws -> [(key: String, value: TemplateValue)] {
    let list = TemplateValue(try JSONReader.read(messages))
    guard case .list(let elements) = list, elements.allSatisfy({ $0.isMessage }) else {
      throw TokenizerError("Messages are a list of objects, each with its `role`.")
    }
    var result: [(key: String, value: TemplateValue)] = [
      ("messages", list), ("add_generation_prompt", .bool(addsPrompt)), ("tools", .none),
      ("documents", .none),
    ]
    let tokens = [
      ("bos_token", special.bos), ("eos_token", special.eos), ("unk_token", special.unk),
      ("pad_token", special.pad), ("cls_token", special.cls), ("sep_token", special.sep),
      ("mask_token", special.mask),
    ]
    for (name, id) in tokens {
      if let token = id.flatMap({ self.token(of: $0) }) { result.append((name, .string(token))) }
    }
    if let variables, case .dictionary(let more) = TemplateValue(try JSONReader.read(variables)) {
      for (name, value) in more { result.set(name, value) }
    }
    return result
  }

  /// For each of the assistant's messages the text between the prompt for it and its end.
  private func growth(
    _ template: ChatTemplate, _ globals: [(key: String, value: TemplateValue)], whole: String
  ) throws -> [Range<Int>] {
    guard case .list(let messages)? = globals.member("messages") else { return [] }
    func text(_ count: Int, prompted: Bool) throws -> [UInt8] {
      var changed = globals
      changed.set("messages", .list(Array(messages.prefix(count))))
      changed.set("add_generation_prompt", .bool(prompted))
      return Array(try template.render(changed).text.utf8)
    }
    let all = Array(whole.utf8)
    var ranges: [Range<Int>] = []
    for (index, message) in messages.enumerated() where message.role == "assistant" {
      let before = try text(index, prompted: true)
      let after = index + 1 == messages.count ? all : try text(index + 1, prompted: false)
      guard after.starts(with: before), all.starts(with: after) else {
        throw TokenizerError(
          "What the assistant writes cannot be told from this chat template's text: a message "
            + "changes what stands before it. Mark it in the template with {% generation %}.")
      }
      ranges.append(before.count..<after.count)
    }
    return ranges
  }
}

extension TemplateValue {
  fileprivate var role: String? {
    guard case .dictionary(let members) = self else { return nil }
    return members.member("role")?.text
  }

  fileprivate var isMessage: Bool { role != nil }
}
