import Interpreter
import Syntax
import Tensor
import Terminal
import Testing
import Training

@testable import Commands

/// The debugger, by scripted sessions.
struct DebuggerTests {
  /// A bench with `w`, a loss and a run of a tiny model under LoRA, dropout included.
  private func bench(_ math: Math = .exact) throws -> Bench {
    let bench = try Bench(math: math)
    try bench.run(
      """
      seed(3)
      w = tensor([1.0, -2.0, 3.0])
      fn square(x) = x * x
      fn loss(x) {
        y = square(x)
        sum(y)
      }
      """)
    return bench
  }

  private func withRun(_ method: String = "lora(rank=2, alpha=4, dropout=0.5)") throws -> Bench {
    let bench = try bench()
    try bench.run(
      """
      data = read("reviews", task="classify")[:12]
      model = load("tiny-bert") |> classifier(classes=2) |> \(method)
      run = train(model, on=data, batch=3, length=6, total=9, steps=1, optimizer=adamw(lr=1e-2))
      """)
    return bench
  }

  /// What a session prints.
  private func session(_ bench: Bench, _ code: String, _ commands: String...) throws -> [String] {
    bench.define("commands", .list(commands.map { .string($0) }))
    let start = bench.printed.count
    try bench.run("debug(() -> \(code), commands=commands)")
    return String(bench.printed.dropFirst(start)).split(separator: "\n").map(String.init)
  }

  private func display(_ bench: Bench, _ code: String, _ commands: String...) throws -> String {
    bench.define("commands", .list(commands.map { .string($0) }))
    return try bench.display("debug(() -> \(code), commands=commands)")
  }

