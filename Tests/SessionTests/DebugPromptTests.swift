import Commands
import Foundation
import Interpreter
import Terminal
import Testing

@testable import Session

/// `:debug` at the prompt, the answers typed beforehand.
@Suite("Debugging at the prompt") struct DebugPromptTests {
  private let capture = Capture()
  private let prompt: Prompt
  private let session: Session

  init() throws {
    session = try Session(console: capture.console)
    prompt = Prompt(session: session, asJSON: false)
    _ = prompt.answer("fn f(x) {\n  y = 2.0 * x\n  y + 1.0\n}")
  }

  private func answer(_ cell: String, _ inputs: DebugInput...) -> Outcome {
    var inputs = inputs[...]
    session.ask = { _ in inputs.popFirst() ?? .end }
    capture.clear()
    return prompt.answer(cell)
  }

  @Test func itStopsShowsAndGoesOn() {
    let outcome = answer(
      ":debug f(3.0)", .line("into"), .line("next"), .line("y"), .line("y = 10.0"),
      .line("continue"))
    #expect(outcome == .done)
    #expect(
      capture.out == """
        help lists the commands, Enter repeats the last motion, quit leaves all as
        before
        <input>:1
        1 | f(3.0)
          | ^^^^^^
        <input>:2  f
        2 |   y = 2.0 * x
          |   ^^^^^^^^^^^
            x: 3.0
        <input>:3  f
        3 |   y + 1.0
          |   ^^^^^^^
            y: 6.0
        6.0
        11.0

        """)
  }

  @Test func quitAndTheEndOfInputLeaveNamesAsTheyWere() {
    _ = prompt.answer("a = 1")
    for inputs in [[DebugInput.line("next"), .line("quit")], [.line("next")]] {
      var inputs = inputs[...]
      session.ask = { _ in inputs.popFirst() ?? .end }
      capture.clear()
      #expect(prompt.answer(":debug for i in range(3) { a = f(1.0 * i) }") == .done)
      #expect(capture.out.hasSuffix("everything is as before\n"))
      capture.clear()
      _ = prompt.answer("a")
      #expect(capture.out == "1\n")
    }
  }

  @Test func enterRepeatsTheLastMotion() {
    let typed = ["", "into", "", "", "y", "", "x", "continue"].map { DebugInput.line($0) }
    var inputs = typed[...]
    session.ask = { _ in inputs.popFirst() ?? .end }
    capture.clear()
    #expect(prompt.answer(":debug f(3.0)") == .done)
    #expect(capture.out.contains("    y: 6.0\n6.0\n"))
    #expect(capture.out.hasSuffix("    = 7.0\n3.0\n7.0\n"))
  }

  @Test func controlCDropsTheLineOnly() {
    #expect(
      answer(":debug f(3.0)", .line("into"), .interrupted, .line("x"), .line("continue")) == .done)
    #expect(capture.out.hasSuffix("3.0\n7.0\n"))
  }

  /// The flag that Ctrl-C sets, raised while something runs on: the next moment is a stop.
  @Test func controlCWhileItRunsIsAStop() {
    var isPressed = false
    session.interpreter.isInterrupted = { isPressed }
    session.interpreter.define(
      Native(Signature("press", [])) { _ in
        isPressed = true
        return .none
      })
    var asked = 0
    session.ask = { _ in
      asked += 1
      if asked == 2 { isPressed = false }
      return asked > 3 ? .line("quit") : .line("continue")
    }
    capture.clear()
    _ = prompt.answer("fn g(x) {\n  press()\n  f(x)\n}")
    #expect(prompt.answer(":debug g(1.0)") == .done)
    #expect(capture.out.contains("stopped: interrupted"))
  }

  @Test func anErrorIsPrintedWhenItLeaves() {
    #expect(answer(":debug f(\"a\" - 1)", .line("continue"), .line("continue")) == .failed)
    #expect(capture.err.contains("error["))
    #expect(answer(":debug f(", .line("continue")) == .syntaxError)
    #expect(answer(":debug") == .failed)
  }

  @Test func tabKnowsWhatIsAtHand() throws {
    let completer = Completer(session)
    var asked: [DebugQuestion] = []
    func candidates(_ text: String, stop: Int) -> [String] {
      completer.question = asked[stop]
      defer { completer.question = nil }
      return completer.completion(in: text, at: text.utf8.count).candidates
    }
    _ = prompt.answer("model = Bert(vocabulary=9, width=4)")
    _ = prompt.answer("three = tensor([3.0])")
    var inputs = ["into", "next", "continue"][...]
    session.ask = { question in
      asked.append(question)
      return inputs.popFirst().map(DebugInput.line) ?? .end
    }
    #expect(prompt.answer(":debug f(three)") == .done)
    try #require(asked.count == 3)
    #expect(candidates("conti", stop: 0) == ["continue"])
    #expect(candidates("sho", stop: 0) == ["show"])
    #expect(candidates("x.sh", stop: 1).contains("shape"))
    #expect(candidates("z = y.sh", stop: 1).isEmpty)
    #expect(candidates("gradient(of=", stop: 2) == ["gradient", "x", "y"])
    #expect(candidates("norm(y.sh", stop: 2).contains("shape"))
    #expect(candidates("break opt", stop: 1) == ["optimizer"])
    #expect(candidates("c blocks.1.attn.q.w", stop: 1) == ["blocks.1.attn.q.weight"])
    #expect(candidates("break if mod", stop: 1).contains("model"))
    #expect(candidates("gradi", stop: 1).contains("gradient"))
    completer.question = nil
    #expect(completer.completion(in: "conti", at: 5).candidates == ["continue"])
    #expect(completer.completion(in: "x.sh", at: 4).candidates.isEmpty)
  }

  @Test func undoTakesItBack() {
    _ = answer(":debug z = f(1.0)", .line("continue"))
    capture.clear()
    _ = prompt.answer("z")
    #expect(capture.out == "3.0\n")
    _ = prompt.answer(":undo")
    _ = prompt.answer(":undo")
    #expect(prompt.answer("z") == .failed)
  }
}
