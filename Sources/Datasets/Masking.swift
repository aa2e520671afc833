import Tensor

/// Masked language modelling (Devlin et al. 2019, arXiv:1810.04805): a share of the tokens is to be
/// predicted; of these, most are replaced by the mask token, some by a random token, some stay.
public struct Masking: Sendable, Equatable {
  /// The share of tokens to be predicted. Special tokens never are.
  public var probability = 0.15
  /// Of these, the share replaced by the mask token.
  public var maskShare = 0.8
  /// Of these, the share replaced by a random token.
  public var randomShare = 0.1

  public init() {}

  /// Changes the grid's tokens; returns the labels. If chance picks no token of the batch, the one
  /// that came closest is taken, so that there always is a loss.
  func apply(to grid: inout TokenGrid, encoder: any TextEncoder, seed: UInt64, step: Int) throws
    -> [Int32]
  {
    guard let maskID = encoder.maskID else {
      throw DatasetError(
        path: "batch", "The tokenizer has no mask token, which masked language modelling needs.",
        remedy: "Use the task 'language', or a tokenizer such as BERT's.")
    }
    let draws = try Draws(count: grid.ids.count, seed: seed, step: step)
    let open = grid.ids.indices.filter { !grid.special[$0] }
    var chosen = open.filter { draws.choice[$0] < probability }
    if chosen.isEmpty, let closest = open.min(by: { draws.choice[$0] < draws.choice[$1] }) {
      chosen = [closest]
    }
    var labels = [Int32](repeating: Int32(Batch.ignored), count: grid.ids.count)
    for place in chosen {
      labels[place] = grid.ids[place]
      if draws.action[place] < maskShare {
        grid.ids[place] = maskID
      } else if draws.action[place] < maskShare + randomShare {
        let size = encoder.vocabularySize
        grid.ids[place] = Int32(min(size - 1, Int(draws.token[place] * Double(size))))
      }
    }
    return labels
  }
}

/// Three uniform numbers in [0, 1) for each token of a batch, keyed by seed and step.
private struct Draws {
  let choice: [Double]
  let action: [Double]
  let token: [Double]

  init(count: Int, seed: UInt64, step: Int) throws {
    func draw(_ purpose: String) throws -> [Double] {
      let stream = hash64("masking", purpose, UInt64(max(step, 0)))
      let tensor = try Philox(seed: seed, stream: stream).uniform([count], dtype: .f64)
      let start = try tensor.address("masking").assumingMemoryBound(to: Double.self)
      return withExtendedLifetime(tensor) {
        Array(UnsafeBufferPointer(start: start, count: count))
      }
    }
    choice = try draw("choice")
    action = try draw("action")
    token = try draw("token")
  }
}
