/// Splits plain text into lines or paragraphs.
struct PlainTextParser {
  let source: SourceText
  let unit: ReadOptions.Unit

  func records() -> [Table.Record] {
    if unit == .document {
      return [record(line: 1, text: trimmedEnd(source.text(0..<source.bytes.count)))]
    }
    var records: [Table.Record] = []
    var block: [String] = []
    var blockLine = 1
    for (index, slice) in source.bytes.split(separator: 10, omittingEmptySubsequences: false)
      .enumerated()
    {
      let bytes = slice.last == 13 ? slice.dropLast() : slice
      let isBlank = bytes.allSatisfy(SourceText.isSpace)
      let text = String(decoding: bytes, as: UTF8.self)
      if unit == .line {
        if !isBlank { records.append(record(line: index + 1, text: text)) }
        continue
      }
      if !isBlank {
        if block.isEmpty { blockLine = index + 1 }
        block.append(text)
      } else if !block.isEmpty {
        records.append(record(line: blockLine, text: block.joined(separator: "\n")))
        block = []
      }
    }
    if !block.isEmpty {
      records.append(record(line: blockLine, text: block.joined(separator: "\n")))
    }
    return records
  }

  private func record(line: Int, text: String) -> Table.Record {
    .init(line: line, fields: [text], excerpt: String(text.prefix(80)))
  }

  private func trimmedEnd(_ text: String) -> String {
    var text = Substring(text)
    while let last = text.last, last.isNewline { text.removeLast() }
    return String(text)
  }
}
