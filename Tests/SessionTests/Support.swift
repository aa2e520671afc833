import Foundation
import Terminal

@testable import Session

/// What a session or the tool printed.
final class Capture {
  private(set) var out = ""
  private(set) var err = ""

  var console: Console { Console(out: { self.out += $0 }, err: { self.err += $0 }) }

  func clear() {
    out = ""
    err = ""
  }
}

/// Runs the tool as a shell would, without a process.
func runTool(
  _ words: String..., input: String = ""
) -> (status: Int32, out: String, err: String) {
  let capture = Capture()
  let tool = Tool(console: capture.console, readInput: { Data(input.utf8) }, prompt: { _, _ in 0 })
  let status = Program.onDeepStack { tool.run(words) }
  return (status, capture.out, capture.err)
}

/// A folder of files that is removed with the value.
final class Folder {
  let path: String

  init(_ files: [String: String] = [:]) throws {
    path = try TemporaryFolder().path
    for (name, text) in files { try write(text, to: name) }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ text: String, to name: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path + "/" + name))
  }

  func read(_ name: String) throws -> String {
    try String(contentsOfFile: path + "/" + name, encoding: .utf8)
  }

  subscript(name: String) -> String { path + "/" + name }
}

/// The project's folder of golden scripts.
let goldenFolder = URL(fileURLWithPath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Golden").path
