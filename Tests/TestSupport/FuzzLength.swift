import Foundation

/// How many changed inputs a fuzz test tries: few in every run, more in `scripts/test --full`, as many as are promised in
/// `scripts/fuzz`, which takes hours.
public enum FuzzLength {
  private static let environment = ProcessInfo.processInfo.environment

  public static func inputs(usual: Int, promised: Int) -> Int {
    if environment["PEFT_REPL_FUZZ"] != nil { return promised }
    return environment["PEFT_REPL_FULL"] == "true" ? max(usual, promised / 50) : usual
  }
}
