import CLibEdit
import Glibc

extension LineEditor {
  /// The cell as it stands, split at the cursor.
  struct Buffer {
    var before: String
    var after: String

    var text: String { before + after }
    /// The cursor's line up to the cursor.
    var lineBefore: Substring {
      let start = before.lastIndex(of: "\n").map(before.index(after:))
      return before[(start ?? before.startIndex)...]
    }
    /// The cursor's line from the cursor on.
    var lineAfter: Substring { after.prefix { $0 != "\n" } }
  }

  var line: OpaquePointer? { editor.flatMap { editor_line($0) } }

  var buffer: Buffer {
    guard let line, let info = el_line(line)?.pointee else { return Buffer(before: "", after: "") }
    func text(_ from: UnsafePointer<CChar>, _ to: UnsafePointer<CChar>) -> String {
      let bytes = UnsafeBufferPointer(start: from, count: to - from)
      return String(decoding: bytes.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
    return Buffer(before: text(info.buffer, info.cursor), after: text(info.cursor, info.lastchar))
  }

  /// Answers a key with one of libedit's codes.
  func handle(_ key: EditorKey, _ character: Int) -> Int32 {
    switch key {
    case EditorKeyEnter: return enter()
    case EditorKeyNewline: return openLine()
    case EditorKeyTab: return complete()
    case EditorKeyInterrupt: return interrupt()
    case EditorKeyEndOfFile: return endOrDelete()
    case EditorKeySuspend: return suspend()
    case EditorKeyPaste: return paste()
    case EditorKeyUp: return moveUp()
    case EditorKeyDown: return moveDown()
    case EditorKeyLineStart: return moveToLineStart()
    case EditorKeyLineEnd: return move(by: buffer.lineAfter.unicodeScalars.count)
    case EditorKeyCloser: return close(with: character)
    case EditorKeySpace: return space()
    case EditorKeyResize: return resize()
    case EditorKeyIdle: return mendWideRows()
    default: return CC_ERROR
    }
  }

  func insert(_ text: String) -> Int32 {
    guard let line else { return CC_ERROR }
    if !text.isEmpty, el_insertstr(line, text) != 0 { return CC_ERROR }
    return CC_REFRESH
  }

  /// Removes scalars before the cursor.
  func delete(_ count: Int) {
    if let line, count > 0 { el_deletestr(line, Int32(clamping: count)) }
  }

  func move(by scalars: Int) -> Int32 {
    if let line { _ = el_cursor(line, Int32(clamping: scalars)) }
    return CC_REFRESH
  }

  // MARK: Lines of a cell

  private func enter() -> Int32 {
    let text = buffer.text
    let isBlank = text.allSatisfy(\.isWhitespace)
    return !isBlank && isIncomplete(text) ? openLine() : push(Self.handOver)
  }

  private func openLine() -> Int32 {
    let line = buffer.lineBefore
    guard indents else { return insert("\n") }
    let opened = line.count { "{([".contains($0) } - line.count { "})]".contains($0) }
    let added = "\n" + line.prefix { $0 == " " } + (opened > 0 ? "  " : "")
    let result = insert(added)
    freshIndent = (buffer.before, added.count - 1, 0)
    bindSpace(to: "cell-space")
    return result
  }

  /// Whoever types the indentation themselves gets it once: spaces go over those that the new line began with.
  private func space() -> Int32 {
    guard let fresh = freshIndent, fresh.typed < fresh.count, fresh.before == buffer.before else {
      freshIndent = nil
      bindSpace(to: "ed-insert")
      return insert(" ")
    }
    freshIndent = (fresh.before, fresh.count, fresh.typed + 1)
    return CC_NORM
  }

  /// libedit draws its own insertion with less output: it has the key wherever there is nothing to type over.
  private func bindSpace(to function: String) {
    if let editor { editor_bind(editor, " ", function) }
  }

  // A closing bracket at the start of a line belongs one step further left.
  private func close(with character: Int) -> Int32 {
    let line = buffer.lineBefore
    if let fresh = freshIndent, fresh.typed > 0, fresh.before == buffer.before {
      delete(fresh.count - fresh.typed)
    } else if indents, line.count >= 2, line.allSatisfy({ $0 == " " }) {
      delete(2)
    }
    return insert(Unicode.Scalar(UInt8(truncatingIfNeeded: character)).description)
  }

  private func moveUp() -> Int32 {
    let buffer = buffer
    let current = buffer.lineBefore
    guard current.startIndex > buffer.before.startIndex else { return push(Self.earlierCell) }
    let above = buffer.before[..<current.startIndex].dropLast()
    let length = above.unicodeScalars.reversed().prefix { $0 != "\n" }.count
    let column = current.unicodeScalars.count
    return move(by: -(column + 1 + max(0, length - column)))
  }

  private func moveDown() -> Int32 {
    let buffer = buffer
    let rest = buffer.lineAfter
    guard rest.endIndex < buffer.after.endIndex else { return push(Self.laterCell) }
    let below = buffer.after[rest.endIndex...].dropFirst().prefix { $0 != "\n" }
    let column = min(buffer.lineBefore.unicodeScalars.count, below.unicodeScalars.count)
    return move(by: rest.unicodeScalars.count + 1 + column)
  }

  private func moveToLineStart() -> Int32 {
    let buffer = buffer
    let column = buffer.lineBefore.unicodeScalars.count
    return move(by: -(column > 0 ? column : buffer.before.unicodeScalars.count))
  }

  /// Has libedit read `keys` next, as if they were typed.
  func push(_ keys: String) -> Int32 {
    if let line { el_push(line, keys) }
    return CC_NORM
  }

  // MARK: Leaving

  private func interrupt() -> Int32 {
    guard let editor else { return CC_EOF }
    let end = position(after: buffer.text)
    let down = end.row - position(after: buffer.before).row
    var motion = "\r"
    if down > 0 { motion += "\u{1B}[\(down)B" }
    if end.column > 0 { motion += "\u{1B}[\(end.column)C" }
    editor_write(editor, motion + "^C\r\n")
    wasInterrupted = true
    return CC_EOF
  }

  private func endOrDelete() -> Int32 {
    let buffer = buffer
    guard let editor, buffer.text.isEmpty else {
      guard !buffer.after.isEmpty else { return CC_ERROR }
      _ = move(by: 1)
      delete(1)
      return CC_REFRESH
    }
    editor_write(editor, "\r\n")
    return CC_EOF
  }

  private func suspend() -> Int32 {
    guard let editor else { return CC_ERROR }
    editor_write(editor, "\u{1B}[?2004l\r\n")
    editor_prepare_terminal(editor, false)
    kill(0, SIGTSTP)
    editor_prepare_terminal(editor, true)
    editor_write(editor, "\u{1B}[?2004h")
    editor_redraw(editor)
    return CC_NORM
  }
}
