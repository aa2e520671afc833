import Foundation
import Terminal
import TestSupport
import Testing

@testable import Session

/// The prompt as it is met on a terminal: the program itself, keys in, screen out.
@Suite("The prompt on a terminal", .serialized) struct PromptOnTerminalTests {
  // MARK: Completion

  @Test func completion() throws {
    let typist = try Typist(in: Folder(["rows.tsv": "text\tlabel\ngood\t1\nbad\t0\n"]))
    #expect(try typist.ask("sqr\t(16)") == "4.0\n")
    try typist.ask("fn scaled(value, factor_of_two = 2) = value * factor_of_two")
    #expect(try typist.ask("scaled(3, fac\t5)") == "15\n")
    try typist.ask("settings = (rank=8, alpha=16)")
    #expect(try typist.ask("settings.al\t") == "16\n")
    try typist.ask("model = Bert(vocabulary=9, width=4)")
    #expect(try typist.ask("len(sites(model, \"blocks.0.attn.q\t\"))") == "1\n")
    #expect(try typist.ask("model[\"blocks.*.ffn.u\t\"]").contains("blocks.0.ffn.up"))
    #expect(try typist.ask("len(read(\"ro\t\", task=\"classify\"))") == "2\n")
    #expect(try typist.ask(":va\t").contains("settings"))
  }

