import Checkpoints
import Interpreter

/// What a model's configuration may not say, whatever its architecture. Told by the key, before anything is built: a
/// model that would only fail when it is used, or compute something else, is not loaded.
struct ConfigurationCheck {
  let source: ModelSource

  private static let depths = [
    "num_hidden_layers", "n_layer", "n_layers", "num_layers", "num_decoder_layers",
  ]
  private static let heads = ["num_attention_heads", "n_head", "n_heads", "num_heads"]
  private static let widths = ["hidden_size", "n_embd", "dim", "d_model"]
  private static let activations = ["hidden_act", "activation_function", "activation"]
  /// Settings that change what a model computes, and the one value under which it is what the library's files compute.
  private static let settled: [(key: String, value: JSONValue)] = [
    ("position_embedding_type", .string("absolute")), ("is_decoder", .bool(false)),
    ("add_cross_attention", .bool(false)), ("scale_attn_weights", .bool(true)),
    ("scale_attn_by_inverse_layer_idx", .bool(false)), ("use_sliding_window", .bool(false)),
  ]

  /// - Parameter tensorCount: of the weights; layers are made before anything is read, so there can be no more of them.
  func run(tensorCount: Int) throws {
    for key in Self.depths {
      guard let depth = source.config[key]?.int, depth > tensorCount + 100 else { continue }
      throw mistake("\(key) is \(depth), but the weights hold only \(tensorCount) tensors")
    }
    try checkHeads()
    for key in Self.activations {
      guard let name = source.config[key]?.string, ActivationName(rawValue: name) == nil else {
        continue
      }
      throw mistake(
        "\(key) is \"\(name)\", which is not known here; \(ActivationName.list)",
        fix: ActivationName.near(name))
    }
    for (key, value) in Self.settled {
      guard let found = source.config[key], found != .null, found != value else { continue }
      throw mistake(
        "\(key) is \(found.excerpt), which is not known here: \(value.excerpt) is",
        fix: "take a model without it")
    }
  }

  private func checkHeads() throws {
    for key in Self.heads + ["num_key_value_heads"] {
      guard let count = source.config[key]?.int, count < 1 else { continue }
      throw mistake("\(key) is \(count); a model has at least one")
    }
    let (heads, width) = (number(Self.heads), number(Self.widths))
    // Where heads have a width of their own, the model's need not be a multiple of it.
    let hasHeadWidth = ["head_dim", "d_kv"].contains { source.config[$0]?.int != nil }
    if let heads, let width, !hasHeadWidth, width.value % heads.value != 0 {
      throw mistake(
        "\(width.key) is \(width.value), which \(heads.key), \(heads.value), does not divide")
    }
    if let heads, let shared = source.config["num_key_value_heads"]?.int,
      heads.value % shared != 0
    {
      throw mistake(
        "\(heads.key) is \(heads.value), which num_key_value_heads, \(shared), does not divide")
    }
  }

  private func number(_ keys: [String]) -> (key: String, value: Int)? {
    keys.lazy.compactMap { key in source.config[key]?.int.map { (key, $0) } }.first
  }

  /// What a library file cannot do without; other settings may be left out.
  private static let needed: Set<String> = Set(depths + heads + widths + activations).union([
    "vocab_size", "intermediate_size", "hidden_dim", "d_ff", "d_kv", "layer_norm_eps",
    "layer_norm_epsilon", "rms_norm_eps", "max_position_embeddings", "n_positions", "pad_token_id",
  ])

  /// What the library's file asked the configuration for in vain.
  func checkMissing(_ settings: Value) throws {
    let missing = Self.missing(settings)
    if !missing.isEmpty { throw mistake("it lacks \(missing.joined(separator: ", "))") }
  }

  static func missing(_ settings: Value) -> [String] {
    guard case .host(let host) = settings, let config = host as? ConfigValue else { return [] }
    return config.missing.filter(needed.contains)
  }

  private func mistake(_ note: String, fix: String? = nil) -> Mistake {
    Mistake(
      "\(source.settings) does not describe a \(source.type) model that can be loaded",
      code: "E0714",
      note: note, fix: fix ?? "take config.json and weights from the same model")
  }
}

extension JSONValue {
  /// As the file writes it, for a message.
  fileprivate var excerpt: String {
    switch self {
    case .string(let text): "\"\(text)\""
    case .bool(let value): value ? "true" : "false"
    default: typeName
    }
  }
}
