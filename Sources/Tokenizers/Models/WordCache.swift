import Foundation

/// Tokens of words that were seen before. Emptied when full.
struct WordCache {
  private struct Range {
    var start: Int32
    var count: Int32
  }

  private var words = ByteTable(capacity: 4096)
  private var ranges: [Range] = []
  private var parts: [WordPart] = []
  private static let mostWords = 1 << 18
  private static let mostBytes = 1 << 24
  /// Longer words hardly ever come again.
  private static let longestWord = 256

  /// The word's tokens, made by `compute` if they are not known yet.
  @inline(__always)
  mutating func withParts<Result>(
    of word: UnsafeBufferPointer<UInt8>,
    compute: (UnsafeBufferPointer<UInt8>, inout [WordPart]) throws -> Void,
    use: (ArraySlice<WordPart>) -> Result
  ) throws -> Result {
    if let index = words.find(word) {
      let range = ranges[Int(index)]
      return use(parts[Int(range.start)..<Int(range.start + range.count)])
    }
    if ranges.count >= WordCache.mostWords || words.keyBytes >= WordCache.mostBytes
      || parts.count >= WordCache.mostBytes
    {
      words.removeAll()
      ranges.removeAll(keepingCapacity: true)
      parts.removeAll(keepingCapacity: true)
    }
    let start = parts.count
    do { try compute(word, &parts) } catch {
      parts.removeSubrange(start...)
      throw error
    }
    let result = use(parts[start...])
    if word.count <= WordCache.longestWord {
      words.insert(word, Int32(ranges.count))
      ranges.append(Range(start: Int32(start), count: Int32(parts.count - start)))
    } else {
      parts.removeSubrange(start...)
    }
    return result
  }
}

/// What encoding needs besides the tokenizer itself; one encoding uses one at a time.
struct Workspace {
  var cache = WordCache()
  var mapped: [UInt8] = []
}

/// Workspaces that wait for the next encoding, so that threads share nothing while they encode.
final class WorkspacePool: @unchecked Sendable {
  private let lock = NSLock()
  private var waiting: [Workspace] = []

  func take() -> Workspace {
    lock.lock()
    defer { lock.unlock() }
    return waiting.popLast() ?? Workspace()
  }

  func give(_ workspace: Workspace) {
    lock.lock()
    defer { lock.unlock() }
    waiting.append(workspace)
  }
}
