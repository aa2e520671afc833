import Foundation
import Interpreter
import Tensor
import Testing
import Training

@testable import Commands

/// Every method and every optimiser: steps forwards, back, and forwards again come out the same, bit for bit, with dropout
/// and shuffling, whether states were kept in memory, on disk, or not at all.
struct SteppingTests {
  /// PEFT_REPL_FULL takes the 200 steps that the project promises.
  static let steps = ProcessInfo.processInfo.environment["PEFT_REPL_FULL"] == "true" ? 200 : 6

  /// How the methods are called that need more than a model, or other sizes on so small a one.
  static let calls = [
    "compacter": "compacter(size=4)", "prefix_tuning": "prefix_tuning(inner=8)",
    "fish_mask": "fish_mask(batches(base, data, size=1)[0:4], keep=0.2)",
    "adapter_drop": "pfeiffer(size=2) |> adapter_drop()",
    "adapter_fusion":
      "adapter_fusion([base |> pfeiffer(size=2), base |> pfeiffer(size=2)])",
  ]

  static let methods: [String] = {
    guard let bench = try? Bench() else { return [] }
    // A bench that is let go closes its interpreter.
    return withExtendedLifetime(bench) { bench.interpreter.catalogue.map(\.name).sorted() }
  }()

  static let optimizers: [String] = {
    guard let bench = try? Bench() else { return [] }
    return bench.interpreter.records.filter { record in
      record.category == .training && record.signature.parameters.allSatisfy { !$0.isRequired }
    }.map(\.name).filter { name in
      guard case .host(let host)? = try? bench.run("\(name)()") else { return false }
      return host is OptimizerValue
    }
  }()

  @Test func thereAreMethodsAndOptimizers() {
    #expect(Self.methods.count >= 20)
    #expect(Set(Self.optimizers).isSuperset(of: ["adamw", "adam", "sgd"]))
  }

