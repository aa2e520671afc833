import Foundation
import Interpreter
import Syntax
import Tensor
import Terminal

/// The program as a function from its arguments and standard streams to an exit code.
public struct Tool {
  public static let version = "0.1.0"

  private let console: Console
  private let readInput: () throws -> Data
  private let prompt: (Session, _ asJSON: Bool) -> Int32

  /// - Parameters:
  ///   - readInput: all of standard input.
  ///   - prompt: talks with whoever is at standard input.
  public init(
    console: Console, readInput: @escaping () throws -> Data,
    prompt: @escaping (Session, _ asJSON: Bool) -> Int32
  ) {
    self.console = console
    self.readInput = readInput
    self.prompt = prompt
  }

  public func run(_ words: [String]) -> Int32 {
    let arguments: Arguments
    do { arguments = try Arguments(parsing: words) } catch {
      console.err("peft-repl: \(error.message)\nTry: peft-repl --help\n")
      return ExitCode.usage
    }
    do { return try run(arguments) } catch {
      console.err(console.errStyle(.error, "error:") + " \(ScriptFile.sentence(error))\n")
      return error is ScriptFile.Unreadable ? ExitCode.usage : ExitCode.failed
    }
  }

  private func run(_ arguments: Arguments) throws -> Int32 {
    if let threads = arguments.threads { Engine.setThreads(threads) }
    var console = console
    if arguments.noColor {
      console.style.usesColor = false
      console.errStyle.usesColor = false
    }
    var options = SessionOptions()
    options.seed = arguments.seed
    options.isSandboxed = arguments.isSandboxed
    options.arguments = arguments.scriptArguments
    options.math = arguments.math ?? .fast
    switch arguments.action {
    case .help: console.out(Arguments.usage)
    case .version: console.out("peft-repl \(Self.version)\n")
    case .reference:
      console.out(Reference.page(try Session(options: options, console: console)))
    case .grammars(let folder): try EditorGrammars.write(in: folder)
    case .test(let paths, let updates):
      options.math = arguments.math ?? .exact
      return GoldenRunner(options: options, updates: updates, console: console).run(paths)
    case .format(let paths): return format(paths, console)
    case .prompt: return prompt(try Session(options: options, console: console), arguments.asJSON)
    case .file(let path):
      let source = try ScriptFile.read(path)
      options.script = path
      return try script(source, options, console, arguments.asJSON)
    case .code(let code):
      return try script(Source(code, name: "<code>"), options, console, arguments.asJSON)
    case .standardInput:
      let source = Source(try ScriptFile.text(readInput(), "standard input"), name: "<stdin>")
      return try script(source, options, console, arguments.asJSON)
    }
    return ExitCode.success
  }

  private func script(
    _ source: Source, _ options: SessionOptions, _ console: Console, _ asJSON: Bool
  ) throws -> Int32 {
    Interrupt.endTidily()
    return try Session(options: options, console: console).runScript(source, asJSON: asJSON).exitCode
  }

  /// Lays files out anew, each in place; a file with errors is left as it is.
  private func format(_ paths: [String], _ console: Console) -> Int32 {
    var status = ExitCode.success
    for path in paths {
      do {
        let source =
          path == "-"
          ? Source(try ScriptFile.text(readInput(), "standard input"), name: "<stdin>")
          : try ScriptFile.read(path)
        let parsed = Parser.parse(source)
        guard let text = SourceFormatter.format(parsed) else {
          let style = console.errStyle
          let renderer = DiagnosticRenderer(width: console.width()) { style($0.style, $1) }
          console.err(renderer.render(parsed.errors) + "\n")
          status = ExitCode.syntax
          continue
        }
        if path == "-" {
          console.out(text)
        } else if text != source.text {
          try GoldenUpdate.write(text, to: path)
        }
      } catch {
        console.err(console.errStyle(.error, "error:") + " \(ScriptFile.sentence(error))\n")
        if status == ExitCode.success { status = ExitCode.failed }
      }
    }
    return status
  }
}
