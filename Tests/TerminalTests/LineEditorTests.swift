import Foundation
import TestSupport
import Testing

@testable import Terminal

// libedit and the signal flags are process-wide: one editor at a time.
@Suite(.serialized) struct LineEditorTests {
  /// One wait for a text on the screen, then keys.
  typealias Step = (seen: String, keys: String)

  static let words = ["lora", "lora_plus", "load", "prefix_tuning", "évaluer"]
  static let up = "\u{1B}[A"
  static let down = "\u{1B}[B"
  static let left = "\u{1B}[D"

  /// Reads as many cells as there are prompts `1> `, `2> ` … in the steps.
  func edit(
    _ steps: [Step], reads: Int = 1, history: HistoryFile? = nil, columns: UInt16 = 80
  ) throws -> (inputs: [LineEditor.Input], screen: String) {
    let terminal = try Pseudoterminal(columns: columns)
    let editor = LineEditor(
      history: history, input: terminal.program, output: terminal.program, terminal: "xterm",
      readsUserSettings: false)
    #expect(editor.isInteractive)
    editor.completer = Self.complete
    Thread.detachNewThread {
      var position = 0
      for step in steps {
        // Without its cue the test ends the input rather than hang.
        guard terminal.wait(for: step.seen, after: &position) else {
          return terminal.type("\u{3}\u{4}")
        }
        terminal.type(step.keys)
      }
    }
    let inputs = try (1...reads).map {
      try editor.read(prompt: "\($0)> ", continuation: Self.isOpen)
    }
    // What the editor wrote is on its way: each read ends by switching marked pastes off.
    var position = 0
    for _ in 1...reads { #expect(terminal.wait(for: "\u{1B}[?2004l", after: &position)) }
    return (inputs, terminal.text)
  }

  static func isOpen(_ text: String) -> Bool {
    text.count { "{([".contains($0) } > text.count { "})]".contains($0) }
  }

  static func complete(_ cell: String, _ cursor: Int) -> Completion {
    let before = String(decoding: Array(cell.utf8)[..<cursor], as: UTF8.self)
    let word = before.split(separator: " ", omittingEmptySubsequences: false).last ?? ""
    return Completion(
      replaceFrom: cursor - word.utf8.count, candidates: words.filter { $0.hasPrefix(word) })
  }

  @Test func typingAndBackspace() throws {
    let (inputs, screen) = try edit([("1> ", "1 + 23\u{7F}\r")])
    #expect(inputs == [.cell("1 + 2")])
    #expect(screen.contains("\u{1B}[?2004h"))
  }

  @Test func lettersOutsideASCII() throws {
    let (inputs, _) = try edit([("1> ", "é漢字x\u{7F}\u{7F}!😀\r")])
    #expect(inputs == [.cell("é漢!😀")])
  }

  @Test func insertingInTheMiddle() throws {
    let (inputs, _) = try edit([("1> ", "漢字" + Self.left + "é\u{1}a\u{5}z\r")])
    #expect(inputs == [.cell("a漢é字z")])
  }

  @Test func uniqueCompletion() throws {
    let (inputs, _) = try edit([("1> ", "x = pre\t(20)\r")])
    #expect(inputs == [.cell("x = prefix_tuning(20)")])
  }

  @Test func completionOfLettersOutsideASCII() throws {
    let (inputs, _) = try edit([("1> ", "漢 év\t\r")])
    #expect(inputs == [.cell("漢 évaluer")])
  }

  @Test func ambiguousCompletionExtendsThenLists() throws {
    let (inputs, screen) = try edit([("1> ", "l\t\t"), ("lora_plus  load", "r\t_\t\r")])
    #expect(inputs == [.cell("lora_plus")])
    #expect(screen.contains("lora       lora_plus  load"))
  }

  @Test func nothingToCompleteLeavesTheLine() throws {
    let (inputs, _) = try edit([("1> ", "zzz\t\r")])
    #expect(inputs == [.cell("zzz")])
  }

  @Test func tabIndentsAnEmptyLine() throws {
    let (inputs, _) = try edit([("1> ", "\ta\r")])
    #expect(inputs == [.cell("  a")])
  }

  @Test func continuationIndentsAndMovesBracketsBack() throws {
    let (inputs, _) = try edit([("1> ", "f {\rif x {\ry\r}\r}\r")])
    #expect(inputs == [.cell("f {\n  if x {\n    y\n  }\n}")])
  }

  @Test func linesOfACellAreEditedAsAWhole() throws {
    let keys = "f(\ra\rb" + Self.up + "c" + Self.up + "\u{1}g" + Self.down + Self.down + "\u{5})\r"
    let (inputs, _) = try edit([("1> ", keys)])
    #expect(inputs == [.cell("gf(\n  ac\n  b)")])
  }

  @Test func altEnterOpensALine() throws {
    let (inputs, _) = try edit([("1> ", "a\u{1B}\rb\r")])
    #expect(inputs == [.cell("a\nb")])
  }

  @Test func upRecallsAWholeCell() throws {
    let (inputs, _) = try edit(
      [("1> ", "f(\r1)\r"), ("2> ", Self.up + "\u{7F} + 2)\r"), ("3> ", "\u{10}\u{10}\r")], reads: 3
    )
    #expect(inputs == [.cell("f(\n  1)"), .cell("f(\n  1 + 2)"), .cell("f(\n  1)")])
  }

  @Test func downReturnsToWhatWasTyped() throws {
    let (inputs, _) = try edit(
      [("1> ", "old\r"), ("2> ", "ne" + Self.up + Self.down + "w\r")], reads: 2)
    #expect(inputs == [.cell("old"), .cell("new")])
  }

  @Test func searchFindsAnEarlierCell() throws {
    let (inputs, screen) = try edit(
      [
        ("1> ", "seed(7)\r"), ("2> ", "load(1)\r"), ("3> ", "\u{12}see\u{5}\r"),
      ], reads: 3)
    #expect(inputs == [.cell("seed(7)"), .cell("load(1)"), .cell("seed(7)")])
    #expect(screen.contains("bck:"))
  }

  @Test func controlCDropsTheCell() throws {
    let (inputs, screen) = try edit([("1> ", "f(\rabc\u{3}"), ("2> ", "ok\r")], reads: 2)
    #expect(inputs == [.interrupted, .cell("ok")])
    #expect(screen.contains("^C"))
    #expect(!Interrupt.isRequested)
  }

  /// SIGINT reaches every session that other tests run in this process, and the first to notice it takes it from the
  /// editor, which then waits for ever: so `scripts/test` runs this one in a process of its own.
  @Test(.enabled(if: ProcessInfo.processInfo.environment["PEFT_REPL_SIGNALS"] != nil))
  func interruptSignalIsControlC() throws {
    let terminal = try Pseudoterminal()
    let editor = LineEditor(
      input: terminal.program, output: terminal.program, terminal: "xterm", readsUserSettings: false
    )
    Interrupt.install()
    defer { Interrupt.remove() }
    Thread.detachNewThread {
      var position = 0
      if terminal.wait(for: "1> ", after: &position) { kill(getpid(), SIGINT) }
    }
    #expect(try editor.read(prompt: "1> ") == .interrupted)
  }

  @Test func controlDEndsTheInputOnlyOnAnEmptyLine() throws {
    let (inputs, _) = try edit(
      [("1> ", "ab" + Self.left + "\u{4}\u{4}\r"), ("2> ", "\u{4}")], reads: 2)
    #expect(inputs == [.cell("a"), .endOfInput])
  }

  @Test func pasteIsOneCell() throws {
    let paste = "\u{1B}[200~a = 1\r\n\tb\u{7}é\rend\u{1B}[201~"
    let (inputs, _) = try edit([("1> ", "x" + paste + "!\r")])
    #expect(inputs == [.cell("xa = 1\n\tbé\nend!")])
  }

  @Test func lastNewlineOfAPasteIsEnter() throws {
    let paste = "\u{1B}[200~f {\n  1\n}\n\n\u{1B}[201~"
    let (inputs, _) = try edit(
      [("1> ", paste), ("2> ", "\u{1B}[200~g(\n\u{1B}[201~2)\r")], reads: 2)
    #expect(inputs == [.cell("f {\n  1\n}"), .cell("g(\n  2)")])
  }

  @Test func longPasteIsKeptWhole() throws {
    let lines = (1...200).map { "line \($0) é" }.joined(separator: "\n")
    let (inputs, _) = try edit([("1> ", "\u{1B}[200~" + lines + "\n\u{1B}[201~")])
    #expect(inputs == [.cell(lines)])
  }

  /// Typed in front of, a line of wide letters on two rows shows what it holds.
  @Test func wideLettersOnSeveralRowsAreShown() throws {
    let text = "x = \"a text of two rows 漢字漢字漢字漢字漢字\""
    let (inputs, screen) = try edit(
      [("1> ", text), ("\"", "\u{1}"), ("\u{1B}[A", "1 + "), ("\u{1B}[J", "\r")], columns: 40)
    #expect(inputs == [.cell("1 + " + text)])
    let lines = Screen(columns: 40, screen).lines.joined()
    #expect(lines.hasSuffix("1> 1 + " + text), "\(lines)")
  }

  @Test func historyIsSharedThroughTheFile() throws {
    try withTemporaryFile { path in
      let history = HistoryFile(path: path)
      _ = try edit(
        [("1> ", "f(\r1)\r"), ("2> ", "  \r"), ("3> ", "f(\r1)\r")], reads: 3, history: history)
      #expect(history.load() == ["f(\n  1)"])
      let (inputs, _) = try edit([("1> ", Self.up + "\r")], history: history)
      #expect(inputs == [.cell("f(\n  1)")])
    }
  }

  @Test func colouredPromptKeepsItsEscapesAsideForLibedit() {
    let style = Style(usesColor: true)
    let prompt = style(.prompt, "peft>") + " "
    #expect(LineEditor.marked(prompt) == "\u{1}\u{1B}[1;34m\u{1}peft>\u{1}\u{1B}[0m\u{1} ")
    #expect(
      LineEditor.marked(style(.prompt, "ab")) == "\u{1}\u{1B}[1;34m\u{1}a\u{1}\u{1B}[0m\u{1}b")
    #expect(LineEditor.marked("> ") == "> ")
  }

  @Test func colouredPromptIsShown() throws {
    let terminal = try Pseudoterminal()
    let editor = LineEditor(
      input: terminal.program, output: terminal.program, terminal: "xterm", readsUserSettings: false
    )
    Thread.detachNewThread {
      var position = 0
      _ = terminal.wait(for: "\u{1B}[0m ", after: &position)
      terminal.type("x\r")
    }
    let prompt = Style(usesColor: true)(.prompt, "peft>") + " "
    #expect(try editor.read(prompt: prompt) == .cell("x"))
    var position = 0
    #expect(terminal.wait(for: "\u{1B}[1;34mpeft>\u{1B}[0m x", after: &position))
  }
}
