import Foundation
import Interpreter
import Syntax
import Terminal

/// Commands that act on the session: `:vars`, `:undo` and their like.
struct SessionCommands {
  /// A command's name, what stands behind it, and what it does.
  struct Entry: Sendable {
    let name: String
    let argument: String
    let summary: String
    let run: @Sendable (SessionCommands, String) throws -> Outcome
  }

  static let all: [Entry] = [
    Entry(name: "help", argument: "", summary: "these commands, and the keys") { $0.help($1) },
    Entry(name: "doc", argument: "NAME", summary: "what a name is; the same as ?NAME") {
      $1.isEmpty ? $0.explain("?") : $0.explain("?" + $1)
    },
    Entry(name: "vars", argument: "", summary: "the names that you defined") { $0.variables($1) },
    Entry(name: "time", argument: "EXPR", summary: "runs an expression and says how long it took") {
      $0.time($1)
    },
    Entry(name: "debug", argument: "EXPR", summary: "runs an expression under the debugger") {
      try $0.debug($1)
    },
    Entry(name: "undo", argument: "", summary: "takes back what the latest cell defined, and the cell") {
      $0.undo($1)
    },
    Entry(name: "reset", argument: "", summary: "forgets every name") { try $0.reset($1) },
    Entry(name: "save", argument: "FILE", summary: "writes the session's cells as a script") {
      try $0.save($1)
    },
    Entry(name: "load", argument: "FILE", summary: "runs a script in this session") {
      try $0.load($1)
    },
    Entry(
      name: "set", argument: "NAME VALUE",
      summary: "width (a number or auto), digits, color (on or off); alone: what is set"
    ) {
      try $0.set($1)
    },
    Entry(name: "quit", argument: "", summary: "leaves; Ctrl-D does too") { _, _ in .quit(0) },
  ]

  private let session: Session

  init(_ session: Session) { self.session = session }

  /// Runs `:name argument`. Any beginning of a name that fits one command alone is that command.
  func run(_ text: String) -> Outcome {
    let words = text.dropFirst().split(separator: " ", maxSplits: 1)
    let name = words.first.map(String.init) ?? ""
    let argument = words.dropFirst().first?.trimmingCharacters(in: .whitespaces) ?? ""
    guard let entry = Self.entry(name) else {
      let near = didYouMean(name, Self.all.map(\.name)).map { "did you mean `:\($0)`?" }
      return complain("there is no command `:\(name)`", fix: near ?? "`:help` lists them")
    }
    do { return try entry.run(self, argument) } catch {
      let mistake = error as? Mistake
      return complain(ScriptFile.sentence(error), note: mistake?.note, fix: mistake?.fix)
    }
  }

  private static func entry(_ name: String) -> Entry? {
    if let entry = all.first(where: { $0.name == name }) { return entry }
    let fitting = all.filter { !name.isEmpty && $0.name.hasPrefix(name) }
    return fitting.count == 1 ? fitting.first : nil
  }

  private func complain(_ message: String, note: String? = nil, fix: String? = nil) -> Outcome {
    session.print([Diagnostic("E0800", message, at: nil, note: note, fix: fix)])
    return .failed
  }

  // MARK: Looking

  private func help(_ argument: String) -> Outcome {
    if !argument.isEmpty { return explain("?" + argument) }
    let rows = Self.all.map { row(":\($0.name) \($0.argument)", $0.summary) }
    let keys = [
      ("Tab", "completes names, members, arguments, sites and paths"),
      ("Enter", "runs the cell, or opens a line in one that is not whole"),
      ("Alt-Enter", "opens a line"), ("Up, Down", "lines of the cell, then earlier cells"),
      ("Ctrl-R", "searches earlier cells"), ("Ctrl-C", "stops a computation, or drops the cell"),
    ].map(row)
    let names = [
      ("?", "the commands of the language"), ("?NAME", "what a name is"),
      ("??NAME", "how a method, module or function is written"),
    ].map(row)
    session.write((names + rows + keys).joined(separator: "\n") + "\n")
    return .done
  }

  /// A key or command and what it does, below each other where the window is narrow.
  private func row(_ label: String, _ text: String) -> String {
    let width = session.interpreter.printer.width
    let isNarrow = width < 60
    let indent = String(repeating: " ", count: isNarrow ? 4 : 20)
    let lines = text.wrapped(to: width - indent.count).map { String($0.drop { $0 == " " }) }
    let head = "  " + session.console.style(.strong, label.padded(to: isNarrow ? 0 : 18))
    return head + (isNarrow ? "\n" + indent : "") + lines.joined(separator: "\n" + indent)
  }

