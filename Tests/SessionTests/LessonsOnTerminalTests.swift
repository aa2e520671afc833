import Foundation
import TestSupport
import Testing

@testable import Session

/// A lesson typed line by line prints what its file prints.
@Suite("Lessons on a terminal", .serialized) struct LessonsOnTerminalTests {
  static let root = URL(fileURLWithPath: goldenFolder)
    .deletingLastPathComponent().deletingLastPathComponent()

  /// All of them in the full run, one else; those on models that were not fetched are left out.
  static let lessons: [String] = {
    let isFull = ProcessInfo.processInfo.environment["PEFT_REPL_FULL"] == "true"
    guard isFull else { return ["methods/some_layers.peft"] }
    let folder = root.appendingPathComponent("tutorials")
    let found = FileManager.default.enumerator(atPath: folder.path)
    let all = (found?.allObjects as? [String] ?? []).filter { $0.hasSuffix(".peft") }.sorted()
    let hasModels = FileManager.default.fileExists(
      atPath: root.appendingPathComponent("models/all-MiniLM-L6-v2").path)
    return hasModels ? all : all.filter { !$0.hasPrefix("02-") }
  }()

  @Test(arguments: lessons)
  func typedItPrintsWhatTheFilePrints(_ lesson: String) throws {
    let path = Self.root.appendingPathComponent("tutorials/" + lesson).path
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let folder = try Folder()
    try FileManager.default.createSymbolicLink(
      atPath: folder["models"], withDestinationPath: Self.root.appendingPathComponent("models").path
    )
    // Exact math takes three times as long on a real model; fast math repeats on one machine too.
    let math = lesson.hasPrefix("02-") ? "fast" : "exact"
    let typed = try Self.typed(text, math: math, in: folder)
    let run = try Self.run(path, math: math, in: folder)
    let isSame = GoldenComparison(math: .exact).matches(run.out, typed.out)
    #expect(isSame, "\(Self.difference(run.out, typed.out))")
    #expect(run.errors == typed.errors)
    #expect(typed.out.count > 4)
  }

  private typealias Printed = (out: [String], errors: [String])

  /// As a person types: each line, and Enter; the prompt opens the further lines of a cell itself.
  private static func typed(_ text: String, math: String, in folder: Folder) throws -> Printed {
    let typist = try Typist(["--math", math], in: folder, errors: folder["errors"])
    var cell = ""
    var out = ""
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      cell += cell.isEmpty ? String(line) : "\n" + line
      let isWhole = !Prompt.isIncomplete(cell)
      if isWhole, cell.allSatisfy(\.isWhitespace) {
        cell = ""
        continue
      }
      typist.terminal.type(String(line.drop { $0 == " " }) + "\r")
      guard isWhole else { continue }
      cell = ""
      try typist.terminal.wait(for: Typist.handedOver)
      out += try typist.answer(seconds: 1200)
    }
    return (lines(out), try messages(folder.read("errors")))
  }

  private static func run(_ path: String, math: String, in folder: Folder) throws -> Printed {
    let terminal = try TerminalProgram(
      Typist.program, ["--math", math, path],
      environment: ["HOME": folder.path, "NO_COLOR": "1"], folder: folder.path,
      errors: folder["errors"])
    _ = try terminal.waitForEnd(seconds: 1200)
    let text = String(decoding: terminal.output, as: UTF8.self).replacing("\r\n", with: "\n")
    return (lines(text), try messages(folder.read("errors")))
  }

  /// Where the debugger stops in the lesson's own text, its place and its line are left out: a file has lines, a cell
  /// starts anew.
  private static func lines(_ text: String) -> [String] {
    var lines: [String] = []
    var hidden = 0
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if let stop = line.wholeMatch(of: /(?:<input>|[^\/ ]+\.peft):\d+  (.*)/) {
        lines.append("stopped in " + stop.1)
        hidden = 2
      } else if hidden > 0 {
        hidden -= 1
      } else {
        lines.append(String(line))
      }
    }
    return lines
  }

  /// What went wrong, without the places, which differ: a file has lines, a cell starts anew.
  private static func messages(_ text: String) -> [String] {
    text.split(separator: "\n").map(String.init).filter { $0.hasPrefix("error") }
  }

  private static func difference(_ a: [String], _ b: [String]) -> String {
    let first = zip(a, b).enumerated().first { $1.0 != $1.1 }?.offset ?? min(a.count, b.count)
    return "file:\n\(a.dropFirst(first).prefix(4).joined(separator: "\n"))\n"
      + "typed:\n\(b.dropFirst(first).prefix(4).joined(separator: "\n"))"
  }
}
