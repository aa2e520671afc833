/// What the program answers to the shell.
public enum ExitCode {
  public static let success: Int32 = 0
  /// A script, or a golden test, failed.
  public static let failed: Int32 = 1
  /// The command line is no call of the program.
  public static let usage: Int32 = 2
  /// A script cannot be parsed; EX_DATAERR of BSD's sysexits.h.
  public static let syntax: Int32 = 65
  /// 128 and the number of SIGINT, as shells count.
  public static let interrupted: Int32 = 130
}

extension Outcome {
  var exitCode: Int32 {
    switch self {
    case .done: ExitCode.success
    case .failed: ExitCode.failed
    case .syntaxError: ExitCode.syntax
    case .interrupted: ExitCode.interrupted
    case .quit(let status): status
    }
  }
}
