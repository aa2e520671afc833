import Tensor

/// The state of a run at a whole step: references to immutable values.
struct Snapshot {
  /// The steps that had been made.
  let step: Int
  let model: AnyObject
  let optimizer: OptimizerState
  /// The tensors that the snapshot keeps alive, as far as `Training` knows them.
  let tensors: [Tensor]
}

/// A model's snapshot that says which tensors it holds beside the trainable parameters, so that
/// they count towards the budget.
public protocol MeasuredSnapshot: AnyObject {
  var tensors: [Tensor] { get }
}

/// Snapshots by step, within a budget of bytes.
///
/// A tensor that several snapshots share counts once. Beyond the budget, snapshots are thinned so
/// that recent ones stay dense and old ones become sparse; the first is always kept, so that every
/// step can be reached by going to the nearest earlier snapshot and making the steps again.
struct SnapshotStore {
  private(set) var snapshots: [Snapshot] = []
  private(set) var byteCount = 0
  let budget: Int
  private var uses: [ObjectIdentifier: Int] = [:]

  init(budget: Int) { self.budget = max(0, budget) }

  /// Adds a snapshot later than all others; does nothing when its step is there already.
  mutating func append(_ snapshot: Snapshot) {
    if let last = snapshots.last, last.step >= snapshot.step { return }
    snapshots.append(snapshot)
    retain(snapshot)
    while byteCount > budget, let place = leastUseful() { remove(at: place) }
  }

  /// The last snapshot that is not later than `step`.
  func nearest(notAfter step: Int) -> Snapshot? { snapshots.last { $0.step <= step } }

  mutating func removeAll(after step: Int) {
    while let last = snapshots.last, last.step > step {
      release(last)
      snapshots.removeLast()
    }
  }

  /// The snapshot whose loss leaves the smallest gap in proportion to its age.
  private func leastUseful() -> Int? {
    guard let newest = snapshots.last?.step, snapshots.count > 1 else { return nil }
    guard snapshots.count > 2 else { return 1 }
    let scores = (1..<snapshots.count - 1).map { place -> (place: Int, score: Double) in
      let gap = snapshots[place + 1].step - snapshots[place - 1].step
      return (place, Double(gap) / Double(newest - snapshots[place].step))
    }
    return scores.min { $0.score < $1.score }?.place
  }

  private mutating func remove(at place: Int) {
    release(snapshots[place])
    snapshots.remove(at: place)
  }

  private mutating func retain(_ snapshot: Snapshot) {
    for tensor in snapshot.tensors where !tensor.storage.isExternal {
      let key = ObjectIdentifier(tensor.storage)
      if uses[key] == nil { byteCount += tensor.storage.byteCount }
      uses[key, default: 0] += 1
    }
  }

  private mutating func release(_ snapshot: Snapshot) {
    for tensor in snapshot.tensors where !tensor.storage.isExternal {
      let key = ObjectIdentifier(tensor.storage)
      let left = (uses[key] ?? 1) - 1
      uses[key] = left == 0 ? nil : left
      if left == 0 { byteCount -= tensor.storage.byteCount }
    }
  }
}
