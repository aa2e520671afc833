import Foundation
import Interpreter
import Syntax
import Terminal

/// The conversation: reads cells, runs them, until the end of input or `:quit`.
///
/// On a terminal cells are edited; else they are read as they come, without prompt, and errors do not end the input.
public final class Prompt {
  private let session: Session
  private let asJSON: Bool
  private let editor: LineEditor
  private let style: Style
  private var cellNumber = 0
  /// `##` lines typed so far, which document the declaration that follows them.
  private var prose: [String] = []
  private var hasFailed = false

  public init(session: Session, asJSON: Bool) {
    self.session = session
    self.asJSON = asJSON
    style = session.console.style
    editor = LineEditor(history: HistoryFile(path: UserFiles.history))
    let completer = Completer(session)
    editor.completer = { completer.completion(in: $0, at: $1) }
    session.ask = { [editor = self.editor, style = self.style] question in
      completer.question = question
      defer { completer.question = nil }
      switch try editor.read(prompt: style(.prompt, question.prompt)) {
      case .cell(let text): return .line(text)
      case .interrupted: return .interrupted
      case .endOfInput: return .end
      }
    }
  }

  /// Answers an exit code.
  public func run() -> Int32 {
    if editor.isInteractive, !asJSON { greet() }
    if editor.isInteractive, let source = try? ScriptFile.read(UserFiles.settings) {
      session.feed(source)
    }
    while true {
      do {
        switch try editor.read(prompt: sign, continuation: Self.isIncomplete) {
        case .endOfInput:
          return !editor.isInteractive && hasFailed ? ExitCode.failed : ExitCode.success
        case .interrupted: prose = []
        case .cell(let text):
          if case .quit(let status) = answer(text) { return status }
        }
      } catch {
        session.writeError(error.description + "\n")
        return ExitCode.failed
      }
    }
  }

  private var sign: String {
    asJSON ? "" : style(.prompt, ">") + " "
  }

  private func greet() {
    let gap = session.console.width() < 48 ? "\n" : "  "
    session.write(
      "\(style(.heading, "peft-repl")) \(Tool.version)\(gap)"
        + style(.dim, "? for help, :quit to leave") + "\n")
  }

  /// Runs one cell, whatever it is.
  func answer(_ text: String) -> Outcome {
    let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
    if trimmed.isEmpty {
      prose = []
      return .done
    }
    cellNumber += 1
    let outcome =
      asJSON
      ? session.reported(cell: cellNumber, source: text) { self.run(text, trimmed) }
      : run(text, trimmed)
    if outcome != .done { hasFailed = true }
    return outcome
  }

  private func run(_ text: String, _ trimmed: String) -> Outcome {
    if ["quit", "exit", "exit()"].contains(trimmed),
      !session.userNames.contains(String(trimmed.prefix(4)))
    {
      return .quit(ExitCode.success)
    }
    if trimmed.hasPrefix(":") { return SessionCommands(session).run(trimmed) }
    if trimmed.hasPrefix("?") { return SessionCommands(session).explain(trimmed) }
    return feed(text)
  }

  /// A cell as the lines of a file would run, `##` lines above a declaration included.
  private func feed(_ text: String) -> Outcome {
    let parsed = Parser.parse(Source(text, name: "<input>"))
    if parsed.statements.isEmpty, !parsed.hasErrors, let last = parsed.items.last,
      case .prose = last.kind
    {
      prose.append(text)
      return .done
    }
    defer { prose = [] }
    let whole = (prose + [text]).joined(separator: "\n")
    return session.enter(prose.isEmpty ? parsed : Parser.parse(Source(whole, name: "<input>")))
  }

  /// Whether a further line must follow.
  static func isIncomplete(_ text: String) -> Bool {
    if let first = text.first(where: { !$0.isWhitespace }), first == ":" || first == "?" {
      return false
    }
    return Parser.parse(Source(text)).isIncomplete
  }
}

/// Files of the user's own.
enum UserFiles {
  /// `~/.peft_history`, or `peft-repl/history` below the XDG state folder if that is set.
  static var history: String {
    if let state = processEnvironment()["XDG_STATE_HOME"], state.hasPrefix("/") {
      let folder = state + "/peft-repl"
      try? FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true)
      return folder + "/history"
    }
    return home + "/.peft_history"
  }

  /// Run at the start of each prompt, if it exists.
  static var settings: String { home + "/.peftrc" }

  private static var home: String { processEnvironment()["HOME"] ?? NSHomeDirectory() }
}
