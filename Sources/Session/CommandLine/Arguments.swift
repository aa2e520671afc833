import Syntax
import Tensor

/// What the words behind `peft-repl` ask for.
public struct Arguments: Equatable {
  public enum Action: Equatable {
    case prompt
    case file(String)
    case code(String)
    case standardInput
    case test(paths: [String], updates: Bool)
    case format(paths: [String])
    case help
    case version
    /// Prints `docs/commands.md`; for `scripts/write-reference`, so the usage does not name it.
    case reference
    /// Writes the word lists of the grammars in a folder; for `scripts/write-grammars`.
    case grammars(folder: String)
  }

  public var action = Action.prompt
  /// What a script sees as `args`.
  public var scriptArguments: [String] = []
  public var asJSON = false
  public var noColor = false
  public var isSandboxed = false
  public var seed: UInt64?
  public var threads: Int?
  /// Nil: fast, but exact for tests.
  public var math: Math?

  /// The words are no call of the program.
  public struct UsageError: Error, Equatable {
    public let message: String
  }

  public init() {}

  /// Options may stand anywhere before a script's path; behind it everything belongs to the script.
  public init(parsing words: [String]) throws(UsageError) {
    var rest = words[...]
    var paths: [String] = []
    var subcommand: String?
    var updates = false
    while let word = rest.popFirst() {
      switch word {
      case "-h", "--help":
        action = .help
        return
      case "--version":
        action = .version
        return
      case "--reference":
        action = .reference
        return
      case "--write-grammars":
        guard let folder = rest.popFirst() else {
          throw UsageError(message: "--write-grammars wants a folder behind it")
        }
        action = .grammars(folder: folder)
        return
      case "--json": asJSON = true
      case "--no-color": noColor = true
      case "--sandbox": isSandboxed = true
      case "--seed": seed = UInt64(bitPattern: Int64(try Self.number(word, &rest)))
      case "--threads":
        let count = try Self.number(word, &rest)
        guard (1...1024).contains(count) else {
          throw UsageError(message: "--threads wants a number from 1 to 1024")
        }
        threads = count
      case "--math": math = try Self.math(word, &rest)
      case "--update" where subcommand == "test": updates = true
      case "-c" where subcommand == nil:
        guard let code = rest.popFirst() else {
          throw UsageError(message: "-c wants code behind it")
        }
        action = .code(code)
        scriptArguments = Array(rest)
        return
      case "--":
        paths += rest
        rest = []
      case "-" where subcommand == nil:
        action = .standardInput
        scriptArguments = Array(rest)
        return
      case "test" where subcommand == nil, "fmt" where subcommand == nil: subcommand = word
      case let word where word.hasPrefix("-") && word != "-": throw Self.unknown(word)
      default:
        paths.append(word)
        if subcommand == nil {
          paths += rest
          rest = []
        }
      }
    }
    try finish(subcommand, paths, updates)
  }

  private mutating func finish(
    _ subcommand: String?, _ paths: [String], _ updates: Bool
  ) throws(UsageError) {
    switch subcommand {
    case "test"?:
      if paths.isEmpty { throw UsageError(message: "test wants a script or a folder of scripts") }
      action = .test(paths: paths, updates: updates)
    case "fmt"?:
      if paths.isEmpty { throw UsageError(message: "fmt wants files, or - for standard input") }
      action = .format(paths: paths)
    default:
      guard let file = paths.first else { return }
      action = .file(file)
      scriptArguments = Array(paths.dropFirst())
    }
  }

  private static func number(
    _ option: String, _ rest: inout ArraySlice<String>
  ) throws(UsageError) -> Int {
    guard let word = rest.popFirst(), let number = Int(word) else {
      throw UsageError(message: "\(option) wants a whole number behind it")
    }
    return number
  }

  private static func math(
    _ option: String, _ rest: inout ArraySlice<String>
  ) throws(UsageError) -> Math {
    switch rest.popFirst() {
    case "exact"?: return .exact
    case "fast"?: return .fast
    default: throw UsageError(message: "\(option) wants exact or fast")
    }
  }

  private static func unknown(_ word: String) -> UsageError {
    let known = [
      "--help", "--version", "--json", "--no-color", "--sandbox", "--seed", "--threads", "--math",
      "--update",
    ]
    let near = didYouMean(word, known).map { "; did you mean \($0)?" } ?? ""
    let place = word == "--update" ? "--update belongs behind test" : "there is no option \(word)"
    return UsageError(message: place + near)
  }

  public static let usage = """
    usage: peft-repl [OPTION…]                   a prompt
           peft-repl [OPTION…] FILE [ARG…]       runs a script; it sees its arguments as `args`
           peft-repl [OPTION…] -c CODE [ARG…]    runs code
           … | peft-repl [OPTION…] - [ARG…]      runs standard input
           peft-repl test [--update] PATH…       runs scripts and compares what they print with their `#>` lines
           peft-repl fmt FILE…                   lays files out anew; `fmt -`: standard input to standard output

      --math exact|fast   the same bits on every machine, or the BLAS (fast; exact for `test`)
      --seed N            where random streams start
      --threads N         how many processor threads to use
      --sandbox           refuses paths outside the script's folder and the working directory
      --json              one JSON object a cell
      --no-color          no colours (NO_COLOR is respected too)
      --help, --version

    Exit codes: 0, 1 a script failed, 2 usage, 65 syntax error, 130 interrupted.

    """
}
