import Interpreter
import Terminal

extension Registry {
  /// Looking around, and drawing.
  static func sessionCommands() -> [CommandRecord] {
    [
      CommandRecord(
        "help", [ParameterSpec("name", default: Value.none)], .session,
        "what a command, method or module is, or the list of all"
      ) { call in .host(TextValue(try Help(call.interpreter).text(for: call[0]))) },
      CommandRecord(
        "source", [ParameterSpec("function")], .session,
        "the text of a method, module or function of the language"
      ) { call in .host(TextValue(try Help(call.interpreter).source(of: call[0]))) },
      CommandRecord(
        "quit", [ParameterSpec("status", default: .int(0))], .session,
        "leaves the session or ends the script, with an exit code from 0 to 255"
      ) { call in
        let status = try call.int(0)
        guard (0...255).contains(status) else {
          throw Mistake("an exit code is from 0 to 255, not \(status)", argument: "status")
        }
        throw Quit(status: Int32(status))
      },
    ]
  }
}