  /// Inside the debugger Tab, colours and Ctrl-C are as at the prompt.
  @Test func theDebuggersPromptIsOneToo() throws {
    let typist = try Typist(environment: ["TERM": "xterm"])
    let colour = /\u{1B}\[[1-9][0-9;]*m/
    func type(_ keys: String, until text: String) throws -> String {
      typist.terminal.type(keys)
      let shown = try typist.terminal.wait(for: text)
      try typist.terminal.wait(for: "(debug)")
      return shown
    }
    try typist.ask("fn half(value) { y = value / 2; y + 1 }")
    let stop = try type(":debug half(6.0)\r", until: "half(6.0)")
    #expect(stop.contains(colour), "\(stop)")
    _ = try type("into\r", until: "value: 6.0")
    _ = try type("nex" + Key.tab + "\r", until: "y: 3.0")
    _ = try type("val" + Key.tab + " * 7\r", until: "42.0")
    _ = try type("half dropped" + Key.controlC, until: "dropped")
    typist.terminal.type("while true { value }\r")
    try typist.terminal.wait(for: Typist.handedOver)
    _ = try type(Key.controlC, until: "interrupted")
    let message = try type("nothing\r", until: "is not defined")
    #expect(message.contains(colour), "\(message)")
    typist.terminal.type("quit\r")
    try typist.terminal.wait(for: "everything is as before")
  }

  @Test func completionListsWhatFits() throws {
    let typist = try Typist(columns: 40)
    typist.terminal.type("log\t\t")
    let listing = try typist.terminal.wait(for: "logsumexp")
    #expect(listing.contains("log ") && listing.contains("log_sigmoid"))
    #expect(try typist.ask("(1)") == "0.0\n")
    for line in typist.terminal.screen(columns: 400) {
      #expect(displayWidth(String(line)) <= 40, "\(line)")
    }
  }

  // MARK: Pastes and history

  @Test func aPasteIsOneCell() throws {
    let typist = try Typist()
    let cell = "a = 1\nfor i in range(3) {\n  a = a + i\n}\na\nb = 漢\n"
      .replacing("漢", with: "\"漢字 é\"")
    typist.terminal.type(Key.paste(cell))
    try typist.terminal.wait(for: Typist.handedOver)
    #expect(try typist.answer() == "4\n")
    #expect(try typist.ask("b") == "\"漢字 é\"\n")
    // Undone and recalled as a whole.
    try typist.ask(":undo")
    try typist.ask(":undo")
    #expect(try typist.ask(":vars") == "no names yet\n")
    typist.terminal.type(String(repeating: "\u{10}", count: 5) + "\r")
    try typist.terminal.wait(for: Typist.handedOver)
    #expect(try typist.answer() == "4\n")
  }

  @Test func indentationTypedByHandIsNotDoubled() throws {
    let typist = try Typist()
    typist.terminal.type("fn f(a) {\r  b = a + 1\r  if b > 2 {\r      b = 7\r  }\r  b\r}\r")
    try typist.terminal.wait(for: Typist.handedOver)
    _ = try typist.answer()
    #expect(try typist.ask("f(3)") == "7\n")
    try typist.ask(":save f.peft")
    let saved = try String(contentsOfFile: typist.folder.path + "/f.peft", encoding: .utf8)
    #expect(saved.contains("fn f(a) {\n  b = a + 1\n  if b > 2 {\n      b = 7\n  }\n  b\n}"))
  }

  @Test func historyOutlivesDamageAndIsSharedBySessions() throws {
    let folder = try Folder([
      ".peft_history": "20 + 1\nbroken \\q line\n\u{1}\u{2}\ntail = \"cut o\\"
    ])
    let first = try Typist(in: folder)
    #expect(try first.ask(Key.up) == "21\n")
    let second = try Typist(in: folder)
    try first.ask("1000 + 1")
    try second.ask("2000 + 2")
    try first.ask("fn both(x) {\rx * 2\r}")
    let third = try Typist(in: folder)
    try third.ask(Key.up)
    #expect(try third.ask("both(4)") == "8\n")
    #expect(try third.ask("\u{10}\u{10}\u{10}") == "2002\n")
    #expect(try folder.read(".peft_history").contains("fn both(x) {\\n  x * 2\\n}"))
  }

  @Test func searchingBackwards() throws {
    let typist = try Typist()
    try typist.ask("first = 40")
    try typist.ask("second = 50")
    #expect(try typist.ask(Key.controlR + "fir\u{5} + 2; first") == "42\n")
  }

  // MARK: Ctrl-C

  @Test func controlCInInputDropsTheCell() throws {
    let typist = try Typist()
    try typist.ask("x = 7")
    typist.terminal.type("x = fn (\r  1,\r" + Key.controlC)
    try typist.terminal.wait(for: "^C")
    _ = try typist.answer()
    #expect(try typist.ask("x") == "7\n")
    typist.terminal.type(Key.controlD)
    #expect(try typist.terminal.waitForEnd() == 0)
  }

  @Test func controlCStopsALoopAndKeepsValues() throws {
    let typist = try Typist()
    typist.terminal.type("n = 0; while true { n = n + 1; if n == 2 { print(\"runs\") } }\r")
    try typist.terminal.wait(for: Typist.handedOver)
    try typist.terminal.wait(for: "runs")
    typist.terminal.type(Key.controlC)
    #expect(try typist.answer().contains("interrupted"))
    #expect(try typist.ask("n > 1") == "true\n")
  }

  /// Stopped at several places of a step whose operations take long, the run stands before the step. What the program
  /// computes after the key is measured, not the time: the machine may be busy. The least of three counts, since the
  /// signal itself may be late.
  @Test func controlCWithinALongTrainingStep() throws {
    let typist = try Typist()
    try typist.ask("fn said(m, batch, run) {\rprint(\"begun\")\rm\r}")
    try typist.ask(
      """
      model = load("tiny-bert") |> classifier(classes=2) |> before_step(said); \
      run = train(model, on=read("reviews", task="classify"), batch=512, total=9, steps=0);
      """)
    var spent: [Double] = []
    for delay in [0.1, 0.5, 0.9] {
      typist.terminal.type("train(run)\r")
      try typist.terminal.wait(for: "begun")
      let terminal = typist.terminal
      terminal.wait(untilComputed: delay, since: terminal.processorSeconds)
      let start = terminal.processorSeconds
      terminal.type(Key.controlC)
      #expect(try typist.answer().contains("interrupted"))
      spent.append(terminal.processorSeconds - start)
      #expect(try typist.ask("run.step") == "0\n")
    }
    // A tenth of a second on two processors, and what the clock leaves open.
    #expect(try #require(spent.min()) <= 0.24, "\(spent)")
    #expect(try typist.ask("len(run.loss)") == "0\n")
  }

  @Test func controlCWithinOneLongOperation() throws {
    let typist = try Typist()
    try typist.ask("a = ones([3000, 3000]); b = 1")
    for operation in [
      "a @ a @ a @ a", "svd(a + randn([3000, 3000]))", "sum(exp(expand(a, [99, 3000, 3000])))",
    ] {
      let terminal = typist.terminal
      terminal.type("b = \(operation)\r")
      try terminal.wait(for: Typist.handedOver)
      terminal.wait(untilComputed: 0.3, since: terminal.processorSeconds)
      terminal.type(Key.controlC)
      #expect(try typist.answer().contains("interrupted"), "\(operation)")
      #expect(try typist.ask("b") == "1\n")
    }
  }

  // MARK: The window

  @Test func resizing() throws {
    let typist = try Typist()
    typist.terminal.type("text = \"" + String(repeating: "word ", count: 12))
    try typist.terminal.wait(for: "word word")
    typist.terminal.resize(columns: 40)
    // Drawn anew for the new width.
    try typist.terminal.wait(for: "\u{1B}[J")
    try typist.terminal.wait(for: "word")
    typist.terminal.type("\"\r")
    try typist.terminal.wait(for: Typist.handedOver)
    _ = try typist.answer()
    #expect(try typist.ask("len(text)") == "60\n")
    for line in try typist.ask(":help").split(separator: "\n") {
      #expect(displayWidth(String(line)) <= 40, "\(line)")
    }
  }

  @Test func wideLetters() throws {
    let typist = try Typist()
    try typist.ask("x = \"漢字\"; y = \"é😀\"")
    #expect(try typist.ask("[x, y]" + Key.left + Key.left + "y, ") == "[\"漢字\", \"é😀\", \"é😀\"]\n")
    let table = try typist.ask(":vars").split(separator: "\n").map { displayWidth(String($0)) }
    #expect(table.count == 4)
    #expect(typist.terminal.screen().contains { $0.hasSuffix("[x, y, y]") })
  }

  @Test func aNarrowWindow() throws {
    let typist = try Typist(columns: 40)
    var text = try typist.ask(":help")
    text += try typist.ask("modle + 1")
    text += try typist.ask("plot(map(range(50), i -> sin(i / 5)), title=\"a wave\")")
    text += try typist.ask("ones([3, 40]) * 1234.5")
    text += try typist.ask("Bert(vocabulary=9, width=4)")
    text += try typist.ask("sites(Bert(vocabulary=9, width=4), \"blocks.*\")")
    for line in text.split(separator: "\n") { #expect(displayWidth(String(line)) <= 40, "\(line)") }
    #expect(text.contains("`modle` is not defined"))
  }

  @Test func longTextGoesThroughThePager() throws {
    let environment = ["NO_COLOR": "1", "PAGER": "sed 's/^/| /'"]
    let typist = try Typist(rows: 10, environment: environment)
    let text = try typist.ask("?")
    #expect(text.split(separator: "\n").count > 10)
    #expect(text.split(separator: "\n").allSatisfy { $0.hasPrefix("| ") })
    #expect(try typist.ask("?sqrt").hasPrefix("sqrt(x)"))
  }

  @Test func colourIsOnlyWhereItIsWanted() throws {
    let cells = ["1 + 1", "modle", "?sqrt", "tensor([1.0])"]
    let plain = try Typist()
    let coloured = try Typist(environment: [:])
    for cell in cells {
      #expect(try !plain.ask(cell).contains("\u{1B}["))
      try coloured.ask(cell)
    }
    let text = String(decoding: coloured.terminal.output, as: UTF8.self)
    #expect(text.contains("\u{1B}[1;34m>\u{1B}[0m"))
    #expect(text.contains("\u{1B}[1;31merror"))
    #expect(!String(decoding: plain.terminal.output, as: UTF8.self).contains("\u{1B}[1;"))
  }

  @Test func settingsAreReadAtTheStart() throws {
    let folder = try Folder([".peftrc": "seed(3)\nfn mine(x) = x + 1\n"])
    let typist = try Typist(in: folder)
    #expect(try typist.ask("mine(1)") == "2\n")
    try typist.ask(":save s.peft")
    #expect(try folder.read("s.peft") == "mine(1)\n")
  }
}
