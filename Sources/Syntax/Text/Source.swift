/// A piece of program text with a name: a file, a typed line, a library file.
///
/// Positions everywhere are UTF-8 offsets into `utf8`.
public final class Source: Sendable {
  /// What diagnostics call it: a path, or `<input>` for typed text.
  public let name: String
  public let text: String
  public let utf8: [UInt8]
  /// The offset at which each line starts; the first is 0.
  public let lineStarts: [Int]

  public init(_ text: String, name: String = "<input>") {
    self.name = name
    self.text = text
    utf8 = Array(text.utf8)
    var starts = [0]
    for (offset, byte) in utf8.enumerated() where byte == UInt8(ascii: "\n") {
      starts.append(offset + 1)
    }
    lineStarts = starts
  }

  /// The zero-based line that holds `offset`.
  public func lineIndex(at offset: Int) -> Int {
    var low = 0
    var high = lineStarts.count - 1
    while low < high {
      let middle = (low + high + 1) / 2
      if lineStarts[middle] <= offset { low = middle } else { high = middle - 1 }
    }
    return low
  }

  /// The offsets of a zero-based line, without its line end.
  public func lineRange(_ index: Int) -> Range<Int> {
    let start = lineStarts[index]
    var end = index + 1 < lineStarts.count ? lineStarts[index + 1] - 1 : utf8.count
    if end > start, utf8[end - 1] == UInt8(ascii: "\r") { end -= 1 }
    return start..<end
  }

  /// The text between two offsets; offsets outside the source are clamped.
  public func text(in range: Range<Int>) -> String {
    String(decoding: utf8[range.clamped(to: 0..<utf8.count)], as: UTF8.self)
  }

  /// One-based line and column (in characters) of an offset.
  public func place(of offset: Int) -> (line: Int, column: Int) {
    let index = lineIndex(at: offset)
    let start = lineStarts[index]
    return (index + 1, text(in: start..<max(start, offset)).count + 1)
  }
}
