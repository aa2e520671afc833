import Tensor

/// The mean of a loss over batches of different sizes, and its perplexity.
public struct LossMeter: Sendable, Equatable {
  /// The sum of the losses of all terms.
  public private(set) var total = 0.0
  /// The number of terms (examples, or tokens that are predicted).
  public private(set) var count = 0

  public init() {}

  /// Adds a batch whose mean loss over `count` terms is `mean`. A batch without terms adds nothing.
  public mutating func add(mean: Double, count: Int) {
    guard count > 0 else { return }
    total += mean * Double(count)
    self.count += count
  }

  /// The mean over all terms.
  public var loss: Score { .ratio(total, Double(count)) }

  /// `exp(loss)`, for a loss in nats.
  public var perplexity: Score {
    get throws {
      guard count > 0 else { return Score(0, isDefined: false) }
      return Score(try Engine(math: .exact).exp(Tensor([loss.value])).item())
    }
  }
}