  @Test func intoGoesThroughEachPart() throws {
    let lines = try session(try bench(), "loss(w)", "into", "into", "into", "into", "into", "into")
    #expect(
      lines == [
        "test:1  a lambda", "1 | debug(() -> loss(w), commands=commands)",
        "  |             ^^^^^^^",
        "(debug) into",
        "test:5  loss", "5 |   y = square(x)", "  |   ^^^^^^^^^^^^^",
        "    x: tensor([1.0, -2.0, 3.0])",
        "(debug) into",
        "test:3  square", "3 | fn square(x) = x * x", "  |                ^^^^^",
        "    x: tensor([1.0, -2.0, 3.0])",
        "(debug) into",
        "3 | fn square(x) = x * x", "  |                ^^^^^", "    = tensor([1.0, 4.0, 9.0])",
        "(debug) into",
        "test:5  loss", "5 |   y = square(x)", "  |       ^^^^^^^^^",
        "    = tensor([1.0, 4.0, 9.0])",
        "(debug) into",
        "test:6  loss", "6 |   sum(y)", "  |   ^^^^^^", "    y: tensor([1.0, 4.0, 9.0])",
        "(debug) into",
        "6 |   sum(y)", "  |   ^^^^^^", "    = 14.0",
      ])
  }

  @Test func nextStaysInTheFunction() throws {
    let lines = try session(try bench(), "loss(w)", "into", "next", "next", "next").filter {
      $0.contains(" | ") && !$0.hasPrefix(" ")
    }
    #expect(
      lines == [
        "1 | debug(() -> loss(w), commands=commands)", "5 |   y = square(x)", "6 |   sum(y)",
        "1 | debug(() -> loss(w), commands=commands)",
      ])
  }

  @Test func aLocalThatIsAssignedChangesTheValueAndTheGradient() throws {
    #expect(try display(bench(), "loss(w)", "into", "next", "y = 3 * y", "continue") == "42.0")
    let gradient = "tensor f32 [3]\n    6.000  -12.000   18.000"
    #expect(
      try display(bench(), "grad(loss(w), wrt=w)", "into", "next", "y = 3 * y", "continue")
        == gradient)
    // A constant in its place: no gradient flows.
    #expect(
      try display(bench(), "grad(loss(w), wrt=w)", "into", "next", "y = tensor([1.0])", "continue")
        == "tensor f32 [3]\n  0.0000  0.0000  0.0000")
  }

  @Test func aResultAndAGradientCanBeReplaced() throws {
    #expect(
      try display(bench(), "loss(w)", "into", "into", "into", "it = 2 * it", "continue") == "28.0")
    #expect(
      try display(bench(), "grad(loss(w), wrt=w)", "continue backward", "it = 10.0", "continue")
        == "tensor f32 [3]\n   20.000  -40.000   60.000")
  }

  @Test func gradientsAreNamedAndCanBeAskedFor() throws {
    let lines = try session(
      try bench(), "grad(loss(w), wrt=w)", "continue backward", "into", "where", "into", "gradient(y)",
      "gradient(w)", "continue")
    let title = "in the backward pass, through what was computed in"
    let place = try #require(lines.firstIndex(of: title))
    #expect(
      lines[(place + 1)...].prefix(3) == [
        "  square  test:3", "  loss  test:5", "  a lambda  test:1",
      ])
    #expect(lines.contains("backward, from the loss 14.0"))
    #expect(lines.contains("    gradient of y, by mul = tensor([1.0, 1.0, 1.0])"))
    #expect(lines.contains("    gradient of the result of sum = 1.0"))
    #expect(lines.contains { $0.hasPrefix("error[E0591]: no gradient has arrived here") } == false)
  }

  @Test func backIsTheSamePlaceAgain() throws {
    let lines = try session(
      try bench(), "grad(loss(w), wrt=w)", "into", "next", "y = 5 * y", "continue backward", "into",
      "back",
      "back", "y", "back", "continue")
    // Back from the backward pass: the change that was typed at the earlier stop is undone with it.
    #expect(lines.filter { $0.hasSuffix("y: tensor([1.0, 4.0, 9.0])") }.count == 2)
    #expect(lines.contains("backward, from the loss 70.0"))
  }

  @Test func changesOnTheWayAreMadeAgain() throws {
    let lines = try session(
      try bench(), "loss(w)", "into", "next", "y = 5 * y", "into", "into", "back", "it", "continue")
    #expect(lines.filter { $0 == "    = 70.0" }.count == 3)
  }

  @Test func quitLeavesEverythingAsBefore() throws {
    let bench = try withRun()
    try bench.run(
      "other = train(model, on=data, batch=3, length=6, total=9, steps=1, optimizer=adamw(lr=1e-2))"
    )
    for place in ["into", "continue backward", "continue optimizer"] {
      let lines = try session(bench, "[step(run), step(run)]", place, "quit")
      #expect(lines.last == "(debug) quit")
    }
    // In the second of two steps: the first is taken back too.
    let lines = try session(
      bench, "[step(run), step(run)]", "continue optimizer", "continue backward",
      "continue optimizer", "quit")
    #expect(lines.filter { $0.hasPrefix("backward, from the loss") }.count == 1)
    #expect(try bench.display("run.step") == "1")
    #expect(
      try bench.display(
        "step(run); step(other); [run.loss == other.loss, run.model[\"head\"].weight[0, 0] == other.model[\"head\"].weight[0, 0]]"
      )
        == "[true, true]")
  }

  @Test func goingBackThroughDropoutGivesTheSameNumbers() throws {
    let bench = try withRun()
    let lines = try session(
      bench, "step(run)", "continue blocks.1.attn.v", "part", "part", "part", "part",
      "norm(randn([3])) > 0", "part", "back",
      "part", "continue")
    let results = lines.filter { $0.hasPrefix("    = f32") }
    #expect(results.count >= 6)
    #expect(results[results.count - 1] == results[results.count - 3])
    // Looking drew nothing: the step is that of a run without a debugger.
    try bench.run(
      "other = train(model, on=data, batch=3, length=6, total=9, steps=2, optimizer=adamw(lr=1e-2))"
    )
    #expect(try bench.display("run.loss == other.loss") == "true")
  }

  @Test func theOptimiserGoesParameterByParameter() throws {
    let bench = try withRun()
    try bench.run("before = run.model[\"blocks.0.attn.q\"].A")
    let lines = try session(
      bench, "step(run)", "continue optimizer", "memory.exp_avg.shape", "it = before", "into",
      "continue")
    #expect(lines.contains("optimizer  blocks.0.attn.q.lora.A"))
    #expect(lines.contains("optimizer  blocks.0.attn.q.lora.B"))
    #expect(lines.contains("[2, 128]"))
    // The new value was put back; the others moved.
    #expect(try bench.display("run.model[\"blocks.0.attn.q\"].A == before |> sum") == "256")
    #expect(try bench.display("run.step") == "2")
  }

  @Test func breakpointsByLineSiteNormAndCondition() throws {
    let bench = try bench()
    func stop(_ place: String) throws -> String {
      try session(bench, "loss(w)", "continue \(place)", "continue").dropFirst(4).first {
        $0.contains(" | ")
      } ?? "none"
    }
    #expect(try stop("test:6") == "6 |   sum(y)")
    #expect(try stop("test:3") == "3 | fn square(x) = x * x")
    #expect(try stop("norm > 12") == "6 |   sum(y)")
    #expect(try stop("if y.shape == [3]") == "6 |   sum(y)")
    let run = try withRun()
    let lines = try session(
      run, "step(run)", "break blocks.1.attn.q", "break blocks.0.attn.v.lora.B", "break",
      "continue", "continue",
      "continue", "continue", "continue", "clear 1", "continue", "clear", "continue")
    #expect(lines.contains("breakpoint 2: blocks.0.attn.v.lora.B"))
    #expect(lines.contains { $0.hasSuffix("LoRA.forward of blocks.1.attn.q") })
    #expect(lines.contains("gradient of the parameter blocks.0.attn.v.lora.B"))
    #expect(lines.contains("optimizer  blocks.0.attn.v.lora.B"))
  }

  @Test func aNaNIsFoundWhereItArises() throws {
    let lines = try session(try bench(), "sum(log(w) + 1)", "break nan", "continue", "continue")
    #expect(lines.contains("stopped: break nan"))
    let place = try #require(lines.firstIndex(of: "stopped: break nan"))
    #expect(lines[place + 2].hasSuffix("^^^^^^") && lines[place + 1].contains("log(w)"))
  }

  @Test func anErrorIsAStop() throws {
    let bench = try bench()
    try bench.run("fn bad(x) = x @ ones([5, 2])")
    let shape = try display(
      bench, "bad(ones([2, 3])).shape", "into", "into", "continue", "locals", "back",
      "x = ones([4, 5])", "continue")
    #expect(shape == "[4, 2]")
    #expect(bench.printed.contains("error[E0525]: matmul: the inner sizes differ"))
    let failure = try bench.failure(
      "debug(() -> bad(ones([2, 3])), commands=[\"continue\", \"continue\"])")
    #expect(failure?.diagnostic.code == "E0525")
  }

  @Test func anErrorOfTheRunIsAStopToo() throws {
    let bench = try withRun()
    let failure = try bench.failure(
      "debug(() -> step(run), commands=[\"continue backward\", \"it = log(0 * it)\", \"continue\", \"where\", \"continue\"])"
    )
    #expect(failure?.diagnostic.message.contains("not finite") == true)
    #expect(try bench.display("run.step") == "1")
  }

  @Test func mistakesAtThePromptSayWhatToDo() throws {
    let bench = try withRun()
    let lines = try session(
      bench, "step(run)", "continue blocks.0.attn.q", "2 * it", "xx", "break blocks.9", "break norm",
      "back many", "clear 7",
      "step(run)", "debug(() -> 1)", "gradient(A)", "gradient(\"nothing\")", "x = 1 +", "up",
      "down", "down", "into", "quit")
    let text = lines.joined(separator: "\n")
    for message in [
      "nothing is at hand here under the name `it`", "`xx` is not defined", "no site or parameter is called \"blocks.9\"",
      "a norm is compared with a number",
      "`back` takes a number of stops", "there is no breakpoint 7", "in the middle of step 2",
      "the debugger runs already",
      "no gradient has arrived here", "no parameter `nothing` was read",
      "this is the innermost call",
    ] {
      #expect(text.contains(message), "\(message) in \(text)")
    }
    #expect(try bench.display("run.step") == "1")
  }

  @Test func namesOfCommandsAreCodeWhereTheyGoOnLikeCode() throws {
    let bench = try bench()
    try bench.run("fn f(out) { n = out + 1.0; n * 2 }")
    let lines = try session(
      bench, "f(2.0)", "into", "out = 5.0", "next", "n", "show out", "continue")
    #expect(lines.contains("6.0") && lines.contains("5.0"))
  }

  /// Forward and backward of each micro-batch come in turns; the nodes of a pass that is over are let go.
  @Test func microBatchesComeInTurns() throws {
    let bench = try withRun()
    try bench.run(
      "run = train(model, on=data, batch=2, accumulate=3, length=6, total=9, steps=0, clip=0.5)")
    let lines = try session(
      bench, "step(run)", "continue backward", "out", "continue backward", "out",
      "continue backward",
      "continue optimizer", "continue")
    #expect(lines.filter { $0.hasPrefix("backward, from the loss") }.count == 3)
    #expect(lines.filter { $0.hasSuffix("Classifier.forward") }.count == 2)
    #expect(lines.contains("optimizer  blocks.0.attn.q.lora.A"))
    #expect(try bench.display("run.step") == "1")
  }

  @Test func narrowWindowsAreLegible() throws {
    let bench = try withRun()
    for width in [40, 80] {
      bench.interpreter.printer.width = width
      let lines = try session(
        bench, "step(run)", "continue blocks.0.attn.q", "locals", "list", "where", "help", "part",
        "part",
        "continue backward", "into", "continue optimizer", "quit")
      for line in lines { #expect(displayWidth(line) <= width, "\(line)") }
    }
  }

  @Test func constructorsAndMethodsAreFramesToo() throws {
    let bench = try withRun()
    let lines = try session(
      bench, "model |> lora(rank=1)", "into", "next", "into", "continue")
    #expect(lines.contains { $0.contains("lora.peft:") && $0.hasSuffix("lora") })
  }
}
