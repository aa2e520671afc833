import Foundation

/// What comparisons saw, printed when the environment has PARITY_REPORT: the numbers behind the tolerances.
enum Report {
  static func line(_ title: String, _ parts: [Any]) {
    guard ProcessInfo.processInfo.environment["PARITY_REPORT"] != nil else { return }
    print("PARITY", title, parts.map { "\($0)" }.joined(separator: " "))
  }
}
