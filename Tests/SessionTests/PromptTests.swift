import Foundation
import Interpreter
import Testing

@testable import Session

@Suite struct PromptTests {
  private let capture = Capture()
  private let prompt: Prompt
  private let session: Session

  init() throws {
    session = try Session(console: capture.console)
    prompt = Prompt(session: session, asJSON: false)
  }

  @Test func undoTakesBackTheLatestCell() {
    _ = prompt.answer("x = 1")
    _ = prompt.answer("x = 2\ny = 3")
    #expect(prompt.answer(":undo") == .done)
    capture.clear()
    _ = prompt.answer("x")
    #expect(capture.out == "1\n")
    #expect(prompt.answer("y") == .failed)
    // What failed and changed nothing is no step to go back.
    for _ in 0..<2 { #expect(prompt.answer(":undo") == .done) }
    #expect(prompt.answer("x") == .failed)
    #expect(prompt.answer(":undo") == .failed)
  }

  @Test func undoSaysWhatItTookBack() {
    _ = prompt.answer("fn f(x) {\n  x\n}")
    _ = prompt.answer("y = f(1); z = 1 / 0")
    #expect(prompt.answer(":undo") == .done)
    #expect(prompt.answer(":undo") == .done)
    #expect(capture.out == "took back  y = f(1); z = 1 / 0\ntook back  fn f(x) { …\n")
    #expect(session.userNames == [])
  }

  /// Stopped in the middle of a step's backward pass, a run stands where it stood before the step.
  @Test func aStoppedStepIsUndone() {
    _ = prompt.answer(
      """
      model = load("tiny-bert") |> classifier(classes=2)
      run = train(model, on=read("reviews", task="classify"), batch=4, total=5, steps=1)
      """)
    capture.clear()
    _ = prompt.answer("run.step")
    let asked = Counter()
    session.interpreter.tape.checkpoint = {
      asked.count += 1
      if asked.count == 20 { throw Interrupted() }
    }
    #expect(prompt.answer("train(run)") == .interrupted)
    #expect(asked.count == 20)
    session.interpreter.tape.checkpoint = nil
    _ = prompt.answer("run.step")
    #expect(capture.out == "1\n1\n")
    #expect(capture.err.hasSuffix("interrupted\n"))
  }

  @Test func helpFitsANarrowWindow() {
    session.fixedWidth = 40
    session.updatePrinter()
    _ = prompt.answer(":help")
    _ = prompt.answer("Bert(vocabulary=50, width=8)")
    for line in capture.out.split(separator: "\n") {
      #expect(line.count <= 40, "\(line)")
    }
    #expect(capture.out.contains("  :save FILE\n    writes the session's cells as a\n    script\n"))
  }

  @Test func undoTakesBackTheSeed() {
    _ = prompt.answer("seed(3)")
    _ = prompt.answer("seed(4)")
    _ = prompt.answer(":undo")
    #expect(session.interpreter.seed == 3)
  }

  @Test func saveAndLoadGiveTheSessionBack() throws {
    let folder = try Folder()
    session.paths.outputFolder = folder.path
    _ = prompt.answer("x = 20")
    _ = prompt.answer("1 / 0")
    _ = prompt.answer("## Doubles.")
    _ = prompt.answer("fn twice(n) = 2 * n")
    #expect(prompt.answer(":save s.peft") == .done)
    #expect(try folder.read("s.peft") == "x = 20\n## Doubles.\nfn twice(n) = 2 * n\n")
    #expect(prompt.answer(":reset") == .done)
    #expect(prompt.answer("x") == .failed)
    #expect(prompt.answer(":load s.peft") == .done)
    capture.clear()
    _ = prompt.answer("twice(x)")
    #expect(capture.out == "40\n")
  }

  @Test func variablesAreListedWithTypes() {
    _ = prompt.answer("rate = 0.5")
    _ = prompt.answer("1")
    capture.clear()
    _ = prompt.answer(":vars")
    #expect(capture.out.contains("rate  float  0.5"))
    #expect(!capture.out.contains("args"))
  }

  @Test func settingsChangeHowNumbersPrint() {
    _ = prompt.answer(":set digits 3")
    _ = prompt.answer("1 / 3")
    #expect(capture.out == "0.333\n")
    _ = prompt.answer(":set")
    #expect(capture.out.hasSuffix("width   auto\ndigits  3\ncolor   off\n"))
    #expect(prompt.answer(":set digits 0") == .failed)
    #expect(prompt.answer(":set colour on") == .failed)
  }

  @Test func commandsMayBeShortenedAndMissesAreNamed() {
    #expect(prompt.answer(":q") == .quit(0))
    #expect(prompt.answer("quit") == .quit(0))
    #expect(prompt.answer(":undp") == .failed)
    #expect(capture.err.contains("did you mean `:undo`?"))
  }

  @Test func questionMarksExplain() {
    #expect(prompt.answer("?sqrt") == .done)
    #expect(capture.out.hasPrefix("sqrt(x)"))
    #expect(prompt.answer("??lora") == .done)
    // The method, and the module that it puts in place.
    #expect(capture.out.contains("module LoRA(base") && capture.out.contains("method lora(model"))
    #expect(prompt.answer("?sqt") == .failed)
    #expect(capture.err.contains("did you mean `sqrt`?"))
    #expect(!capture.err.contains("-->"))
  }

  @Test func timeReportsAndKeepsTheValue() {
    _ = prompt.answer(":time 6 * 7")
    #expect(capture.out.hasPrefix("42\n"))
    _ = prompt.answer("_")
    #expect(capture.out.hasSuffix("42\n"))
  }

  @Test(arguments: [
    ("fn f(x) {", true), ("[1,", true), ("1 +", true), ("1 + 2", false), (":save (", false),
    ("?f(", false), ("x = )", false), ("\"abc", false),
  ])
  func cellsAreIncompleteInsideOpenConstructs(_ text: String, _ expected: Bool) {
    #expect(Prompt.isIncomplete(text) == expected)
  }
}

@Suite struct CompleterTests {
  private let session: Session

