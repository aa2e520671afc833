import Tensor

/// Which examples each step sees: a function of the seed and the step alone.
///
/// Every epoch is a permutation of its own, keyed by seed and epoch. It is cut into micro-batches
/// of `batchSize` (the last may be smaller) and these into steps of `accumulate` micro-batches
/// (the last may have fewer), so a step never spans two epochs and no example is left out.
public struct BatchOrder: Sendable, Equatable {
  public let seed: UInt64
  public let exampleCount: Int
  public let batchSize: Int
  public let accumulate: Int
  /// When false, every epoch goes through the examples as they stand.
  public let shuffle: Bool

  private var cached: (epoch: Int, order: [Int])?

  public init(
    seed: UInt64, exampleCount: Int, batchSize: Int, accumulate: Int = 1, shuffle: Bool = true
  ) throws {
    guard exampleCount > 0 else {
      throw TrainingError(
        .invalidArgument, "there are no examples to train on; give a data set that has rows")
    }
    guard batchSize > 0 else {
      throw TrainingError(
        .invalidArgument, "the batch size is \(batchSize), but it must be at least 1")
    }
    guard accumulate > 0 else {
      throw TrainingError(
        .invalidArgument, "accumulate is \(accumulate), but a step takes at least 1 micro-batch")
    }
    self.seed = seed
    self.exampleCount = exampleCount
    self.batchSize = batchSize
    self.accumulate = accumulate
    self.shuffle = shuffle
  }

  public var microBatchesPerEpoch: Int { (exampleCount + batchSize - 1) / batchSize }
  public var stepsPerEpoch: Int { (microBatchesPerEpoch + accumulate - 1) / accumulate }

  /// The epoch of the step that comes after `step` others: 0 for the first.
  public func epoch(ofStep step: Int) -> Int { step / stepsPerEpoch }

  /// The order of a whole epoch.
  public func order(ofEpoch epoch: Int) -> [Int] {
    if let cached, cached.epoch == epoch { return cached.order }
    guard shuffle else { return Array(0..<exampleCount) }
    let stream = hash64("run", "order", UInt64(epoch))
    return Philox(seed: seed, stream: stream).permutation(exampleCount)
  }

  /// The micro-batches of the step that comes after `step` others.
  public mutating func microBatches(ofStep step: Int) -> [[Int]] {
    let epoch = epoch(ofStep: step)
    let order = order(ofEpoch: epoch)
    cached = (epoch, order)
    let first = (step % stepsPerEpoch) * accumulate
    let last = min(first + accumulate, microBatchesPerEpoch)
    return (first..<last).map { place in
      Array(order[place * batchSize..<min((place + 1) * batchSize, exampleCount)])
    }
  }

  public static func == (a: BatchOrder, b: BatchOrder) -> Bool {
    a.seed == b.seed && a.exampleCount == b.exampleCount && a.batchSize == b.batchSize
      && a.accumulate == b.accumulate && a.shuffle == b.shuffle
  }
}
