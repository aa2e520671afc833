import Interpreter
import Syntax
import Terminal

/// What can be typed at a stop.
extension Stepper {
  struct Command: Sendable {
    let name: String
    let letter: String?
    let argument: String
    let summary: String
  }

  static let commands: [Command] = [
    Command(
      name: "into", letter: "i", argument: "",
      summary: "on to the next moment, into calls and parts of a line"),
    Command(
      name: "part", letter: "p", argument: "",
      summary: "on to the next part of this function, over calls"),
    Command(
      name: "next", letter: "n", argument: "", summary: "on to the next statement of this function"),
    Command(
      name: "out", letter: "o", argument: "",
      summary: "on to the caller; out of the backward pass or the optimizer"),
    Command(
      name: "continue", letter: "c", argument: "[PLACE]",
      summary: "on to a breakpoint, to a place, or to the end"),
    Command(
      name: "back", letter: nil, argument: "[N]",
      summary: "back to where the last command was typed, or N before"),
    Command(
      name: "break", letter: nil, argument: "[PLACE]",
      summary:
        "stop at a line, FILE:LINE, a site, a parameter, nan, norm > X, if EXPR, backward, optimizer"
    ),
    Command(
      name: "clear", letter: nil, argument: "[N]",
      summary: "forgets all breakpoints, or one by its number"),
    Command(
      name: "locals", letter: nil, argument: "", summary: "the names of this function and module"),
    Command(name: "list", letter: nil, argument: "", summary: "the source around"),
    Command(name: "where", letter: nil, argument: "", summary: "the calls that led here"),
    Command(name: "up", letter: nil, argument: "", summary: "looks at the caller"),
    Command(name: "down", letter: nil, argument: "", summary: "looks at the called again"),
    Command(
      name: "show", letter: nil, argument: "EXPR",
      summary: "the value of an expression whose name is a command's"),
    Command(name: "help", letter: "?", argument: "", summary: "these commands"),
    Command(name: "quit", letter: nil, argument: "", summary: "leaves; everything is as before"),
  ]

  static let prompt = "(debug) "

  /// Shows the moment, and obeys what is typed until it goes on. The value to go on with, where it
  /// was changed.
  func converse(at moment: Moment, depth: Int, reason: String) throws -> Value? {
    if !echoes, visited.isEmpty {
      let hint = "help lists the commands, Enter repeats the last motion, quit leaves all as before"
      write(hint.wrapped(to: printer.width).map { printer.style($0.trimmed, .dim) })
    }
    show(moment, depth: depth, reason: reason)
    breakpoints.removeAll(where: \.isPassing)
    if visited.last != self.moment { visited.append(self.moment) }
    chosen = nil
    var talk = Talk(moment: moment, depth: depth)
    while true {
      switch try read(question(at: moment)) {
      case .interrupted: continue
      case .end:
        if !echoes { throw LeaveDebugger() }
        motion = .free
        return talk.it
      case .line(let line):
        var text = line.trimmed
        if text.isEmpty, !echoes { text = latestMotion ?? "" }
        if text.isEmpty { continue }
        if echoes { write([printer.style(Self.prompt, .dim) + text]) }
        if try obey(text, &talk) { return talk.it }
      }
    }
  }

  struct Talk {
    let moment: Moment
    let depth: Int
    var it: Value?
  }

  /// True to go on.
  private func obey(_ text: String, _ talk: inout Talk) throws -> Bool {
    do {
      guard let (command, argument) = self.command(in: text, at: talk.moment) else {
        try type(text, &talk)
        return false
      }
      return try obey(command, argument, &talk)
    } catch let signal as any Signal where !(signal is Interrupted) {
      throw signal
    } catch is Interrupted {
      if echoes { throw Interrupted() }
      Interrupt.clear()
      write(["interrupted"])
    } catch {
      complain(error)
    }
    return false
  }

