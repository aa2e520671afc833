import Foundation
import Syntax

/// Writes golden lines anew. Blocks that match stay as they are, so that masked numbers do not change with each run.
enum GoldenUpdate {
  /// The source with the `#>` lines of each block that does not match replaced.
  static func updated(_ source: Source, _ result: GoldenResult) -> String {
    var edits: [(range: Range<Int>, text: String)] = []
    for block in result.blocks where !block.isMatch {
      edits.append(edit(block, in: source))
    }
    var bytes = source.utf8
    for edit in edits.sorted(by: { $0.range.lowerBound > $1.range.lowerBound }) {
      bytes.replaceSubrange(edit.range, with: Array(edit.text.utf8))
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The stretch from the end of the statement's line through its last golden line.
  private static func edit(
    _ block: GoldenResult.Block, in source: Source
  ) -> (range: Range<Int>, text: String) {
    let statement = block.statement
    let lastOffset = max(statement.span.start, statement.span.end - 1)
    let lastLine = source.lineIndex(at: lastOffset)
    let start = source.lineRange(lastLine).upperBound
    let end =
      statement.golden.last.map { source.lineRange(source.lineIndex(at: $0.span.start)).upperBound }
      ?? start
    let text = block.actual.map { $0.isEmpty ? "\n#>" : "\n#> " + $0 }.joined()
    return (start..<max(start, end), text)
  }

  /// Replaces a file as a whole, so that nothing half-written stays.
  static func write(_ text: String, to path: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
  }
}
