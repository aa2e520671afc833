import Tensor

/// Which rows make up each batch: a permutation an epoch, keyed by seed and epoch, cut into pieces.
/// Nothing is remembered between epochs, so that any step can be repeated.
public struct BatchPlan: Sendable {
  public let count: Int
  public let batchSize: Int
  public let seed: UInt64
  public let shuffles: Bool
  /// Leaves out a last batch that is smaller than the others.
  public let dropsLast: Bool

  /// Sizes below 1 count as 1.
  public init(
    count: Int, batchSize: Int, seed: UInt64 = 0, shuffles: Bool = true, dropsLast: Bool = false
  ) {
    self.count = max(count, 0)
    self.batchSize = max(batchSize, 1)
    self.seed = seed
    self.shuffles = shuffles
    self.dropsLast = dropsLast
  }

  public var batchesPerEpoch: Int {
    dropsLast && count >= batchSize ? count / batchSize : (count + batchSize - 1) / batchSize
  }

  /// All rows of an epoch in their order.
  public func order(epoch: Int) -> [Int] {
    guard shuffles else { return Array(0..<count) }
    let stream = hash64("batches", "order", UInt64(max(epoch, 0)))
    return Philox(seed: seed, stream: stream).permutation(count)
  }

  /// The batches of an epoch, counted from 0.
  public func batches(epoch: Int) -> [[Int]] {
    let order = order(epoch: epoch)
    return (0..<batchesPerEpoch).map { batch in
      Array(order[batch * batchSize..<min((batch + 1) * batchSize, count)])
    }
  }

  /// The epoch of a step and its place therein; steps are counted from 0 over all epochs.
  public func place(step: Int) -> (epoch: Int, batch: Int) {
    let size = max(batchesPerEpoch, 1)
    return (step / size, step % size)
  }
}
