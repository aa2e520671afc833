import Tensor

/// Snapshots by step, within a budget of bytes in memory and another on disk.
///
/// A tensor that several snapshots share counts once. Beyond the first budget the oldest snapshots
/// go to disk; beyond both, snapshots are thinned so that recent ones stay dense and old ones
/// become sparse. The first is always kept, so that every step can be reached by going to the
/// nearest earlier snapshot and making the steps again.
struct SnapshotStore {
  private enum Entry {
    case inMemory(Snapshot)
    case onDisk(SpilledSnapshot)

    var step: Int {
      switch self {
      case .inMemory(let snapshot): snapshot.step
      case .onDisk(let snapshot): snapshot.step
      }
    }
  }

  let budget: Int
  private(set) var diskBudget: Int
  private(set) var byteCount = 0
  private(set) var diskByteCount = 0

  private var entries: [Entry] = []
  /// By storage, how many snapshots in memory have it, and where it was written, if it was.
  private var uses: [ObjectIdentifier: Int] = [:]
  private var written: [ObjectIdentifier: SpillFile.Block] = [:]
  /// By block, how many snapshots on disk have it.
  private var blockUses: [ObjectIdentifier: Int] = [:]
  private var file: SpillFile?

  init(budget: Int, diskBudget: Int = 0) {
    self.budget = max(0, budget)
    self.diskBudget = max(0, diskBudget)
  }

  var steps: [Int] { entries.map(\.step) }
  /// How many snapshots are on disk.
  var spilledCount: Int { entries.count { if case .onDisk = $0 { true } else { false } } }

  /// Adds a snapshot later than all others; does nothing when its step is there already.
  mutating func append(_ snapshot: Snapshot) {
    if let last = entries.last, last.step >= snapshot.step { return }
    entries.append(.inMemory(snapshot))
    retain(snapshot)
    while byteCount > budget {
      if spillOldest() { continue }
      guard let place = leastUseful() else { return }
      remove(at: place)
    }
  }

  /// The step of the last snapshot that is not later than `step`.
  func nearestStep(notAfter step: Int) -> Int? { entries.last { $0.step <= step }?.step }

  /// The last snapshot that is not later than `step`.
  func nearest(notAfter step: Int) throws -> Snapshot? {
    switch entries.last(where: { $0.step <= step }) {
    case nil: return nil
    case .inMemory(let snapshot): return snapshot
    case .onDisk(let spilled): return try spilled.read()
    }
  }

  mutating func removeAll(after step: Int) {
    while let last = entries.last, last.step > step { remove(at: entries.count - 1) }
  }

  /// The same snapshots for another run, whose own go to a file of its own.
  func forked() -> SnapshotStore {
    var copy = self
    copy.file = nil
    return copy
  }

  /// The snapshot whose loss leaves the smallest gap in proportion to its age.
  private func leastUseful() -> Int? {
    guard let newest = entries.last?.step, entries.count > 1 else { return nil }
    guard entries.count > 2 else { return 1 }
    var best: (place: Int, score: Double)?
    for place in 1..<entries.count - 1 {
      let gap = entries[place + 1].step - entries[place - 1].step
      let score = Double(gap) / Double(newest - entries[place].step)
      if best.map({ score < $0.score }) ?? true { best = (place, score) }
    }
    return best?.place
  }

  private mutating func remove(at place: Int) {
    switch entries[place] {
    case .inMemory(let snapshot): release(snapshot)
    case .onDisk(let spilled): releaseBlocks(spilled)
    }
    entries.remove(at: place)
  }
}

// MARK: - Memory

extension SnapshotStore {
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
      if left == 0 {
        byteCount -= tensor.storage.byteCount
        written[key] = nil
      }
    }
  }
}

// MARK: - Disk

extension SnapshotStore {
  /// Writes the oldest snapshot in memory; false where there is none, or no room.
  private mutating func spillOldest() -> Bool {
    guard diskBudget > 0 else { return false }
    for (place, entry) in entries.enumerated() {
      guard case .inMemory(let snapshot) = entry else { continue }
      guard snapshot.model is any TensorSnapshot, let file = openFile() else { return false }
      guard diskByteCount + unwritten(snapshot) <= diskBudget else { return false }
      guard let spilled = write(snapshot, to: file) else {
        // What is on disk stays of use; more does not fit.
        diskBudget = diskByteCount
        return false
      }
      entries[place] = .onDisk(spilled)
      for block in spilled.blocks {
        let key = ObjectIdentifier(block)
        if blockUses[key] == nil { diskByteCount += block.place.count }
        blockUses[key, default: 0] += 1
      }
      release(snapshot)
      return true
    }
    return false
  }

  private mutating func openFile() -> SpillFile? {
    if let file { return file }
    guard let opened = SpillFile() else {
      diskBudget = diskByteCount
      return nil
    }
    diskBudget = min(diskBudget, diskByteCount + opened.room)
    file = opened
    return opened
  }

  /// The bytes that writing the snapshot would add.
  private func unwritten(_ snapshot: Snapshot) -> Int {
    var seen: Set<ObjectIdentifier> = []
    var total = 0
    for tensor in snapshot.tensors where !tensor.storage.isExternal {
      let key = ObjectIdentifier(tensor.storage)
      if written[key] == nil, seen.insert(key).inserted { total += tensor.storage.byteCount }
    }
    return total
  }

  private mutating func write(_ snapshot: Snapshot, to file: SpillFile) -> SpilledSnapshot? {
    var blocks = written
    let spilled = SpilledSnapshot(snapshot) { storage in
      let key = ObjectIdentifier(storage)
      if let known = blocks[key] { return known }
      let block = file.write(storage)
      blocks[key] = block
      return block
    }
    if spilled != nil { written = blocks }
    return spilled
  }

  private mutating func releaseBlocks(_ spilled: SpilledSnapshot) {
    for block in spilled.blocks {
      let key = ObjectIdentifier(block)
      let left = (blockUses[key] ?? 1) - 1
      blockUses[key] = left == 0 ? nil : left
      if left == 0 { diskByteCount -= block.place.count }
    }
  }
}