  /// `?`, `?name` and `??name`.
  func explain(_ text: String) -> Outcome {
    let isSource = text.hasPrefix("??")
    let name = text.drop { $0 == "?" }.trimmingCharacters(in: .whitespaces)
    let command = isSource ? "source" : "help"
    // A plain name may be undefined, which `help` of a text explains; anything else is an expression.
    let isName = name.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
    let argument = isName && !name.isEmpty ? "\"\(name)\"" : name
    return session.page("\(command)(\(argument))")
  }

  private func variables(_ argument: String) -> Outcome {
    let rows = session.userNames.compactMap { name -> [String]? in
      guard let value = session.interpreter.globals.lookup(name) else { return nil }
      return [name, value.typeName, session.interpreter.printer.inline(value)]
    }
    if rows.isEmpty {
      session.write("no names yet\n")
    } else {
      let columns = ["name", "type", "value"].map { Table.Column($0, alignment: .left) }
      let table = Table(columns: columns, rows: rows)
      let width = session.interpreter.printer.width
      session.write(table.render(width: width, style: session.console.style) + "\n")
    }
    return .done
  }

  private func time(_ code: String) -> Outcome {
    if code.isEmpty { return complain("`:time` wants an expression behind it") }
    let start = Terminal.Progress.monotonicSeconds()
    let outcome = session.enter(Parser.parse(Source(code, name: "<input>")))
    let seconds = Terminal.Progress.monotonicSeconds() - start
    session.write(session.console.style(.dim, Self.duration(seconds)) + "\n")
    return outcome
  }

  private func debug(_ code: String) throws -> Outcome {
    if code.isEmpty {
      return complain("`:debug` wants an expression behind it", fix: "`:debug step(run)`")
    }
    return try session.debug(Parser.parse(Source(code, name: "<input>")))
  }

  /// Three digits and a unit: `1.23 ms`.
  static func duration(_ seconds: Double) -> String {
    let (value, unit) =
      seconds < 1e-3 ? (seconds * 1e6, "µs") : seconds < 1 ? (seconds * 1e3, "ms") : (seconds, "s")
    return String(format: "%.3g ", value) + unit
  }

  // MARK: Changing

  private func undo(_ argument: String) -> Outcome {
    guard let cell = session.undo() else { return complain("there is no cell to take back") }
    let lines = cell.split(separator: "\n")
    let text = "took back  " + (lines.first ?? "") + (lines.count > 1 ? " …" : "")
    let width = session.interpreter.printer.width
    let shown = displayWidth(text) > width ? text.prefix(width - 1) + "…" : text[...]
    session.write(session.console.style(.dim, String(shown)) + "\n")
    return .done
  }

  private func reset(_ argument: String) throws -> Outcome {
    try session.reset()
    return .done
  }

  private func save(_ path: String) throws -> Outcome {
    if path.isEmpty { return complain("`:save` wants a file behind it") }
    let place = try session.paths.writable(path)
    let text = session.history.joined(separator: "\n")
    try GoldenUpdate.write(text.isEmpty ? "" : text + "\n", to: place)
    session.write("\(session.history.count) cells in \(path)\n")
    return .done
  }

  private func load(_ path: String) throws -> Outcome {
    if path.isEmpty { return complain("`:load` wants a file behind it") }
    let place = try session.paths.readable(path)
    let source = try ScriptFile.read(place)
    return session.enter(Parser.parse(Source(source.text, name: path)))
  }

  private func set(_ argument: String) throws -> Outcome {
    let words = argument.split(separator: " ").map(String.init)
    if words.isEmpty {
      let width = session.fixedWidth.map(String.init) ?? "auto"
      let color = session.console.style.usesColor ? "on" : "off"
      session.write("width   \(width)\ndigits  \(session.digits)\ncolor   \(color)\n")
      return .done
    }
    guard words.count == 2 else {
      return complain("`:set` wants a name and a value", fix: "`:set digits 4`")
    }
    switch (words[0], words[1], Int(words[1])) {
    case ("width", "auto", _): session.fixedWidth = nil
    case ("width", _, let number?) where (20...1000).contains(number): session.fixedWidth = number
    case ("digits", _, let number?) where (1...17).contains(number): session.digits = number
    case ("color", "on", _), ("color", "off", _):
      session.console.style.usesColor = words[1] == "on"
      session.console.errStyle.usesColor = words[1] == "on"
    case ("width", _, _): return complain("width is a number from 20 to 1000, or auto")
    case ("digits", _, _): return complain("digits is a number from 1 to 17")
    case ("color", _, _): return complain("color is on or off")
    default:
      return complain(
        "there is nothing called `\(words[0])` to set",
        fix: didYouMean(words[0], ["width", "digits", "color"]).map { "did you mean `\($0)`?" }
          ?? "width, digits and color can be set")
    }
    session.updatePrinter()
    return .done
  }
}
