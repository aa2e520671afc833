extension DiagnosticRenderer {
  /// A source line and below it marks under a span: two lines that fit the width. Of a line that is too long it shows,
  /// where there is room, all of `statement`, so that marks under its parts stand in the same text.
  public func lines(marking span: Span, in statement: Span) -> [String] {
    let isAround = statement.line == span.line && statement.start <= span.start
    return marked(
      span, "^", .caret, gutter: String(span.line).count, message: nil,
      showing: isAround ? statement : span)
  }

  /// The place, the line, the caret; then each further place.
  func excerpt(of diagnostic: Diagnostic, at span: Span) -> [String] {
    let others = diagnostic.secondary
    let gutter = ([span] + others.map(\.span)).map { String($0.line).count }.max() ?? 1
    let indent = String(repeating: " ", count: gutter)
    let place = span.source.place(of: span.start)
    var lines = [
      style(.place, "\(indent)--> \(span.source.name):\(place.line):\(place.column)"),
      style(.gutter, "\(indent) |"),
    ]
    let above = others.filter { isAbove($0.span, span) }
    let below = others.filter { !isAbove($0.span, span) }
    for label in above { lines += labelLines(label, gutter, from: span) }
    let main = marked(span, "^", .caret, gutter: gutter, message: nil)
    lines += main
    for label in below {
      let more = labelLines(label, gutter, from: span)
      // A line is shown once, however many marks it has.
      lines += more.first == main.first ? Array(more.dropFirst()) : more
    }
    return lines
  }

  private func isAbove(_ other: Span, _ span: Span) -> Bool {
    other.source === span.source && other.line < span.line
  }

  private func labelLines(_ label: Diagnostic.Label, _ gutter: Int, from span: Span) -> [String] {
    var lines: [String] = []
    if label.span.source !== span.source {
      let place = label.span.source.place(of: label.span.start)
      let name = label.span.source.name
      lines.append(
        style(
          .place,
          String(repeating: " ", count: gutter) + "::: \(name):\(place.line):\(place.column)"))
    }
    return lines
      + marked(label.span, "-", .secondary, gutter: gutter, message: label.message)
  }

  /// The source line of a span and its underline below.
  private func marked(
    _ span: Span, _ mark: Character, _ role: Role, gutter: Int, message: String?,
    showing whole: Span? = nil
  ) -> [String] {
    let source = span.source
    let index = source.lineIndex(at: span.start)
    let range = source.lineRange(index)
    let room = width - gutter - 3
    let before = expand(source.text(in: range.lowerBound..<min(span.start, range.upperBound)))
    let start = min(span.start, range.upperBound)
    let end = min(max(span.end, start), range.upperBound)
    let upTo = expand(source.text(in: range.lowerBound..<end))
    let column = displayWidth(of: before)
    let length = max(1, displayWidth(of: upTo) - column)
    let line = expand(source.text(in: range))
    let window = Window(
      line: line, column: column, length: length, room: room,
      from: whole.flatMap { self.start(of: $0, or: span, in: range, room: room) })
    let number = String(index + 1)
    let padding = String(repeating: " ", count: gutter - number.count)
    let underline = String(repeating: mark, count: window.length)
    let tail = message.map { " " + $0 } ?? ""
    let code = window.text.isEmpty ? "" : " " + window.text
    return [
      style(.gutter, padding + number + " |") + code,
      style(.gutter, String(repeating: " ", count: gutter) + " |") + " "
        + String(repeating: " ", count: window.column) + style(role, underline + tail),
    ]
  }

  /// Where the shown part of a long line begins, so that all of `whole`, or else of `span`, is seen.
  private func start(of whole: Span, or span: Span, in range: Range<Int>, room: Int) -> Int? {
    for span in [whole, span] {
      let start = min(span.start, range.upperBound)
      let column = displayWidth(of: expand(span.source.text(in: range.lowerBound..<start)))
      let upTo = range.lowerBound..<min(span.end, range.upperBound)
      let end = displayWidth(of: expand(span.source.text(in: upTo)))
      // Two columns are for the marks of what is left out.
      if end - column <= room - 2 { return max(0, min(column, end + 2 - room)) }
    }
    return nil
  }

  /// Tabs become blanks up to the next stop; control characters become a replacement sign.
  private func expand(_ text: String) -> String {
    if text.isPlain { return text }
    var result = ""
    var column = 0
    for character in text {
      if character == "\t" {
        let blanks = DiagnosticRenderer.tabStop - column % DiagnosticRenderer.tabStop
        result += String(repeating: " ", count: blanks)
        column += blanks
      } else {
        let isControl = character.unicodeScalars.first.map { $0.value < 0x20 } ?? false
        result.append(isControl ? "\u{FFFD}" : character)
        column += isControl ? 1 : character.displayWidth
      }
    }
    return result
  }
}

/// The part of a long line that is shown, with `…` where it was cut.
private struct Window {
  let text: String
  let column: Int
  let length: Int

  init(line: String, column: Int, length: Int, room: Int, from chosen: Int? = nil) {
    let total = displayWidth(of: line)
    if total <= room {
      (text, self.column, self.length) = (line.trimmedAtEnd, column, length)
      return
    }
    // A third of the room shows what stands in front of the mark.
    let from = chosen ?? (column <= room * 2 / 3 ? 0 : column - room / 3)
    let cutsFront = from > 0
    var shown = cutsFront ? "…" : ""
    var used = cutsFront ? 1 : 0
    var position = 0
    var markColumn = cutsFront ? nil : Optional(column)
    var cutsEnd = false
    for character in line {
      let size = character.displayWidth
      defer { position += size }
      if position < from { continue }
      if markColumn == nil, position >= column { markColumn = used }
      if used + size > room - 1, position + size < total || used + size > room {
        cutsEnd = true
        break
      }
      shown.append(character)
      used += size
    }
    text = (cutsEnd ? shown + "…" : shown).trimmedAtEnd
    self.column = markColumn ?? used
    self.length = max(1, min(length, used - self.column))
  }
}

extension String {
  var trimmedAtEnd: String {
    var result = self[...]
    while let last = result.last, last == " " { result.removeLast() }
    return String(result)
  }
}
