import Commands
import Foundation
import Interpreter
import Syntax
import Tensor

// A scratch runner until the session's own is merged.
let arguments = CommandLine.arguments
let interpreter = Interpreter(engine: Engine(math: arguments.contains("--exact") ? .exact : .fast))
Engine.setThreads(2)
let paths = Paths.standard(script: arguments[1])
Registry.install(in: interpreter, paths: paths)
func show(_ error: any Error) {
  if let failure = error as? Failure {
    let d = failure.diagnostic
    print("error[\(d.code)]: \(d.message)\n at \(d.span?.source.name ?? ""):\(d.span?.line ?? 0): \(d.span?.text.prefix(80) ?? "")\n note: \(d.note ?? "") fix: \(d.fix ?? "")")
    for s in failure.stack.prefix(6) { print("  in \(s.name) \(s.span.source.name):\(s.span.line)") }
  } else { print("error: \(error)") }
}
do {
  try Embedded.loadLibrary(into: interpreter)
  interpreter.convertInput = ModelInput.convert
  let source = Source(try String(contentsOfFile: arguments[1], encoding: .utf8), name: arguments[1])
  let parsed = Parser.parse(source)
  for d in parsed.errors { show(Failure(d)) }
  for statement in parsed.statements {
    let t0 = Date()
    let value = try interpreter.run(statement)
    if case .none = value { } else if !statement.isSilenced { print(interpreter.printer.display(value)) }
    if arguments.contains("--time") { FileHandle.standardError.write("[\(statement.span.line)] \(Date().timeIntervalSince(t0))\n".data(using: .utf8)!) }
  }
} catch { show(error) }
