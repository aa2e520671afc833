/// A text, or a pair of texts, as tokens. All arrays are of one length.
public struct Encoding: Sendable, Equatable {
  public var ids: [Int32]
  /// For each token the UTF-8 bytes of its own text that it stands for (`Array(text.utf8)[range]`).
  /// Empty at 0 for tokens that a template or padding added.
  public var offsets: [Range<Int>]
  /// 0 or 1: which segment a token belongs to.
  public var typeIDs: [Int32]
  /// True for tokens that a template or padding added, not for special tokens found in the text.
  public var specialMask: [Bool]
  /// False for padding.
  public var attentionMask: [Bool]

  public init() {
    ids = []
    offsets = []
    typeIDs = []
    specialMask = []
    attentionMask = []
  }

  public var count: Int { ids.count }

  mutating func append(_ id: Int32, typeID: Int32) {
    ids.append(id)
    offsets.append(0..<0)
    typeIDs.append(typeID)
    specialMask.append(true)
    attentionMask.append(true)
  }

  mutating func append(_ run: TokenRun, typeID: Int32) {
    ids += run.ids
    offsets.reserveCapacity(offsets.count + run.spans.count)
    for span in run.spans { offsets.append(Int(span.start)..<Int(max(span.start, span.end))) }
    typeIDs += repeatElement(typeID, count: run.ids.count)
    specialMask += repeatElement(false, count: run.ids.count)
    attentionMask += repeatElement(true, count: run.ids.count)
  }
}

/// Tokens of one text, before special tokens are added.
struct TokenRun {
  let text: [UInt8]
  var ids: [Int32] = []
  var spans: [Span] = []
  /// Places of added tokens, whose own text may hold white space that they took along.
  var found: Set<Int> = []

  init(text: [UInt8]) {
    self.text = text
  }

  mutating func keep(_ range: Range<Int>) {
    ids = Array(ids[range])
    spans = Array(spans[range])
    found = Set(found.filter(range.contains).map { $0 - range.lowerBound })
  }
}
