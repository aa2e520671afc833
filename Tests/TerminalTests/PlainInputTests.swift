import Foundation
import Testing

@testable import Terminal

@Suite struct PlainInputTests {
  func readAll(_ text: String) throws -> [LineEditor.Input] {
    let pipe = Pipe()
    try pipe.fileHandleForWriting.write(contentsOf: Data(text.utf8))
    try pipe.fileHandleForWriting.close()
    let editor = LineEditor(
      input: pipe.fileHandleForReading.fileDescriptor, output: STDOUT_FILENO, terminal: "xterm")
    #expect(!editor.isInteractive)
    var inputs: [LineEditor.Input] = []
    repeat {
      inputs.append(try editor.read(prompt: "> ", continuation: LineEditorTests.isOpen))
    } while inputs.last != .endOfInput && inputs.count < 20
    return inputs
  }

  @Test func linesBecomeCells() throws {
    #expect(
      try readAll("a = 1\r\n\nf(\n  é\n)\nlast")
        == [.cell("a = 1"), .cell(""), .cell("f(\n  é\n)"), .cell("last"), .endOfInput])
  }

  @Test func cutOffCellIsHandedOver() throws {
    #expect(try readAll("f(\n1\n") == [.cell("f(\n1"), .endOfInput])
  }

  @Test func emptyInputEndsAtOnce() throws {
    #expect(try readAll("") == [.endOfInput])
  }

  @Test func unreadableInputIsAnError() throws {
    let descriptor = open("/dev/null", O_WRONLY)
    defer { close(descriptor) }
    let editor = LineEditor(input: descriptor)
    #expect(throws: TerminalError.read(reason: "Bad file descriptor")) {
      try editor.read(prompt: "> ")
    }
  }

  @Test func dumbTerminalGetsPromptsAndPlainLines() throws {
    let terminal = try Pseudoterminal()
    let editor = LineEditor(input: terminal.program, output: terminal.program, terminal: "dumb")
    #expect(!editor.isInteractive)
    terminal.type("f(\n1)\n")
    let input = try editor.read(prompt: "peft> ", continuation: LineEditorTests.isOpen)
    #expect(input == .cell("f(\n1)"))
    var position = 0
    #expect(terminal.wait(for: "peft> ", after: &position))
    #expect(terminal.wait(for: "..... ", after: &position))
  }
}