  /// A command where the line begins with its name and goes on as a command may; else the line is
  /// code.
  private func command(in text: String, at moment: Moment) -> (Command, String)? {
    let words = text.split(separator: " ", maxSplits: 1).map(String.init)
    let argument = words.count > 1 ? words[1].trimmed : ""
    guard
      let command = Self.commands.first(where: { command in
        command.name == words[0] || (command.letter == words[0] && !isName(words[0], at: moment))
      })
    else { return nil }
    if argument.isEmpty { return command.argument == "EXPR" ? nil : (command, "") }
    // `out = 3`, `next + 1`: code that uses such a name.
    if command.argument.isEmpty || "=+-*/@.([|<>".contains(argument.first ?? " ") { return nil }
    return (command, argument)
  }

  private func isName(_ word: String, at moment: Moment) -> Bool {
    guard let frame = frame(of: moment) else { return names.lookup(word) != nil }
    return frame.locals.contains { $0.name == word } || frame.fields.contains { $0.name == word }
      || names.lookup(word) != nil
  }

  private func obey(_ command: Command, _ argument: String, _ talk: inout Talk) throws -> Bool {
    let frameDepth = map.calls.count
    let isForward = talk.moment.phase == .forward
    if ["into", "part", "next", "out"].contains(command.name) { latestMotion = command.name }
    switch command.name {
    case "into": motion = .into
    case "part": motion = isForward ? .part(depth: frameDepth) : .into
    case "next": motion = isForward ? .next(depth: frameDepth) : .into
    case "out": motion = .out(depth: talk.depth, phase: talk.moment.phase)
    case "continue":
      if !argument.isEmpty {
        var place = try breakpoint(argument, at: talk.moment)
        place.isPassing = true
        breakpoints.append(place)
      }
      motion = .on
    case "back": try goBack(argument)
    case "quit": throw LeaveDebugger()
    default:
      try look(command, argument, &talk)
      return false
    }
    return true
  }

  private func look(_ command: Command, _ argument: String, _ talk: inout Talk) throws {
    switch command.name {
    case "break": try addBreakpoint(argument, at: talk.moment)
    case "clear": try clear(argument)
    case "locals":
      let frame = chosen.flatMap { map.calls[$0].frame } ?? self.frame(of: talk.moment)
      if let frame { showLocals(frame) } else { write(["no function runs here"]) }
    case "list":
      if let span = span(of: talk.moment) { list(span) } else { write(["no source here"]) }
    case "where": showCalls(at: talk.moment)
    case "up", "down": try choose(command.name == "up" ? -1 : 1)
    case "show": try type(argument, &talk)
    default: help()
    }
  }

  private func type(_ text: String, _ talk: inout Talk) throws {
    let (value, it) = try evaluate(text, at: talk.moment, it: talk.it ?? talk.moment.it)
    if let it { talk.it = it }
    if Self.changesSomething(text) {
      changes[moment, default: []].append((text, chosen))
      if case .gradient = talk.moment, it == nil {
        write([
          "the forward pass is over: only `it` and the debugger's own names can be changed here"
        ])
      }
    }
    if case .none = value { return }
    write([printer.display(value)])
  }

  /// Assignments are made again on the way back to a later moment.
  private static func changesSomething(_ text: String) -> Bool {
    Parser.parse(Source(text, name: "<debug>")).statements.contains { statement in
      if case .expression = statement.kind { return false }
      return true
    }
  }

  private func complain(_ error: any Error) {
    let placed = interpreter.place(error, at: Span(0, 0, Source("")))
    guard let failure = placed as? Failure else { return write(["error: \(error)"]) }
    var diagnostic = failure.diagnostic
    // What was typed stands right above.
    if diagnostic.span?.source.name == "<debug>" || diagnostic.span?.source.text.isEmpty == true {
      diagnostic.span = nil
    }
    write([renderer().render(diagnostic)])
  }

