import Syntax

/// The one error type of the language: what the user sees, and the calls that led there.
public struct Failure: Error {
  public let diagnostic: Diagnostic
  /// Innermost call first.
  public let stack: [StackEntry]

  public init(_ diagnostic: Diagnostic, stack: [StackEntry] = []) {
    self.diagnostic = diagnostic
    self.stack = stack
  }
}

/// One call in progress: what was called, and from where.
public struct StackEntry: Sendable {
  public let name: String
  public let span: Span
  /// The type and the path of the module whose function was called.
  public let module: String?
  public let path: String?

  public init(name: String, span: Span, module: String? = nil, path: String? = nil) {
    self.name = name
    self.span = span
    self.module = module
    self.path = path
  }

  /// What was called, as a user would say it: `` `Linear.forward` of `blocks.0.attn.q` ``.
  public var description: String {
    if name == StackEntry.lambda { return "a lambda" }
    let called = module.map { "`\($0).\(name)`" } ?? "`\(name)`"
    guard let path, !path.isEmpty else { return called }
    return "\(called) of `\(path)`"
  }

  /// The name of a function that has none.
  static let lambda = "lambda"
}

/// What Swift code below the evaluator throws: a mistake without a place. The call that ran it adds the place.
public struct Mistake: Error {
  public let code: String
  public let message: String
  public let note: String?
  public let fix: String?
  /// The parameter whose argument is at fault; its span is shown instead of the whole call's.
  public let argument: String?

  public init(
    _ message: String, code: String = "E0500", note: String? = nil, fix: String? = nil,
    argument: String? = nil
  ) {
    self.code = code
    self.message = message
    self.note = note
    self.fix = fix
    self.argument = argument
  }
}

/// Thrown where Ctrl-C asked for a stop; never shown as an error of the program.
public struct Interrupted: Signal {
  public init() {}
}

/// Thrown by `quit()` and `:quit`, to leave a script with a status.
public struct Quit: Signal {
  public let status: Int32
  public init(status: Int32) { self.status = status }
}
