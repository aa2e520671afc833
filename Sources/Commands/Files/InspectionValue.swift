import Checkpoints
import Interpreter
import Terminal

/// What `inspect` found, as the language sees it.
final class InspectionValue: HostValue {
  private let found: Inspection
  /// As the user called it.
  private let name: String
  /// Architectures and adapter types that library files declare.
  private let known: (architectures: [String], adapters: [String])

  init(
    _ found: Inspection, name: String, known: (architectures: [String], adapters: [String])
  ) {
    self.found = found
    self.name = name
    self.known = known
  }

  var typeName: String { "inspection" }

  var memberNames: [String] {
    [
      "kind", "architecture", "adapter", "base", "config", "parameters", "bytes", "types",
      "tensors", "tokenizer", "problems",
    ]
  }

  func member(_ name: String) throws -> Value? {
    func text(_ value: String?) -> Value { value.map { .string($0) } ?? Value.none }
    switch name {
    case "kind": return .string(found.kind.rawValue)
    case "architecture": return text(found.architecture)
    case "adapter": return text(adapterType)
    case "base": return text(found.base)
    case "config": return JSONValue.object(found.config).languageValue
    case "parameters": return .int(found.parameterCount)
    case "bytes": return .int(found.byteCount)
    case "types":
      return .host(
        TableValue(
          ["type", "tensors", "parameters", "bytes"],
          found.types.map { [.string($0.name), .int($0.tensors), .int($0.count), .int($0.bytes)] }))
    case "tensors":
      return .host(
        TableValue(
          ["name", "type", "shape", "bytes"],
          found.tensors.map { tensor in
            [
              .string(tensor.name), .string(tensor.type), .list(tensor.shape.map { .int($0) }),
              .int(tensor.byteCount),
            ]
          }))
    case "tokenizer": return text(found.tokenizer?.kind)
    case "problems": return .list(problems.map { .string($0) })
    default: return nil
    }
  }

  func description(for printer: Printer) -> String {
    let rows = self.rows(printer)
    let indent = (rows.map(\.title.count).max() ?? 0) + 2
    let room = max(20, printer.width - indent)
    let lines = rows.flatMap { row -> [String] in
      row.text.wrapped(to: room).enumerated().map { index, line in
        (index == 0 ? row.title : "").padded(to: indent) + line
      }
    }
    return (["\(found.kind.rawValue) \(name)"] + lines).joined(separator: "\n")
  }
}

// MARK: What is printed

extension InspectionValue {
  private func rows(_ printer: Printer) -> [(title: String, text: String)] {
    var rows: [(title: String, text: String)] = []
    func add(_ title: String, _ text: String?) {
      if let text, !text.isEmpty { rows.append((title, text)) }
    }
    add("architecture", architectureLine)
    add("name", found.config["general.name"]?.string)
    add("size", sizeLine(printer))
    add("adapter", adapterLine)
    add("targets", targetsLine)
    let saved = found.config["modules_to_save"]?.names ?? []
    add("also saved", Set(saved).sorted().joined(separator: ", "))
    add("task", found.config["task_type"]?.string)
    add("base", found.base)
    if !found.tensors.isEmpty {
      let tensors =
        "\(printer.grouped(found.tensors.count)) tensor\(found.tensors.count == 1 ? "" : "s")"
      add("parameters", "\(printer.grouped(found.parameterCount)) in \(tensors)")
      add("stored", storedLine(printer))
    }
    add(
      "quantised",
      found.quantization ?? found.config["quantization_config"]?["quant_method"]?.string)
    add("tokenizer", tokenizerLine(printer))
    if found.hasChatTemplate { add("chat", "has a template") }
    add("metadata", found.metadata.map { "\($0.key)=\($0.value)" }.joined(separator: ", "))
    for problem in problems { add("problem", problem) }
    return rows
  }

  private var architectureLine: String? {
    guard let name = found.architecture else { return nil }
    let classes = found.config["architectures"]?.names ?? []
    return classes.isEmpty ? name : "\(name) (\(classes.joined(separator: ", ")))"
  }

