import CLibEdit
import Glibc

/// Reads cells: statements that may span several lines, each edited, recalled and kept as a whole.
///
/// On a terminal a cell is one buffer. Enter hands it over if it is whole and else opens a further
/// line in it, indented as its brackets ask; Alt-Enter always opens one. Up and Down move between
/// the lines and, at the edge, through the history; Ctrl-P and Ctrl-N go through the history at
/// once, Ctrl-R searches it. A paste is inserted as it is, and its last newline is an Enter.
/// A recalled cell shows its newlines as line breaks. Elsewhere than on a terminal lines are read
/// without prompt or echo.
///
/// One thread at a time may use an editor.
public final class LineEditor {
  /// What a person answered to a prompt.
  public enum Input: Equatable, Sendable {
    /// One cell without its last newline. It may be blank.
    case cell(String)
    /// Ctrl-D on an empty line, or the end of a file.
    case endOfInput
    /// Ctrl-C: what was typed is dropped.
    case interrupted
  }

  /// Asked at Tab with the cell and the cursor's place in it in UTF-8 bytes. It must answer at once.
  public var completer: ((_ cell: String, _ cursor: Int) -> Completion)?
  /// Whether new lines are indented and closing brackets moved back.
  public var indents = true
  /// The cell up to the end of the indentation that the last new line began with, and how many of its spaces were
  /// typed over.
  var freshIndent: (before: String, count: Int, typed: Int)?
  /// Whether cells are edited; false reads plain lines.
  public var isInteractive: Bool { editor != nil }

  let output: Int32
  var editor: OpaquePointer?
  var isIncomplete: (String) -> Bool = { _ in false }
  var prompt = ""
  var wasInterrupted = false
  /// The cell as it was last seen on the screen.
  var drawn = ""
  private let plain: PlainInput
  private let history: HistoryFile?
  private var latest: String?

  /// - Parameters:
  ///   - history: where cells are kept; nil keeps them for this editor's life only.
  ///   - terminal: the kind of terminal, `$TERM` if nil.
  ///   - readsUserSettings: whether `~/.editrc` may change the keys.
  public init(
    history: HistoryFile? = nil, input: Int32 = STDIN_FILENO, output: Int32 = STDOUT_FILENO,
    terminal: String? = nil, readsUserSettings: Bool = true
  ) {
    self.history = history
    self.output = output
    plain = PlainInput(descriptor: input, output: output)
    let kind = terminal ?? processEnvironment()["TERM"] ?? ""
    guard isTerminal(input), isTerminal(output), kind != "dumb", !kind.isEmpty else { return }
    _ = editor_use_utf8()
    open(input: input, terminal: kind, readsUserSettings: readsUserSettings)
  }

  deinit { editor_close(editor) }

  /// Reads one cell.
  ///
  /// - Parameters:
  ///   - prompt: may hold colours.
  ///   - isIncomplete: whether a further line must follow this text.
  /// - Throws: `TerminalError.read` if the input fails.
  public func read(
    prompt: String, continuation isIncomplete: (String) -> Bool = { _ in false }
  ) throws(TerminalError) -> Input {
    editor_flush_standard_streams()
    Interrupt.clear()
    guard let editor else { return try plain.read(prompt: prompt, isIncomplete: isIncomplete) }
    self.prompt = prompt
    wasInterrupted = false
    editor_write(editor, "\u{1B}[?2004h")  // pastes come marked
    defer { editor_write(editor, "\u{1B}[?2004l") }
    let cell = withoutActuallyEscaping(isIncomplete) { closure -> String? in
      self.isIncomplete = closure
      defer { self.isIncomplete = { _ in false } }
      var count: Int32 = 0
      return editor_read(editor, Self.marked(prompt), &count).map { String(cString: $0) }
    }
    guard var cell else {
      el_reset(editor_line(editor))
      return wasInterrupted ? .interrupted : .endOfInput
    }
    if cell.hasSuffix("\n") { cell.removeLast() }
    remember(cell)
    return .cell(cell)
  }

  /// Adds a cell to the history, unless it is blank or the same as the one before.
  public func remember(_ cell: String) {
    guard cell != latest, !cell.allSatisfy(\.isWhitespace) else { return }
    latest = cell
    history?.append(cell)
    if let editor { editor_history_add(editor, cell) }
  }

  private func open(input: Int32, terminal: String, readsUserSettings: Bool) {
    let context = Unmanaged.passUnretained(self).toOpaque()
    editor = editor_open(
      "peft-repl", terminal, input, output,
      { context, key, character in
        guard let context else { return UInt8(CC_ERROR) }
        let editor = Unmanaged<LineEditor>.fromOpaque(context).takeUnretainedValue()
        return UInt8(editor.handle(key, Int(character)))
      }, context)
    guard let editor else { return }
    if readsUserSettings { editor_read_settings(editor) }
    for (keys, function) in Self.bindings { editor_bind(editor, keys, function) }
    history?.trim()
    let past = history?.load() ?? []
    editor_history_limit(editor, Int32(clamping: (history?.limit ?? 1000) + past.count))
    for cell in past { editor_history_add(editor, cell) }
    latest = past.last
  }

  // libedit wants escape sequences between marks and a visible character behind each of them:
  // neighbours are merged, and the last visible character moves behind a final one.
  static func marked(_ prompt: String) -> String {
    var pieces = Array(TextPieces(prompt))
    if pieces.last?.isEscape == true, let last = pieces.lastIndex(where: { !$0.isEscape }) {
      pieces.append(pieces.remove(at: last))
    }
    var text = ""
    var isInside = false
    for piece in pieces {
      if piece.isEscape != isInside { text += "\u{1}" }
      isInside = piece.isEscape
      text += piece.text
    }
    return isInside ? text + "\u{1}" : text
  }
}
