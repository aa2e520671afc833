import Tensor

/// Counts predictions against labels, batch by batch, and gives the usual figures.
///
/// A ratio without anything to divide by (such as the precision of a class that was never
/// predicted) is 0 and flagged, as in scikit-learn with `zero_division=0`.
public struct ClassificationMetrics: Sendable, Equatable {
  public let classes: Int
  /// The class that the binary figures are about.
  public let positive: Int
  /// Labels with this value do not count.
  public let ignore: Int
  /// `confusion[label][prediction]`.
  public private(set) var confusion: [[Int]]
  public private(set) var meter = LossMeter()

  /// - Throws: `TrainingError` when there is no class, or when `positive` is none of them.
  public init(classes: Int, positive: Int = 1, ignore: Int = -100) throws {
    guard classes > 0 else {
      throw TrainingError(
        .invalidArgument, "metrics for \(classes) classes; there must be at least 1")
    }
    self.classes = classes
    self.positive = min(positive, classes - 1)
    self.ignore = ignore
    self.confusion = Array(repeating: Array(repeating: 0, count: classes), count: classes)
  }

  /// Adds a batch: the prediction is the largest logit (the first of equals), the loss is the cross
  /// entropy.
  ///
  /// - Parameters:
  ///   - logits: `[..., classes]`
  ///   - labels: `[...]`, integers.
  public mutating func add(logits: Tensor, labels: Tensor, engine: Engine) throws {
    try checkLabels(logits: logits, labels: labels, metric: "classification metrics")
    guard logits.shape.last == classes else {
      throw TensorError(
        "classification metrics",
        "logits of shape \(describe(logits.shape)) do not end in the \(classes) classes")
    }
    let predictions = try engine.argmax(logits).ints()
    try add(predictions: predictions, labels: labels.ints())
    let result = try engine.crossEntropy(logits, labels: labels, ignore: ignore)
    guard result.counted > 0 else { return }
    let total = try engine.sum(engine.cast(result.losses, to: .f64)).item()
    meter.add(mean: total / Double(result.counted), count: result.counted)
  }

  /// Adds predicted classes without a loss.
  public mutating func add(predictions: [Int], labels: [Int]) throws {
    guard predictions.count == labels.count else {
      throw TrainingError(
        .invalidArgument,
        "\(predictions.count) predictions cannot be compared with \(labels.count) labels")
    }
    for (prediction, label) in zip(predictions, labels) where label != ignore {
      guard confusion.indices.contains(label), confusion.indices.contains(prediction) else {
        throw TrainingError(
          .invalidArgument,
          "label \(label) or prediction \(prediction) is not one of the \(classes) classes, which "
            + "are 0 to \(classes - 1)")
      }
      confusion[label][prediction] += 1
    }
  }

  /// The loss in place of the cross entropy, for a model that has its own.
  public mutating func addLoss(mean: Double, count: Int) { meter.add(mean: mean, count: count) }
}

// MARK: - Figures

extension ClassificationMetrics {
  /// What is said of one class.
  public struct ClassScores: Sendable, Equatable {
    /// Examples of the class.
    public let support: Int
    /// Examples that were predicted to be of the class.
    public let predicted: Int
    /// `tp / (tp + fp)`
    public let precision: Score
    /// `tp / (tp + fn)`
    public let recall: Score
    /// `2 tp / (2 tp + fp + fn)`
    public let f1: Score
  }

  public var count: Int { confusion.reduce(0) { $0 + $1.reduce(0, +) } }
  public var correct: Int { confusion.indices.reduce(0) { $0 + confusion[$1][$1] } }
  public var accuracy: Score { .ratio(correct, count) }
  public var loss: Score { meter.loss }
  public var perplexity: Score { get throws { try meter.perplexity } }

  /// The figures of each class.
  public var perClass: [ClassScores] {
    confusion.indices.map { index in
      let hits = confusion[index][index]
      let support = confusion[index].reduce(0, +)
      let predicted = confusion.reduce(0) { $0 + $1[index] }
      return ClassScores(
        support: support, predicted: predicted,
        precision: .ratio(hits, predicted),
        recall: .ratio(hits, support),
        f1: .ratio(2 * hits, support + predicted))
    }
  }

  /// The figures of the positive class of a binary task; nil unless there are two classes.
  public var binary: ClassScores? { classes == 2 ? perClass[positive] : nil }

  public var macroPrecision: Score { macro(\.precision) }
  public var macroRecall: Score { macro(\.recall) }
  /// The mean of the classes' F1.
  public var macroF1: Score { macro(\.f1) }

  /// The mean over the classes that occur among labels or predictions (as scikit-learn takes them).
  /// Undefined when nothing was counted or when a class's own figure is undefined and enters as 0.
  private func macro(_ score: (ClassScores) -> Score) -> Score {
    let present = perClass.filter { $0.support + $0.predicted > 0 }.map(score)
    guard !present.isEmpty else { return Score(0, isDefined: false) }
    let mean = present.reduce(0) { $0 + $1.value } / Double(present.count)
    return Score(mean, isDefined: present.allSatisfy(\.isDefined))
  }

  /// Matthews' correlation, for any number of classes (Gorodkin 2004):
  /// `(c s − Σ tₖ pₖ) / √((s² − Σ pₖ²) (s² − Σ tₖ²))` with c correct of s, tₖ examples and pₖ
  /// predictions of class k.
  public var matthews: Score {
    let total = Double(count)
    var both = 0.0
    var labels = total * total
    var predictions = total * total
    for scores in perClass {
      let support = Double(scores.support)
      let predicted = Double(scores.predicted)
      both += support * predicted
      labels -= support * support
      predictions -= predicted * predicted
    }
    return .ratio(Double(correct) * total - both, (predictions * labels).squareRoot())
  }

  /// The names of the figures that had nothing to divide by, such as `precision of class 2`.
  public var undefined: [String] {
    var names = [("accuracy", accuracy), ("matthews", matthews)]
    for (index, scores) in perClass.enumerated() {
      names.append(("precision of class \(index)", scores.precision))
      names.append(("recall of class \(index)", scores.recall))
      names.append(("f1 of class \(index)", scores.f1))
    }
    return names.filter { !$0.1.isDefined }.map(\.0)
  }
}
