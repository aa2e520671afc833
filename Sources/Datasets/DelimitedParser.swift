/// Splits delimited text into records: RFC 4180 with quoting, plain splitting without.
struct DelimitedParser {
  let source: SourceText
  let delimiter: UInt8
  let quoting: Bool

  private static let quote = UInt8(ascii: "\"")
  private static let newline = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")

  /// All records but blank lines. Throws for a quote that does not close, text behind a closing
  /// quote, or a record that has more or fewer fields than the first.
  func records() throws -> [Table.Record] {
    var records: [Table.Record] = []
    var position = 0
    var line = 1
    while position < source.bytes.count {
      let start = position
      let startLine = line
      var fields: [String] = []
      repeat {
        fields.append(try field(&position, &line, start: start, startLine: startLine))
      } while take(delimiter, &position)
      let end = position
      _ = take(Self.carriageReturn, &position)
      if take(Self.newline, &position) { line += 1 }
      if fields == [""] { continue }
      let excerpt = source.text(start..<min(end, start + 240))
      if let first = records.first, fields.count != first.fields.count {
        throw DatasetError(
          path: source.path, line: startLine, excerpt: excerpt,
          "This line has \(counted(fields.count)), but line \(first.line) has "
            + "\(first.fields.count).", remedy: remedy)
      }
      records.append(.init(line: startLine, fields: fields, excerpt: excerpt))
    }
    return records
  }

  private var remedy: String {
    quoting
      ? "Put fields that hold a comma, a quote or a line break in double quotes."
      : "Remove tabs from within fields, or pass the right delimiter."
  }

  private func counted(_ count: Int) -> String { count == 1 ? "1 field" : "\(count) fields" }

  private func take(_ byte: UInt8, _ position: inout Int) -> Bool {
    guard position < source.bytes.count, source.bytes[position] == byte else { return false }
    position += 1
    return true
  }

  private func field(
    _ position: inout Int, _ line: inout Int, start: Int, startLine: Int
  ) throws -> String {
    if quoting && take(Self.quote, &position) {
      return try quoted(&position, &line, start: start, startLine: startLine)
    }
    let begin = position
    while position < source.bytes.count, !isEnd(position) { position += 1 }
    return source.text(begin..<position)
  }

  /// A delimiter, or the end of a line (`\n` or `\r\n`).
  private func isEnd(_ position: Int) -> Bool {
    let byte = source.bytes[position]
    if byte == delimiter || byte == Self.newline { return true }
    guard byte == Self.carriageReturn else { return false }
    return position + 1 == source.bytes.count || source.bytes[position + 1] == Self.newline
  }

  private func quoted(
    _ position: inout Int, _ line: inout Int, start: Int, startLine: Int
  ) throws -> String {
    let openingLine = line
    var text: [UInt8] = []
    while position < source.bytes.count {
      let byte = source.bytes[position]
      position += 1
      if byte != Self.quote {
        if byte == Self.newline { line += 1 }
        text.append(byte)
      } else if take(Self.quote, &position) {
        text.append(Self.quote)
      } else if position == source.bytes.count || isEnd(position) {
        return String(decoding: text, as: UTF8.self)
      } else {
        throw DatasetError(
          path: source.path, line: line, excerpt: source.text(start..<lineEnd(start)),
          "Text follows the closing quote of a field.",
          remedy: "Write a quote inside a quoted field twice.")
      }
    }
    throw DatasetError(
      path: source.path, line: openingLine, excerpt: source.text(start..<lineEnd(start)),
      "A quoted field begins here and never ends.",
      remedy: "Close the quote, or write quotes inside quoted fields twice.")
  }

  private func lineEnd(_ start: Int) -> Int {
    source.bytes[start...].firstIndex(of: Self.newline) ?? source.bytes.count
  }
}