  // MARK: Single commands

  private func goBack(_ argument: String) throws {
    guard let count = argument.isEmpty ? 1 : Int(argument), count >= 1 else {
      throw Mistake("`back` takes a number of stops", fix: "`back 2`")
    }
    guard visited.count > 1 else { throw Mistake("this is the first stop: there is none before") }
    throw GoBack(moment: visited[Swift.max(0, visited.count - 1 - count)])
  }

  private func breakpoint(_ text: String, at moment: Moment) throws -> Breakpoint {
    let place = try Breakpoint(text, source: span(of: moment)?.source)
    if case .site(let pattern) = place.kind {
      let paths = Self.sitesAndParameters(of: reachableModels)
      guard paths.isEmpty || paths.contains(where: { SitePattern.covers(pattern, $0) }) else {
        throw Mistake(
          "no site or parameter is called \"\(text)\"", code: "E0563",
          fix: Suggestion.nearest(text, paths).map { "did you mean `\($0)`?" }
            ?? "give a line, a site, nan, norm > X, if EXPR, backward or optimizer")
      }
    }
    return place
  }

  private func addBreakpoint(_ argument: String, at moment: Moment) throws {
    if argument.isEmpty {
      let lines = breakpoints.enumerated().map { "\($0 + 1)  \($1.description)" }
      return write(lines.isEmpty ? ["no breakpoints"] : lines)
    }
    let place = try breakpoint(argument, at: moment)
    breakpoints.append(place)
    write(["breakpoint \(breakpoints.count): \(place.description)"])
  }

  private func clear(_ argument: String) throws {
    if argument.isEmpty {
      breakpoints.removeAll()
    } else if let number = Int(argument), breakpoints.indices.contains(number - 1) {
      breakpoints.remove(at: number - 1)
    } else {
      throw Mistake("there is no breakpoint \(argument)", fix: "`break` lists them")
    }
  }

  private func choose(_ step: Int) throws {
    let last = map.calls.count - 1
    let wanted = (chosen ?? last) + step
    guard (0...Swift.max(last, 0)).contains(wanted), last >= 0 else {
      throw Mistake(step < 0 ? "this is the outermost call" : "this is the innermost call")
    }
    chosen = wanted == last ? nil : wanted
    let call = map.calls[wanted]
    write([printer.style(call.description, .string)])
    if let line = call.line { write(excerpt(line, in: call.statement)) }
  }

  func span(of moment: Moment) -> Span? {
    if let chosen { return map.calls[chosen].line }
    switch moment {
    case .statement(let code, _), .part(let code, _, _): return code.span
    case .gradient(let node, _): return map.places[node.id]?.span
    case .failure: return map.calls.last?.line
    case .update: return nil
    }
  }

  private func help() {
    let isNarrow = printer.width < 60
    let rows = Self.commands.map { command -> String in
      let name =
        [command.name, command.argument].filter { !$0.isEmpty }.joined(separator: " ")
        + (command.letter.map { ", \($0)" } ?? "")
      let indent = isNarrow ? 4 : 22
      let text = command.summary.wrapped(to: printer.width - indent).map {
        String($0.drop { $0 == " " })
      }
      let blanks = String(repeating: " ", count: indent)
      let head = "  " + name.padded(to: isNarrow ? 0 : 20)
      return head + (isNarrow ? "\n" + blanks : "") + text.joined(separator: "\n" + blanks)
    }
    let rest =
      "Anything else is code that runs here. Assigning a local, or `it` (the result, the gradient or the new value at "
      + "hand), changes what goes on; `gradient(x)` is the gradient that has arrived at x."
    write(rows + rest.wrapped(to: printer.width).map { String($0.drop { $0 == " " }) })
  }
}

extension String {
  fileprivate var trimmed: String {
    var text = self[...]
    while let first = text.first, first.isWhitespace { text.removeFirst() }
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return String(text)
  }
}
