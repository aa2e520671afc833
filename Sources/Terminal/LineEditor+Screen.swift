import CLibEdit

extension LineEditor {
  /// Where the cursor stands behind `text`, counted from the prompt's first row.
  func position(after text: String, width: Int? = nil) -> (row: Int, column: Int) {
    let width = max(1, width ?? TerminalSize.current(descriptor: output).columns)
    var row = 0
    var column = 0
    for piece in TextPieces(prompt + text) {
      if piece.text == "\n" {
        row += 1
        column = 0
        continue
      }
      // libedit expands tabs; a wide letter that does not fit goes to the next row.
      let size = piece.text == "\t" ? 8 - column % 8 : piece.width
      if column + size > width {
        row += 1
        column = 0
      }
      column += size
      if column == width {
        row += 1
        column = 0
      }
    }
    return (row, column)
  }

  /// The terminal has wrapped the rows anew already: clear them and draw for the new width.
  func resize() -> Int32 {
    guard let line else { return CC_NORM }
    el_resize(line)
    drawAnew(buffer)
    return CC_NORM
  }

  private func drawAnew(_ buffer: Buffer) {
    guard let editor else { return }
    let rows = position(after: buffer.before).row
    editor_write(editor, "\r" + (rows > 0 ? "\u{1B}[\(rows)A" : "") + "\u{1B}[J")
    editor_redraw(editor)
  }

  /// libedit moves what stands behind the cursor by letters, not by columns, so that a line with
  /// wide letters on several rows shows other letters than it holds. Such a line is drawn anew.
  func mendWideRows() -> Int32 {
    let buffer = buffer
    let text = buffer.text
    // What libedit draws from left to right is right.
    guard text != drawn else { return CC_NORM }
    drawn = text
    guard !buffer.after.isEmpty, displayWidth(text) > text.unicodeScalars.count,
      position(after: text).row > 0
    else { return CC_NORM }
    drawAnew(buffer)
    return CC_NORM
  }

  /// Tab: extends what stands before the cursor as far as it is certain, else lists.
  func complete() -> Int32 {
    let buffer = buffer
    if indents, buffer.lineBefore.allSatisfy({ $0 == " " }) { return insert("  ") }
    guard let completion = completer?(buffer.text, buffer.before.utf8.count) else {
      return CC_ERROR
    }
    guard !completion.candidates.isEmpty else { return CC_ERROR }
    let start = min(max(0, completion.replaceFrom), buffer.before.utf8.count)
    let typed = String(decoding: buffer.before.utf8.dropFirst(start), as: UTF8.self)
    let common = completion.commonPrefix
    let isLonger = common.hasPrefix(typed) && common != typed
    if completion.candidates.count == 1 || isLonger {
      delete(typed.unicodeScalars.count)
      return insert(common)
    }
    list(completion, below: buffer)
    return CC_NORM
  }

  private func list(_ completion: Completion, below buffer: Buffer) {
    guard let editor else { return }
    let size = TerminalSize.current(descriptor: output)
    let down = position(after: buffer.text).row - position(after: buffer.before).row
    let lines = completion.listing(width: size.columns, rows: size.rows - 3)
    let text = lines.map { $0 + "\r\n" }.joined()
    editor_write(editor, String(repeating: "\r\n", count: down + 1) + text)
    editor_redraw(editor)
  }

  /// Takes a bracketed paste into the cell. Its last newline counts as Enter.
  func paste() -> Int32 {
    guard let line else { return CC_ERROR }
    let end = Array("\u{1B}[201~".unicodeScalars)
    var scalars: [Unicode.Scalar] = []
    while scalars.suffix(end.count) != end[...] {
      var character: wchar_t = 0
      guard el_wgetc(line, &character) == 1 else { return CC_EOF }
      if character == 3 { return push("\u{3}") }  // Ctrl-C: the rest of the paste is typing
      if let scalar = Unicode.Scalar(UInt32(bitPattern: character)) { scalars.append(scalar) }
    }
    var text = Self.pasted(scalars.dropLast(end.count))
    let isEntered = text.hasSuffix("\n") && buffer.after.isEmpty
    while isEntered, text.hasSuffix("\n") { text.removeLast() }
    if isEntered { el_push(line, "\r") }
    return insert(text)
  }

  /// Line ends as `\n`; other control characters but tabs are dropped.
  static func pasted(_ scalars: some Sequence<Unicode.Scalar>) -> String {
    var text = String.UnicodeScalarView()
    var previous: Unicode.Scalar = " "
    for scalar in scalars {
      defer { previous = scalar }
      switch scalar {
      case "\r": text.append("\n")
      case "\n": if previous != "\r" { text.append("\n") }
      case "\t": text.append("\t")
      default: if displaysSomething(scalar) { text.append(scalar) }
      }
    }
    return String(text)
  }

  private static func displaysSomething(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.generalCategory != .control
  }
}
