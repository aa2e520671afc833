/// How long a run is; fixed when it starts.
public enum Horizon: Sendable, Equatable {
  case steps(Int)
  case epochs(Int)
}

/// How a run trains.
public struct RunOptions: Sendable {
  public var seed: UInt64
  /// Examples a micro-batch.
  public var batchSize: Int
  public var shuffle = true
  public var horizon: Horizon?
  public var schedule: Schedule = .constant()
  /// By `ParameterSlot.group`.
  public var groups: [String: GroupOptions] = [:]
  /// The largest norm of all gradients together; nil leaves them as they are.
  public var clip: Double?
  /// Micro-batches a step: the gradient is that of one batch of them all.
  public var accumulate = 1
  /// Bytes of memory that the states kept for `back` may take.
  public var snapshotBudget = RunOptions.defaultSnapshotBudget
  /// Bytes on disk for those that memory has no room for.
  public var diskBudget = RunOptions.defaultDiskBudget

  /// 256 MiB.
  public static let defaultSnapshotBudget = 256 << 20
  /// 4 GiB, and never more than half of what the disk has free.
  public static let defaultDiskBudget = 4 << 30

  public init(
    seed: UInt64 = 0, batchSize: Int, shuffle: Bool = true, horizon: Horizon? = nil,
    schedule: Schedule = .constant(), groups: [String: GroupOptions] = [:], clip: Double? = nil,
    accumulate: Int = 1, snapshotBudget: Int = RunOptions.defaultSnapshotBudget,
    diskBudget: Int = RunOptions.defaultDiskBudget
  ) {
    self.seed = seed
    self.batchSize = batchSize
    self.shuffle = shuffle
    self.horizon = horizon
    self.schedule = schedule
    self.groups = groups
    self.clip = clip
    self.accumulate = accumulate
    self.snapshotBudget = snapshotBudget
    self.diskBudget = diskBudget
  }

  func validate() throws {
    if let clip, !(clip > 0) {
      throw TrainingError(
        .invalidArgument, "clip is \(clip), but the largest gradient norm must be above 0")
    }
    for (name, group) in groups.sorted(by: { $0.key < $1.key }) {
      let numbers = [group.learningRate ?? 0, group.multiplier, group.weightDecay ?? 0]
      guard numbers.allSatisfy({ $0 >= 0 && $0.isFinite }) else {
        throw TrainingError(
          .invalidArgument,
          "the parameter group '\(name)' has a learning rate, multiplier or weight decay that is "
            + "negative or not finite")
      }
    }
  }

  /// The horizon in steps.
  func steps(perEpoch: Int) throws -> Int? {
    switch horizon {
    case nil:
      return nil
    case .steps(let count), .epochs(let count):
      guard count > 0 else {
        throw TrainingError(
          .invalidArgument, "the total of the run is \(count), but it must be at least 1")
      }
      if case .epochs = horizon { return count * perEpoch }
      return count
    }
  }
}
