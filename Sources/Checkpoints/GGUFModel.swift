import Tensor

/// A whole model in one GGUF file: its configuration and tensors under the names that a model
/// folder would have, and its tokenizer as a `tokenizer.json`.
public struct GGUFModel: TensorSource {
  public let file: GGUFFile
  public let config: JSONObject
  /// Names as in a model folder → names in the file.
  private let stored: [String: String]
  public let names: [String]

  public var path: String { file.path }

  /// Those whose files are read.
  public static let architectures = ["llama", "qwen2"]

  public static func open(_ path: String) throws -> GGUFModel {
    try GGUFModel(try GGUFFile.open(path))
  }

  public init(_ file: GGUFFile) throws {
    self.file = file
    let reader = ConfigurationReader(file: file)
    config = try reader.config()
    var stored: [String: String] = [:]
    var names: [String] = []
    for name in file.names {
      // What rotation is scaled by is in the configuration, too.
      if name == GGUFRotation.factorsName { continue }
      let outer = Self.folderName(of: name) ?? name
      stored[outer] = name
      names.append(outer)
    }
    self.stored = stored
    self.names = names
  }

  public func contains(_ name: String) -> Bool { stored[name] != nil }

  public func shape(of name: String) -> [Int]? { stored[name].flatMap { file.entries[$0]?.shape } }

  public func isPacked(_ name: String) -> Bool { false }

  /// Matrices in blocks stay as they are.
  public func tensor(_ name: String) throws -> Tensor {
    let value = try file.tensor(stored[name] ?? name, keepBlocks: true)
    guard let heads = rotatedHeads(name) else { return value }
    return try unpermuted(value, heads: heads, name: name)
  }

  /// `blk.3.attn_q.weight` → `model.layers.3.self_attn.q_proj.weight`; nil for a name that is not
  /// known.
  static func folderName(of name: String) -> String? {
    let whole = [
      "token_embd.weight": "model.embed_tokens.weight", "output_norm.weight": "model.norm.weight",
      "output.weight": "lm_head.weight",
    ]
    if let found = whole[name] { return found }
    let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 4, parts[0] == "blk", Int(parts[1]) != nil,
      let inner = blockNames[parts[2]]
    else { return nil }
    return "model.layers.\(parts[1]).\(inner).\(parts[3])"
  }

  private static let blockNames = [
    "attn_norm": "input_layernorm", "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
  ]

  /// The converter interleaves the two halves of each head of Llama's q and k, as other code
  /// rotates neighbours; how many heads a tensor has whose rows stand so, or nil.
  private func rotatedHeads(_ name: String) -> Int? {
    guard config["model_type"]?.string == "llama" else { return nil }
    if name.contains(".self_attn.q_proj.") { return config["num_attention_heads"]?.int }
    if name.contains(".self_attn.k_proj.") { return config["num_key_value_heads"]?.int }
    return nil
  }

  /// Rows (head, pair, half) back to (head, half, pair).
  private func unpermuted(_ value: Tensor, heads: Int, name: String) throws -> Tensor {
    guard let rows = value.shape.first, heads > 0, rows % (2 * heads) == 0 else {
      throw CheckpointError(
        path: path, at: .tensor(name), "Its \(value.shape.first ?? 0) rows are no \(heads) heads.",
        remedy: "The file is damaged: copy or download it again.")
    }
    if let codes = value.quantization {
      let order = (0..<rows).map { row in
        // (head, half, pair) from (head, pair, half).
        let (size, half) = (rows / heads, rows / heads / 2)
        let (head, inside) = (row / size, row % size)
        return head * size + inside % half * 2 + inside / half
      }
      return Tensor(codes.reorderingRows(order))
    }
    let rest = Array(value.shape.dropFirst())
    let split = try value.reshaped([heads, rows / heads / 2, 2] + rest)
    let axes = [0, 2, 1] + (0..<rest.count).map { $0 + 3 }
    return try Engine(math: .fast).contiguous(split.permuted(axes)).reshaped(value.shape)
  }
}

/// Makes a `config.json` of a file's keys.
private struct ConfigurationReader {
  let file: GGUFFile

  func config() throws -> JSONObject {
    guard let type = file.values["general.architecture"]?.string else {
      throw missing("general.architecture")
    }
    guard GGUFModel.architectures.contains(type) else {
      throw CheckpointError(
        path: file.path, at: .key("general.architecture"),
        "GGUF files of the architecture '\(type.excerpt)' are not read here; of llama and qwen2 they are.",
        remedy: "Take the model as a folder with safetensors.")
    }
    func number(_ key: String) throws -> JSONValue {
      guard let value = file.values["\(type).\(key)"], let number = value.int, number > 0,
        number <= 1 << 31
      else { throw missing("\(type).\(key)") }
      return .int(number)
    }
    let heads = try number("attention.head_count")
    var config = JSONObject()
    config["model_type"] = .string(type)
    config["architectures"] = .array([
      .string(type == "llama" ? "LlamaForCausalLM" : "Qwen2ForCausalLM")
    ])
    config["vocab_size"] = .int(file.entries["token_embd.weight"]?.shape.first ?? 0)
    config["hidden_size"] = try number("embedding_length")
    config["num_hidden_layers"] = try number("block_count")
    config["num_attention_heads"] = heads
    config["num_key_value_heads"] = (try? number("attention.head_count_kv")) ?? heads
    if let width = try? number("attention.key_length") { config["head_dim"] = width }
    config["intermediate_size"] = try number("feed_forward_length")
    config["max_position_embeddings"] = try number("context_length")
    config["hidden_act"] = .string("silu")
    config["rms_norm_eps"] = try epsilon("\(type).attention.layer_norm_rms_epsilon")
    let width = config["head_dim"]?.int ?? (config["hidden_size"]?.int ?? 0) / (heads.int ?? 1)
    config["rope_parameters"] = .object(
      try GGUFRotation(file: file, type: type, width: width).parameters())
    config["tie_word_embeddings"] = .bool(file.entries["output.weight"] == nil)
    if type == "llama" {
      config["attention_bias"] = .bool(file.entries["blk.0.attn_q.bias"] != nil)
      config["mlp_bias"] = .bool(file.entries["blk.0.ffn_up.bias"] != nil)
    }
    for (key, name) in [
      ("bos", "bos_token_id"), ("eos", "eos_token_id"), ("padding", "pad_token_id"),
    ] {
      config[name] = file.values["tokenizer.ggml.\(key)_token_id"]
    }
    return config
  }

  /// Files hold it in f32: the shortest decimal that gives the f32 is what was meant.
  private func epsilon(_ key: String) throws -> JSONValue {
    guard let value = file.values[key]?.double, value >= 0, value < 1,
      let shortest = Double("\(Float(value))")
    else { throw missing(key) }
    return .double(shortest)
  }

  private func missing(_ key: String) -> CheckpointError {
    CheckpointError(
      path: file.path, at: .key(key), "The file does not say it, or not as it should.",
      remedy: "Convert the model again with a current tool.")
  }
}
