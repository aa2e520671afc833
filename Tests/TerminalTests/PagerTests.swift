import Foundation
import Testing

@testable import Terminal

@Suite struct PagerTests {
  let long = (1...30).map { "line \($0)" }.joined(separator: "\n") + "\n"
  let size = TerminalSize(columns: 80, rows: 24)

  @Test func onlyWhatDoesNotFitIsPaged() {
    let environment = ["TERM": "xterm"]
    #expect(Pager.command(for: long, on: size, environment: environment) == "less -FRX")
    #expect(Pager.command(for: "short\n", on: size, environment: environment) == nil)
    #expect(Pager.command(for: long, on: nil, environment: environment) == nil)
    #expect(Pager.command(for: long, on: size, environment: ["TERM": "dumb"]) == nil)
  }

  @Test func usersPagerIsUsed() {
    func command(_ pager: String, _ more: [String: String] = [:]) -> String? {
      let environment = ["TERM": "xterm", "PAGER": pager].merging(more) { $1 }
      return Pager.command(for: long, on: size, environment: environment)
    }
    #expect(command("more -s") == "more -s")
    #expect(command("less") == "less -FRX")
    #expect(command("less", ["LESS": "-i"]) == "less")
    #expect(command("cat") == nil)
    #expect(command(" ") == nil)
  }

  @Test func wrappedLinesCountAsTheyShow() {
    #expect(Pager.rows(of: "", width: 10) == 0)
    #expect(Pager.rows(of: "a\n\nb\n", width: 10) == 3)
    #expect(Pager.rows(of: "漢字漢字漢字\n", width: 10) == 2)
  }

  @Test func elsewhereTheTextIsWritten() throws {
    let pipe = Pipe()
    try Pager.show("one\ntwo", descriptor: pipe.fileHandleForWriting.fileDescriptor)
    try pipe.fileHandleForWriting.close()
    #expect(pipe.fileHandleForReading.readDataToEndOfFile() == Data("one\ntwo\n".utf8))
  }
}