  @Test(arguments: methods)
  func aMethodHasASessionInTheDebugger(_ method: String) throws {
    let text = try String(contentsOfFile: "Tests/Golden/stepping/\(method).peft", encoding: .utf8)
    let patterns = [
      #"(methods|models|tasks)/\w+\.peft:"#, "gradient", #"\(debug\) back"#, #"\(debug\) \w+ = \S"#,
    ]
    for pattern in patterns { #expect(text.contains(try Regex(pattern)), "no \(pattern)") }
  }

  @Test(arguments: methods)
  func aMethodGoesBackAndForward(_ method: String) throws {
    let run = try start(Self.calls[method] ?? "\(method)()", "optimizer=adamw(lr=1e-3)")
    try goBackAndForward(run)
  }

  @Test(arguments: optimizers)
  func anOptimizerGoesBackAndForward(_ optimizer: String) throws {
    try goBackAndForward(start("lora()", "optimizer=\(optimizer)()"))
  }

  @Test(arguments: [
    "optimizer=sgd(momentum=0.9, nesterov=true)", "accumulate=2, clip=0.1",
    "schedule=\"cosine\", warmup=3", "shuffle=false",
  ])
  func aSettingGoesBackAndForward(_ setting: String) throws {
    try goBackAndForward(start("lora(dropout=0.2)", setting))
  }

  /// Nothing is kept but the first state: all is made again. Past a memory that holds about three states: on disk.
  @Test(
    arguments: ["lora()", "adalora()", "lora_plus()", "full()"],
    [
      "snapshots=0, spill=0", "snapshots=0", "snapshots=40000", "snapshots=60000, spill=150000",
    ])
  func whereverTheStatesAre(_ method: String, _ budget: String) throws {
    try goBackAndForward(start(method, budget))
  }

  /// What hooks draw is the same when a step is made again.
  @Test(arguments: ["snapshots=0, spill=0", "snapshots=0", ""])
  func hooksThatDraw(_ budget: String) throws {
    let hooks = """
      head_only() |> before_step((m, batch, run) -> m with ("head.bias" = m["head.bias"] + randn([2])))
        |> after_step((m, g, run) -> m with ("head.bias" = m["head.bias"] + randn([2])))
      """
    try goBackAndForward(
      start(hooks.replacing("\n", with: " "), budget.isEmpty ? "steps=0" : budget))
  }

  // MARK: -

  private let bench: Bench

  init() throws {
    bench = try Bench()
    try bench.run(
      """
      seed(3)
      data = read("reviews", task="classify")[0:24]
      tokenizer = train_tokenizer(data, "wordpiece", size=150)
      base = Bert(vocabulary=150, width=32, heads=2, dropout=0.1) |> with_tokenizer(tokenizer) |> classifier(dropout=0.1)
      """)
  }

  private func start(_ method: String, _ settings: String) throws -> RunValue {
    let steps = settings.contains("steps=") ? "" : "steps=0, "
    let value = try bench.run(
      "train(base |> \(method), on=data, batch=5, length=12, total=\(2 * Self.steps), \(steps)\(settings))"
    )
    guard case .host(let host) = value, let run = host as? RunValue else {
      throw Unexpected("no run")
    }
    return run
  }

  private func goBackAndForward(_ run: RunValue) throws {
    let count = Self.steps
    var prints = [try fingerprint(run)]
    for _ in 0..<count {
      _ = try TrainingLoop(run, bench.interpreter).step()
      prints.append(try fingerprint(run))
    }
    #expect(Set(prints).count == count + 1, "a step changed nothing")
    let records = run.run.history.records
    try run.run.back(count)
    #expect(try fingerprint(run) == prints[0])
    for place in 1...count {
      let again = try TrainingLoop(run, bench.interpreter).step()
      #expect(again.isSameStep(as: records[place - 1]), "step \(place)")
      #expect(try fingerprint(run) == prints[place], "step \(place)")
    }
    for target in [count - 1, count / 2, 1, 0] {
      try run.run.rewind(to: target)
      #expect(try fingerprint(run) == prints[target], "rewound to \(target)")
    }
    #expect(run.run.snapshotBytes <= Swift.max(run.run.options.snapshotBudget, stateBytes(run)))
    #expect(run.run.spilledBytes <= run.run.options.diskBudget)
  }

  private func stateBytes(_ run: RunValue) -> Int {
    3 * run.trainee.snapshotTensors.reduce(0) { $0 + $1.byteCount }
  }

  /// All that a run is at a step.
  private func fingerprint(_ run: RunValue) throws -> [UInt8] {
    var bytes: [UInt8] = Array(
      "\(run.run.stepCount) \(run.run.epoch) \(run.run.history.count) ".utf8)
    for named in run.trainee.model.parameters() {
      bytes += Array(named.path.utf8)
      bytes += try named.parameter.value.withContiguousBytes { Array($0) }
      guard let state = run.run.optimizerState.slots[named.parameter.key] else { continue }
      bytes += Array("\(state.step)".utf8)
      for (name, tensor) in state.tensors.sorted(by: { $0.key < $1.key }) {
        bytes += Array(name.utf8)
        bytes += try tensor.withContiguousBytes { Array($0) }
      }
    }
    return bytes
  }
}

/// Two futures of one past, and what the stated budgets mean.
struct HistoryTests {
  private let bench: Bench

  init() throws {
    bench = try Bench()
    try bench.run(
      """
      seed(3)
      data = read("reviews", task="classify")[0:24]
      tokenizer = train_tokenizer(data, "wordpiece", size=150)
      base = Bert(vocabulary=150, width=32, heads=2, dropout=0.1) |> with_tokenizer(tokenizer) |> classifier()
      """)
  }

  private func run(_ code: String) throws -> RunValue {
    try bench.run(code)
    guard case .host(let host) = try bench.run("run"), let run = host as? RunValue else {
      throw Unexpected("\(code): no run")
    }
    return run
  }

