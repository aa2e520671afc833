import Commands
import Interpreter
import Syntax

extension Session {
  /// Runs a typed cell under the debugger; `quit` leaves names and runs as they were.
  func debug(_ parsed: ParseResult) throws -> Outcome {
    updatePrinter()
    if parsed.hasErrors { return feed(parsed) }
    guard let ask else {
      throw Mistake(
        "there is nobody to ask here", fix: "`debug(() -> …, commands=[…])` takes the commands")
    }
    let before = snapshot()
    for statement in parsed.statements {
      let debugging = try Debugging(
        interpreter, isScripted: false, restoringNames: { [unowned self] in restore(before) },
        read: ask)
      do {
        guard let value = try debugging.run({ try interpreter.run(statement) }) else {
          write("everything is as before\n")
          return .done
        }
        if statement.isPrinted { try display(value, of: statement) }
      } catch {
        return finish(error, of: statement) { _ in }
      }
    }
    keep(before, cell: parsed.source.text)
    history.append(parsed.source.text)
    return .done
  }
}
