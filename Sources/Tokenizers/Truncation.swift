/// Which end of a text is cut off, or padded.
public enum Side: String, Sendable {
  case left = "Left"
  case right = "Right"
}

/// A limit on the tokens of an encoding, special tokens included.
public struct Truncation: Sendable, Equatable {
  public enum Strategy: String, Sendable {
    case longestFirst = "LongestFirst"
    case onlyFirst = "OnlyFirst"
    case onlySecond = "OnlySecond"
  }

  public var maximumLength: Int
  public var strategy: Strategy
  public var side: Side

  public init(
    maximumLength: Int, strategy: Strategy = .longestFirst, side: Side = .right
  ) {
    self.maximumLength = maximumLength
    self.strategy = strategy
    self.side = side
  }

  /// Cuts one or two runs so that they and `added` special tokens fit.
  func apply(to runs: inout [TokenRun], added: Int) throws {
    let room = maximumLength - added
    guard room >= 0 else {
      throw TokenizerError(
        "A maximum length of \(maximumLength) tokens leaves no room: the tokenizer itself adds "
          + "\(added) special tokens.")
    }
    let counts = runs.map(\.ids.count)
    let excess = counts.reduce(0, +) - room
    guard excess > 0 else { return }
    if room == 0 { return cut(&runs, to: counts.map { _ in 0 }) }
    switch strategy {
    case .longestFirst: cut(&runs, to: Truncation.balanced(counts, room: room))
    case .onlyFirst: try cutOne(&runs, 0, excess)
    case .onlySecond:
      guard runs.count > 1 else {
        throw TokenizerError("Truncation of the second text was asked for, but there is only one.")
      }
      try cutOne(&runs, 1, excess)
    }
  }

  /// The shorter text keeps its length while the longer can pay; else each gets half, the longer
  /// one the odd token.
  private static func balanced(_ counts: [Int], room: Int) -> [Int] {
    guard counts.count == 2 else { return [room] }
    let shorter = min(counts[0], counts[1])
    var lengths = (shorter, shorter > room ? shorter : max(shorter, room - shorter))
    if lengths.0 + lengths.1 > room { lengths = (room / 2, room / 2 + room % 2) }
    return counts[0] > counts[1] ? [lengths.1, lengths.0] : [lengths.0, lengths.1]
  }

  private func cutOne(_ runs: inout [TokenRun], _ index: Int, _ excess: Int) throws {
    var lengths = runs.map(\.ids.count)
    guard lengths[index] > excess else {
      throw TokenizerError(
        "The text to truncate has \(lengths[index]) tokens, too few to cut \(excess) of them.")
    }
    lengths[index] -= excess
    cut(&runs, to: lengths)
  }

  private func cut(_ runs: inout [TokenRun], to lengths: [Int]) {
    for (index, length) in lengths.enumerated() where length < runs[index].ids.count {
      let count = runs[index].ids.count
      runs[index].keep(side == .right ? 0..<length : (count - length)..<count)
    }
  }
}

/// How encodings of a batch are filled up to one length.
public struct Padding: Sendable, Equatable {
  public var id: Int32
  public var typeID: Int32
  public var token: String
  public var side: Side
  /// The least length of every encoding; nil: that of the batch's longest.
  public var fixedLength: Int?
  public var multiple: Int?

  public init(
    id: Int32, token: String, typeID: Int32 = 0, side: Side = .right, fixedLength: Int? = nil,
    multiple: Int? = nil
  ) {
    self.id = id
    self.typeID = typeID
    self.token = token
    self.side = side
    self.fixedLength = fixedLength
    self.multiple = multiple
  }

  /// Fills each encoding up to the common length; longer ones stay as they are.
  public func apply(to encodings: inout [Encoding]) {
    var length = fixedLength ?? encodings.map(\.count).max() ?? 0
    if let multiple, multiple > 0, length % multiple > 0 {
      length += multiple - length % multiple
    }
    for index in encodings.indices { pad(&encodings[index], to: length) }
  }

  private func pad(_ encoding: inout Encoding, to length: Int) {
    let missing = length - encoding.count
    guard missing > 0 else { return }
    func fill<Element>(_ array: inout [Element], _ element: Element) {
      let filling = repeatElement(element, count: missing)
      array.insert(contentsOf: filling, at: side == .right ? array.count : 0)
    }
    fill(&encoding.ids, id)
    fill(&encoding.typeIDs, typeID)
    fill(&encoding.offsets, 0..<0)
    fill(&encoding.specialMask, true)
    fill(&encoding.attentionMask, false)
  }
}