  /// The first of several names that settings have for one thing.
  private func setting(_ names: String...) -> Int? {
    let prefix = found.kind == .ggufModel ? (found.architecture ?? "") + "." : ""
    return names.lazy.compactMap { self.found.config[prefix + $0]?.int }.first
  }

  private func sizeLine(_ printer: Printer) -> String? {
    var parts: [String] = []
    func add(_ value: Int?, _ text: (String) -> String) {
      if let value { parts.append(text(printer.grouped(value))) }
    }
    guard found.architecture != nil else { return nil }
    add(setting("num_hidden_layers", "n_layer", "n_layers", "num_layers", "block_count")) {
      $0 == "1" ? "1 layer" : "\($0) layers"
    }
    add(setting("hidden_size", "n_embd", "dim", "d_model", "embedding_length")) { "width \($0)" }
    add(setting("num_attention_heads", "n_head", "n_heads", "num_heads", "attention.head_count")) {
      "\($0) heads"
    }
    add(setting("num_key_value_heads", "attention.head_count_kv")) { "\($0) of keys and values" }
    add(setting("vocab_size") ?? found.vocabularyRows) { "vocabulary \($0)" }
    add(setting("max_position_embeddings", "n_positions", "context_length")) { "\($0) positions" }
    return parts.joined(separator: ", ")
  }

  private func storedLine(_ printer: Printer) -> String {
    let types = found.types.map { "\($0.name) \(printer.grouped($0.bytes))" }
    return types.count == 1
      ? "\(printer.grouped(found.byteCount)) bytes, \(found.types[0].name)"
      : "\(printer.grouped(found.byteCount)) bytes: " + types.joined(separator: ", ")
  }

  private func tokenizerLine(_ printer: Printer) -> String? {
    found.tokenizer.map { facts in
      let special = facts.special.prefix(6).joined(separator: " ")
      let rest = facts.special.count > 6 ? " and \(facts.special.count - 6) more" : ""
      let end = facts.special.isEmpty ? "" : "; special: \(special)\(rest)"
      return "\(facts.kind), \(printer.grouped(facts.count)) tokens\(end)"
    }
  }

  private var adapterType: String? {
    switch found.kind {
    case .peftAdapter: return found.config["peft_type"]?.string
    case .adapterHubAdapter: return settings["architecture"]?.string ?? "bottleneck"
    default: return nil
    }
  }

  /// Where an adapter's settings stand.
  private var settings: JSONObject {
    found.kind == .adapterHubAdapter ? found.config["config"]?.object ?? found.config : found.config
  }

  private var adapterLine: String? {
    guard let type = adapterType else { return nil }
    let names = [
      ("r", "rank"), ("lora_alpha", "alpha"), ("lora_dropout", "dropout"), ("init_r", "first rank"),
      ("target_r", "last rank"), ("num_virtual_tokens", "virtual tokens"),
      ("adapter_len", "length"), ("adapter_layers", "layers"), ("alpha", "alpha"),
      ("reduction_factor", "width divided by"), ("non_linearity", "function"),
    ]
    let texts = names.compactMap { key, name in
      settings[key].flatMap { $0.isNull ? nil : "\(name) \($0.string ?? $0.text())" }
    }
    let flags = ["use_dora", "use_rslora"].filter { found.config[$0]?.bool == true }
    return ([type] + texts + flags).joined(separator: ", ")
  }

  private var targetsLine: String? {
    guard let targets = found.config["target_modules"] else { return nil }
    return targets.string ?? targets.names.joined(separator: ", ")
  }

  private var problems: [String] {
    var result = found.problems
    if found.kind == .modelFolder, let name = found.architecture, !known.architectures.contains(name) {
      result.append("no library file declares the architecture \"\(name)\"")
    }
    if found.kind == .peftAdapter, let type = adapterType, !known.adapters.contains(type) {
      result.append("no library file declares adapters of type \"\(type)\"")
    }
    return result
  }
}

extension Inspection {
  /// Rows of the token embedding, where no setting says how many there are.
  fileprivate var vocabularyRows: Int? {
    tensors.first { $0.name == "token_embd.weight" }?.shape.first
  }
}

extension JSONValue {
  /// The strings of a list.
  fileprivate var names: [String] { (array ?? []).compactMap(\.string) }
}
