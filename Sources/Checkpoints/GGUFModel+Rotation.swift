import Tensor

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// How a GGUF file says that its rotary embedding is scaled, as `rope_parameters` say it.
struct GGUFRotation {
  let file: GGUFFile
  let type: String
  /// Features of a head that turn, in pairs.
  let width: Int

  func parameters() throws -> JSONObject {
    var result = JSONObject()
    let theta = file.values["\(type).rope.freq_base"]?.double ?? 10000
    guard theta > 1, theta <= 1e12 else { throw failure("\(type).rope.freq_base") }
    result["rope_theta"] = .double(theta)
    result["rope_type"] = .string("default")
    let scaling = file.values["\(type).rope.scaling.type"]?.string ?? "none"
    if file.entries[Self.factorsName] != nil {
      guard scaling == "none", let found = try llama3(theta) else {
        throw failure("\(type).rope.scaling.type")
      }
      for (key, value) in found { result[key] = value }
    } else if scaling == "linear", let factor = file.values["\(type).rope.scaling.factor"]?.double {
      result["rope_type"] = .string("linear")
      result["factor"] = .double(factor)
    } else if scaling != "none" {
      throw failure("\(type).rope.scaling.type")
    }
    return result
  }

  /// What each pair's frequency is divided by.
  static let factorsName = "rope_freqs.weight"

  /// The settings of Llama 3's scaling, which files hold only by what it makes of each pair: 1 for
  /// fast pairs, the factor for slow ones. Nil if none of the known settings gives these numbers.
  private func llama3(_ theta: Double) throws -> JSONObject? {
    let stored = try values(file.tensor(Self.factorsName))
    guard width > 0, stored.count == width / 2, let factor = stored.max(), factor.isFinite else {
      return nil
    }
    for context in [8192, 2048, 4096, 16384, 32768, 65536, 131_072] {
      let made = factors(theta, factor: factor, context: Double(context))
      // Converters compute in f32.
      guard zip(stored, made).allSatisfy({ abs($0 - $1) <= 1e-3 * $1 }) else { continue }
      return [
        "rope_type": "llama3", "factor": .double(factor), "low_freq_factor": 1.0,
        "high_freq_factor": 4.0, "original_max_position_embeddings": .int(context),
      ]
    }
    return nil
  }

  private func factors(_ theta: Double, factor: Double, context: Double) -> [Double] {
    let (low, high) = (1.0, 4.0)
    return (0..<width / 2).map { pair in
      let turns = context / (2 * Double.pi) * pow(theta, -2 * Double(pair) / Double(width))
      let stay = min(max((turns - low) / (high - low), 0), 1)
      return 1 / (stay + (1 - stay) / factor)
    }
  }

  private func values(_ tensor: Tensor) throws -> [Double] {
    tensor.dtype == .f32 ? try tensor.doubles() : []
  }

  private func failure(_ key: String) -> CheckpointError {
    CheckpointError(
      path: file.path, at: .key(key),
      "Its rotary embedding is scaled in a way that is not read from GGUF files here.",
      remedy: "Take the model as a folder with safetensors.")
  }
}
