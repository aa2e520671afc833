import Foundation
import Interpreter
import Syntax
import Tensor
import Testing

@testable import Session

@Suite struct FeedTests {
  private func feed(_ text: String) throws -> (outcome: Outcome, out: String, err: String) {
    let capture = Capture()
    let session = try Session(console: capture.console)
    let outcome = session.feed(text)
    return (outcome, capture.out, capture.err)
  }

  @Test func bareExpressionsPrintAndSilencedOnesDoNot() throws {
    #expect(
      try feed("1\n2;\nx = 3\nif true { \"a\" }\nif false { 1 }\nnone\nfn f() = 4\n").out
        == "1\n\"a\"\n")
  }

  /// Models, runs and the states that these keep go with their session: many scripts are run in one process.
  @Test func aSessionThatIsOverHoldsNoTensors() throws {
    let script = """
      fn loss(x) = if x > 3 { x } else { loss(x + 1) }
      data = read("reviews", task="classify")[:8]
      model = load("tiny-bert") |> classifier(classes=2) |> lora(rank=2)
      run = train(model, on=data, batch=2, length=6, total=9, steps=2);
      seen = model(data[0]); change = () -> run.model
      """
    _ = try Storage.account(rehearsal: false) {
      var rest: [Int] = []
      for _ in 0..<3 {
        let session = try Session(console: Capture().console)
        #expect(session.feed(script) == .done)
        rest.append(Storage.bytesInUse)
      }
      rest.append(Storage.bytesInUse)
      // What the process itself keeps was made by the first.
      #expect(rest[0] > 100_000 && rest[1] == rest[0] && rest[2] == rest[0], "\(rest)")
      #expect(rest[3] < rest[0] / 10, "\(rest)")
    }
  }

  @Test func loopsPrintOnlyWhatTheyAreToldTo() throws {
    #expect(try feed("for i in range(2) { i\nprint(i) }").out == "0\n1\n")
  }

  @Test func underscoreIsTheLastPrintedValue() throws {
    #expect(try feed("6 * 7\n5;\nx = 1\n_ + 1").out == "42\n43\n")
  }

  @Test func callsAreListedInnermostFirst() throws {
    let result = try feed("fn g(x) = h(x)\nfn h(x) = x / 0\n\ng(1)")
    #expect(result.outcome == .failed)
    let calls = result.err.split(separator: "\n").filter { $0.contains("called at") }
    #expect(calls == ["  in `h`, called at <input>:1", "  in `g`, called at <input>:4"])
  }

  @Test func libraryCallsNameTheLibrarysFile() throws {
    let result = try feed("m = Bert(vocabulary=9, width=4)\nm |> lora(at=\"nope\")")
    #expect(result.err.contains("--> library/methods/lora.peft:"))
    #expect(result.err.contains("in `lora`, called at <input>:2"))
  }

  @Test func anExpectedErrorDoesNotStopAScript() throws {
    let result = try feed("1 / 0\n#> error division by zero\n2")
    #expect(result.outcome == .done)
    #expect(result.out == "2\n")
    #expect(result.err.contains("division by zero"))
  }

  @Test func interruptionLeavesValues() throws {
    let capture = Capture()
    let session = try Session(console: capture.console)
    session.feed("x = 5")
    session.interpreter.isInterrupted = { true }
    #expect(session.feed("while true { x = x + 1 }") == .interrupted)
    session.interpreter.isInterrupted = { false }
    session.feed("x")
    #expect(capture.out == "5\n")
    #expect(capture.err.contains("interrupted"))
  }

  @Test func importsAreFoundBesideTheImportingFile() throws {
    let folder = try Folder([
      "main.peft": "import \"part\" as p\np.twice(4)\n",
      "part.peft": "import \"deep.peft\"\nfn twice(x) = two * x\n",
      "deep.peft": "two = 2\n",
    ])
    let result = runTool(folder["main.peft"])
    #expect(result.out == "8\n")
    #expect(result.err == "")
  }

  @Test func circularImportsAreAnError() throws {
    let folder = try Folder(["a.peft": "import \"b\"\n", "b.peft": "import \"a\"\n"])
    let result = runTool(folder["a.peft"])
    #expect(result.status == 1)
    #expect(result.err.contains("circle"))
  }

  /// One text, as a file and cell by cell as the prompt cuts it.
  @Test func aFileIsATypedSession() throws {
    let text = """
      ## # A lesson
      x = 1
      x +
        2
      fn add(a,
             b = 2) {
        a + b
      }

      ## Twice its argument.
      fn twice(n) = 2 * n
      help("twice")
      if x > 3 {
        1
      } else {
        "small"
      }
      for i in [1, 2] { print(i) }
      add(x); _
      tensor([[1.0, 2.0], [3.0, 4.0]]) @ tensor([[1.0], [1.0]])
      #> tensor f32 [2, 1]
      randn([2])
      """
    let file = try feed(text)
    #expect(file.outcome == .done)

    let capture = Capture()
    let prompt = Prompt(session: try Session(console: capture.console), asJSON: false)
    var cell = ""
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      cell += cell.isEmpty ? String(line) : "\n" + line
      if Prompt.isIncomplete(cell) { continue }
      #expect(prompt.answer(cell) == .done)
      cell = ""
    }
    #expect(cell == "")
    #expect(capture.out == file.out)
    #expect(capture.err == "")
    #expect(file.out.contains("Twice its argument."))
  }
}
