import Tensor

/// Loss, perplexity and accuracy of next-token predictions: as `ClassificationMetrics`, but without
/// a confusion matrix, which a vocabulary would make too large.
public struct LanguageModelMetrics: Sendable, Equatable {
  /// Labels with this value do not count.
  public let ignore: Int
  public private(set) var meter = LossMeter()
  public private(set) var correct = 0

  public init(ignore: Int = -100) { self.ignore = ignore }

  /// Adds a batch.
  ///
  /// - Parameters:
  ///   - logits: `[..., V]`; row i predicts label i (already shifted).
  ///   - labels: `[...]`, integers.
  public mutating func add(logits: Tensor, labels: Tensor, engine: Engine) throws {
    try checkLabels(logits: logits, labels: labels, metric: "language model metrics")
    let result = try engine.crossEntropy(logits, labels: labels, ignore: ignore)
    if result.counted > 0 {
      let total = try engine.sum(engine.cast(result.losses, to: .f64)).item()
      meter.add(mean: total / Double(result.counted), count: result.counted)
    }
    let predicted = try engine.argmax(logits).ints()
    for (label, guess) in zip(try labels.ints(), predicted) where label != ignore {
      if label == guess { correct += 1 }
    }
  }

  /// The labels that counted.
  public var count: Int { meter.count }
  public var accuracy: Score { .ratio(correct, count) }
  public var loss: Score { meter.loss }
  public var perplexity: Score { get throws { try meter.perplexity } }
}

/// Throws unless `labels` are integers of the shape of `logits` without its last axis.
func checkLabels(logits: Tensor, labels: Tensor, metric: String) throws {
  guard logits.rank > 0, labels.shape == Array(logits.shape.dropLast()), labels.dtype.isInteger
  else {
    throw TensorError(
      metric,
      "logits of shape \(describe(logits.shape)) need integer labels of shape "
        + "\(describe(Array(logits.shape.dropLast()))), but these are \(labels.dtype.name) "
        + "\(describe(labels.shape))")
  }
}
