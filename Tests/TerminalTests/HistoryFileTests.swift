import Foundation
import Testing

@testable import Terminal

func withTemporaryFile(_ body: (String) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  try body(folder.appendingPathComponent("history").path)
}

@Suite struct HistoryFileTests {
  @Test func cellsComeBackAsTheyWere() throws {
    try withTemporaryFile { path in
      let history = HistoryFile(path: path)
      let cells = ["a = 1", "f {\n  \"\\n\"\n}", "漢字\té", "\\", "tail\r"]
      for cell in cells { #expect(history.append(cell)) }
      #expect(history.load() == cells)
    }
  }

  @Test func noFileIsAnEmptyHistory() throws {
    try withTemporaryFile { path in #expect(HistoryFile(path: path).load().isEmpty) }
  }

  @Test func unwritableFileIsAnsweredNotThrown() {
    #expect(!HistoryFile(path: "/nowhere/at/all").append("x"))
  }

  @Test func damagedLinesAreSkipped() throws {
    try withTemporaryFile { path in
      var bytes = Data("good\nbad \\q escape\n\n".utf8)
      bytes += [0xFF, 0xFE, 0x0A, 0x61, 0x00, 0x62, 0x0A]
      bytes += Data("fine\\nindeed\ncut off\\".utf8)
      try bytes.write(to: URL(fileURLWithPath: path))
      let history = HistoryFile(path: path)
      #expect(history.load() == ["good", "fine\nindeed"])
      history.append("after the damage")
      #expect(history.load() == ["good", "fine\nindeed", "after the damage"])
    }
  }

  @Test func trimmingKeepsTheLatest() throws {
    try withTemporaryFile { path in
      let history = HistoryFile(path: path, limit: 8)
      for index in 1...10 { history.append("\(index)") }
      #expect(history.trim())
      let untrimmed = try String(contentsOfFile: path, encoding: .utf8)
      #expect(untrimmed.split(separator: "\n").count == 10)
      history.append("11")
      #expect(history.trim())
      let trimmed = try String(contentsOfFile: path, encoding: .utf8)
      #expect(trimmed == "4\n5\n6\n7\n8\n9\n10\n11\n")
      #expect(!FileManager.default.fileExists(atPath: path + ".new"))
    }
  }

  @Test func sessionsAtOnceLoseNothing() async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let history = HistoryFile(path: folder.appendingPathComponent("history").path, limit: 400)
    await withTaskGroup(of: Void.self) { group in
      for session in 0..<4 {
        group.addTask {
          for index in 0..<100 {
            history.append("session \(session)\ncell \(index)")
            if index % 25 == 0 { history.trim() }
          }
        }
      }
    }
    let cells = history.load()
    #expect(Set(cells).count == 400)
    for session in 0..<4 {
      let own = cells.filter { $0.hasPrefix("session \(session)\n") }
      #expect(own == (0..<100).map { "session \(session)\ncell \($0)" })
    }
  }
}