  @Test(arguments: ["", ", snapshots=0", ", snapshots=0, spill=0"])
  func branchesAreIndependent(_ budget: String) throws {
    try bench.run(
      "run = train(base |> lora(), on=data, batch=5, total=20, steps=0\(budget)); step(run, 3);")
    try bench.run("other = branch(run); before = run.model; step(other, 4);")
    #expect(try bench.display("[run.step, other.step]") == "[3, 7]")
    try bench.run("expect run.model[\"head.weight\"] == before[\"head.weight\"]")
    try bench.run("step(run, 4); expect run.model[\"head.weight\"] == other.model[\"head.weight\"]")
    try bench.run("expect run.loss == other.loss")
    // Behind the branching, each by itself.
    try bench.run("back(other, 6); expect other.step == 1; expect run.step == 7")
    try bench.run(
      "train(other, steps=6); expect run.model[\"head.weight\"] == other.model[\"head.weight\"]")
  }

  @Test(
    arguments: ["adamw(lr=1e-2)", "sgd(lr=0.5, momentum=0.9)"],
    ["", ", snapshots=0", ", snapshots=0, spill=0"])
  func aBranchGoesOnWithAnotherOptimizer(_ optimizer: String, _ budget: String) throws {
    try bench.run(
      "run = train(base |> lora(), on=data, batch=5, total=20, steps=0\(budget)); step(run, 3);")
    try bench.run("other = branch(run, optimizer=\(optimizer)); step(other, 3); step(run, 3);")
    try bench.run("expect run.loss[:4] == other.loss[:4]; expect run.loss != other.loss")
    try bench.run("first = other.loss; weight = other.model[\"head.weight\"];")
    for target in [4, 3, 1] {
      try bench.run("rewind(other, to=\(target)); train(other, steps=\(6 - target));")
      try bench.run("expect other.loss == first; expect other.model[\"head.weight\"] == weight")
    }
  }

  /// P values train; a state is P of them, and after the first step two moments each.
  @Test func memoryIsAsStated() throws {
    let value = try run("run = train(base |> lora(), on=data, batch=5, total=20, steps=0)")
    try bench.run("step(run, 5);")
    let size = value.trainee.trainable.reduce(0) { $0 + $1.value.byteCount }
    #expect(value.run.snapshotBytes == size * (1 + 3 * 4))
    #expect(value.run.spilledBytes == 0)
    let spilling = try run(
      "run = train(base |> lora(), on=data, batch=5, total=20, steps=0, snapshots=\(size * 7))")
    try bench.run("step(run, 5);")
    #expect(spilling.run.snapshotBytes == size * 6)
    #expect(spilling.run.spilledBytes == size * (1 + 3 * 2))
    #expect(spilling.run.keptSteps == [0, 1, 2, 3, 4])
    try bench.run("rewind(run);")
    #expect(spilling.run.spilledBytes == size)
    #expect(spilling.run.snapshotBytes == 0)
  }

  /// Within the budget going back is quicker than the step that it undoes.
  @Test func backIsQuickerThanAStep() throws {
    let value = try run("run = train(base |> lora(), on=data, batch=5, total=20, steps=0)")
    try bench.run("step(run, 8);")
    let clock = ContinuousClock()
    for seconds in value.run.history.records.map(\.seconds).reversed() {
      let time = try clock.measure { try value.run.back() }
      #expect(time / .seconds(1) < seconds)
    }
  }

  @Test func mistakes() throws {
    try bench.run("run = train(base |> lora(), on=data, batch=5, total=20, steps=0); step(run, 2);")
    for (code, text) in [
      ("rewind(run, to=3)", "cannot rewind to step 3"),
      ("rewind(run, to=-1)", "cannot rewind to step -1"),
      ("back(run, 3)", "can go back 2"), ("back(run, 0)", "must be at least 1"),
      ("branch(run, optimizer=3)", "must be an optimizer"), ("step(run, 0)", "must be at least 1"),
    ] {
      let failure = try #require(try bench.failure(code), "\(code)")
      #expect(failure.diagnostic.message.contains(text), "\(failure.diagnostic.message)")
    }
    #expect(try bench.display("run.step") == "2")
  }
}

extension ModelTrainee {
  fileprivate var snapshotTensors: [Tensor] { (snapshot() as? ModelSnapshot)?.tensors ?? [] }
}
