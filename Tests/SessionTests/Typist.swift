import Foundation
import TestSupport

@testable import Session

/// The program at work on a terminal, typed at as a person types: with a home folder and a working folder of its own.
final class Typist {
  let folder: Folder
  let terminal: TerminalProgram

  /// The program that was built with the tests; `PEFT_REPL_BINARY` names another.
  static let program: String = {
    let environment = ProcessInfo.processInfo.environment
    if let chosen = environment["PEFT_REPL_BINARY"] { return chosen }
    let tests = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    return tests.deletingLastPathComponent().appendingPathComponent("peft-repl").path
  }()

  /// Starts the program and waits for its prompt.
  init(
    _ arguments: [String] = [], in folder: Folder? = nil, columns: UInt16 = 80, rows: UInt16 = 24,
    environment: [String: String] = ["NO_COLOR": "1"], errors: String? = nil
  ) throws {
    let folder = try folder ?? Folder()
    self.folder = folder
    terminal = try TerminalProgram(
      Self.program, arguments, environment: ["HOME": folder.path].merging(environment) { $1 },
      folder: folder.path, columns: columns, rows: rows, errors: errors)
    try terminal.wait(for: Self.opening)
    try terminal.wait(for: ">")
  }

  /// Switched on when the program begins to read a cell: pastes come marked.
  static let opening = "\u{1B}[?2004h"
  /// Switched off when the cell is handed over.
  static let handedOver = "\u{1B}[?2004l"

  /// Types keys and Enter, and answers what the cell printed.
  @discardableResult
  func ask(_ keys: String) throws -> String {
    terminal.type(keys + "\r")
    try terminal.wait(for: Self.handedOver)
    return try answer()
  }

  /// What is printed until the next prompt.
  func answer(seconds: Double = 300) throws -> String {
    let text = try terminal.wait(for: Self.opening, seconds: seconds)
    try terminal.wait(for: ">")
    return String(text.dropLast(Self.opening.count)).replacing("\r\n", with: "\n")
  }
}

/// Keys by name.
enum Key {
  static let tab = "\t"
  static let up = "\u{1B}[A"
  static let left = "\u{1B}[D"
  static let controlC = "\u{3}"
  static let controlR = "\u{12}"
  static let controlD = "\u{4}"

  static func paste(_ text: String) -> String { "\u{1B}[200~" + text + "\u{1B}[201~" }
}