  init() throws {
    session = try Session(console: Capture().console)
    session.feed(
      """
      model = Bert(vocabulary=9, width=4)
      settings = (rank=8, alpha=16)
      fn scaled(value, factor = 2) = value * factor
      """)
  }

  private func candidates(_ text: String) -> [String] {
    Completer(session).completion(in: text, at: text.utf8.count).candidates
  }

  @Test func namesAndKeywords() {
    #expect(candidates("x = sett") == ["settings"])
    #expect(candidates("whi") == ["while"])
    #expect(candidates("12e").isEmpty)
    #expect(candidates("# sett").isEmpty)
  }

  @Test func membersOfChainsOnly() {
    #expect(candidates("settings.r") == ["rank"])
    #expect(candidates("model.blocks.le") == ["length"])
    #expect(candidates("scaled(1).r").isEmpty)
    #expect(candidates("settings.rank.x").isEmpty)
  }

  @Test func keywordArgumentsOfTheOpenCall() {
    #expect(candidates("scaled(") == ["value=", "factor="])
    #expect(candidates("scaled(value=[1, 2], fa") == ["factor=", "fail", "false"])
    #expect(candidates("model |> lora(rank=2, alph") == ["alpha="])
    #expect(!candidates("scaled(1)").contains("factor="))
  }

  @Test func sitesInsideStrings() {
    #expect(candidates("model[\"blocks.0.attn.q") == ["blocks.0.attn.q"])
    #expect(candidates("model |> lora(at=\"blocks.*.ffn.u") == ["blocks.*.ffn.up"])
    #expect(candidates("replace(model, \"fin") == ["final"])
  }

  @Test func sessionCommands() {
    #expect(candidates(":un") == ["undo"])
    #expect(candidates(":set di") == ["digits "])
    #expect(candidates("?sett") == ["settings"])
  }

  @Test func filesInsideStringsOfReadAndLoad() throws {
    let folder = try Folder(["data.tsv": "", "data2.tsv": ""])
    let text = "read(\"\(folder.path)/dat"
    let completion = Completer(session).completion(in: text, at: text.utf8.count)
    #expect(completion.candidates == ["data.tsv", "data2.tsv"])
    #expect(completion.replaceFrom == text.utf8.count - 3)
  }

  @Test func placesCountBytes() {
    let text = "\"ä\"; sett = 1"
    let completion = Completer(session).completion(in: text, at: 10)
    #expect(completion == .init(replaceFrom: 6, candidates: ["settings"]))
  }
}

/// Counts what a closure of any thread sees.
private final class Counter: @unchecked Sendable {
  var count = 0
}
