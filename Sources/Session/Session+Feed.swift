import Foundation
import Interpreter
import Syntax
import Terminal

/// How a cell or a script ended.
public enum Outcome: Equatable, Sendable {
  case done
  /// An error of the program, printed already.
  case failed
  /// Nothing ran, since the text has errors.
  case syntaxError
  /// Ctrl-C.
  case interrupted
  /// The program asked to leave.
  case quit(Int32)
}

extension Session {
  /// Runs a text statement by statement and prints what its bare expressions give.
  ///
  /// Errors of its grammar are printed, all of them, before anything runs. The first error while running ends the
  /// text, but for one that the text expects: a statement under which `#> error …` stands.
  @discardableResult
  public func feed(_ source: Source) -> Outcome {
    feed(Parser.parse(source))
  }

  @discardableResult
  public func feed(_ text: String, name: String = "<input>") -> Outcome {
    feed(Source(text, name: name))
  }

  /// - Parameter ignored: codes of warnings that have no meaning here.
  @discardableResult
  func feed(_ parsed: ParseResult, ignoring ignored: Set<String> = []) -> Outcome {
    updatePrinter()
    let shown = parsed.diagnostics.filter { !ignored.contains($0.code) }
    if !shown.isEmpty { print(shown) }
    return parsed.hasErrors ? .syntaxError : feed(parsed.statements)
  }

  /// Runs statements up to the first error that is not expected.
  func feed(_ statements: [Statement]) -> Outcome {
    for statement in statements {
      let outcome = run(statement)
      if outcome == .failed, statement.expectsError { continue }
      if outcome != .done { return outcome }
    }
    return .done
  }

  /// Runs one statement and prints its value, or its error, which `noting` is told of.
  func run(_ statement: Statement, noting note: (Failure) -> Void = { _ in }) -> Outcome {
    do {
      let value = try evaluate(statement)
      if statement.isPrinted { try display(value, of: statement) }
      return .done
    } catch {
      return finish(error, of: statement, noting: note)
    }
  }

  /// The value of a statement, an unattached model attached as printing would.
  func evaluate(_ statement: Statement) throws -> Value {
    let value = try interpreter.run(statement)
    guard case .module(let module) = value, !module.isAttached, statement.isPrinted else {
      return value
    }
    let attached = try interpreter.attachRoot(module)
    try interpreter.poll()
    return .module(attached)
  }

  /// Shows what an expression gives a screen at a time, without keeping it.
  func page(_ code: String) -> Outcome {
    updatePrinter()
    let parsed = Parser.parse(Source(code, name: "<input>"))
    if parsed.hasErrors { return feed(parsed) }
    for statement in parsed.statements {
      do {
        let text = interpreter.printer.display(try interpreter.run(statement)) + "\n"
        if let page = console.page, report == nil { page(text) } else { write(text) }
      } catch {
        guard let failure = error as? Failure else {
          return finish(error, of: statement) { _ in }
        }
        // The user did not type this code, so its place would say nothing.
        var diagnostic = failure.diagnostic
        diagnostic.span = nil
        print([diagnostic])
        return .failed
      }
    }
    return .done
  }

  func display(_ value: Value, of statement: Statement) throws {
    if case .none = value { return }
    let text = interpreter.printer.display(value)
    report?.value(value.typeName, line: statement.span.line)
    write(text.hasSuffix("\n") || text.isEmpty ? text : text + "\n")
    interpreter.globals.define(Session.lastValueName, value)
  }

  func finish(
    _ error: any Error, of statement: Statement, noting note: (Failure) -> Void
  ) -> Outcome {
    // What was computed of unfinished results may fail in any way.
    let error = interpreter.isInterrupted() && !(error is Quit) ? Interrupted() : error
    switch error {
    case let quit as Quit: return .quit(quit.status)
    case is Interrupted:
      Interrupt.clear()
      report?.status = "interrupted"
      // The terminal has echoed ^C on the line.
      let start = console.redrawsProgress == true ? "\n" : ""
      writeError(start + console.errStyle(.warning, "interrupted") + "\n")
      return .interrupted
    default:
      // A placed error keeps its place; what Swift code threw without one gets the statement's.
      let placed = interpreter.place(error, at: statement.span)
      let failure =
        placed as? Failure ?? Failure(Diagnostic("E0500", "\(placed)", at: statement.span))
      note(failure)
      print(failure)
      return .failed
    }
  }

  /// The name under which the last printed value is kept.
  static let lastValueName = "_"
}

extension Statement {
  /// A bare expression without `;`.
  var isPrinted: Bool {
    if case .expression = kind { return !isSilenced }
    return false
  }

  /// The golden lines below say that this statement fails.
  var expectsError: Bool {
    golden.first.map { GoldenLines.announcesError($0.text) } ?? false
  }
}
