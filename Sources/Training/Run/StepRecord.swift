/// What one optimiser step did.
public struct StepRecord: Sendable, Equatable {
  /// The steps that the run has made, this one included: 1 for the first.
  public let step: Int
  /// The epoch from which the examples came: 1 for the first.
  public let epoch: Int
  /// Without the penalty; the weighted mean over micro-batches.
  public let loss: Double
  public let penalty: Double
  /// The optimiser's rate times the schedule's factor, without any group's own rate.
  public let learningRate: Double
  /// Of all gradients together, before clipping.
  public let gradientNorm: Double
  /// `‖Δw‖ / ‖w‖` over the parameters that were updated, w from before the update.
  public let updateRatio: Double
  public let examples: Int
  public let seconds: Double
  /// The sum of the metric "tokens", when the model gives it.
  public let tokens: Int?
  /// The model's other metrics, as weighted means over micro-batches.
  public let metrics: [String: Double]

  public var tokensPerSecond: Double? {
    tokens.flatMap { seconds > 0 ? Double($0) / seconds : nil }
  }

  /// Whether two records tell of the same step with the same numbers, however long it took.
  public func isSameStep(as other: StepRecord) -> Bool {
    step == other.step && epoch == other.epoch && loss == other.loss && penalty == other.penalty
      && learningRate == other.learningRate && gradientNorm == other.gradientNorm
      && updateRatio == other.updateRatio && tokens == other.tokens && metrics == other.metrics
  }
}

/// The records of a run, and columns of them for plots.
public struct History: Sendable {
  public internal(set) var records: [StepRecord] = []

  public init() {}

  public var count: Int { records.count }
  public var last: StepRecord? { records.last }
  public var steps: [Int] { records.map(\.step) }
  public var losses: [Double] { records.map(\.loss) }

  /// The names of the columns: the fixed ones, then the model's metrics by the alphabet.
  public var columns: [String] { History.columnNames(of: records) }

  /// The columns of some records.
  public static func columnNames(of records: [StepRecord]) -> [String] {
    fixed.map(\.name) + Set(records.flatMap { $0.metrics.keys }).sorted()
  }

  /// One column of one record; nil where there is no such column.
  public static func value(_ name: String, of record: StepRecord) -> Double? {
    fixed.first { $0.name == name }?.value(record) ?? record.metrics[name]
  }

  /// One number a step; NaN where a step has none. Nil when there is no such column.
  public func column(_ name: String) -> [Double]? {
    if let fixed = History.fixed.first(where: { $0.name == name }) {
      return records.map(fixed.value)
    }
    guard records.contains(where: { $0.metrics[name] != nil }) else { return nil }
    return records.map { $0.metrics[name] ?? .nan }
  }

  private static let fixed: [(name: String, value: @Sendable (StepRecord) -> Double)] = [
    ("step", { Double($0.step) }),
    ("epoch", { Double($0.epoch) }),
    ("loss", { $0.loss }),
    ("penalty", { $0.penalty }),
    ("learning_rate", { $0.learningRate }),
    ("gradient_norm", { $0.gradientNorm }),
    ("update_ratio", { $0.updateRatio }),
    ("seconds", { $0.seconds }),
    ("tokens", { $0.tokens.map(Double.init) ?? .nan }),
    ("tokens_per_second", { $0.tokensPerSecond ?? .nan }),
  ]
}
