import Interpreter
import Tensor
import Terminal

extension Registry {
  /// Time and memory: of any function, of a step's parts, and what the machine has at most.
  static func measuringCommands() -> [CommandRecord] {
    [
      CommandRecord(
        "measure",
        [
          ParameterSpec("function"), ParameterSpec("times", default: .int(5)),
          ParameterSpec("warmup", default: .int(1)),
        ], .session, "how long a function without arguments takes, and its peak of tensor memory",
        help: """
          Gives (median, least, most, seconds, bytes): `seconds` lists each of `times` calls, after `warmup` others; `bytes` is \
          the most that tensors took beyond what they took before.
          """,
        examples: [.init("len(measure(() -> 1 + 1, times=3).seconds)", "3")]
      ) { call in
        let function = try call.function(0)
        let (times, warmup) = (try call.int(1), try call.int(2))
        guard times >= 1, warmup >= 0 else {
          throw Mistake(
            "`times` must be at least 1 and `warmup` at least 0", code: "E0548",
            argument: times < 1 ? "times" : "warmup")
        }
        return try measure(function, times: times, warmup: warmup, call)
      },
      CommandRecord(
        "machine", [], .session, "what the processor can do at most, measured now",
        help: """
          Gives (threads, gflops, bandwidth): f32 multiply-adds by all threads in units of 1e9 operations a second, and \
          memory read in units of 1e9 bytes a second. Rates of kernels are read beside these.
          """,
        examples: [.init("machine().threads >= 1", "true")]
      ) { call in
        let limits = Engine.machineLimits()
        return .tuple([
          ("threads", .int(Engine.threads)), ("gflops", .float((limits.operations / 1e9).rounded(to: 3))),
          ("bandwidth", .float((limits.bytes / 1e9).rounded(to: 3))),
        ])
      },
      CommandRecord(
        "profile", [ParameterSpec("run")], .training,
        "makes the next step and says where its time goes, operation by operation",
        help: """
          One row an operation and pass, the longest first, with the rate of products. A language model's cross-entropy \
          holds the products of its logits.
          """, firstTypes: ["run"]
      ) { call in
        let run = try call.run(0)
        let observer = ProfileObserver()
        call.tape.observer = observer
        defer { call.tape.observer = nil }
        let record = try TrainingLoop(run, call.interpreter).step()
        return .host(ProfileReport.table(observer, seconds: record.seconds))
      },
    ] + memoryCommands()
  }

  private static func measure(
    _ function: Value, times: Int, warmup: Int, _ call: NativeCall
  ) throws -> Value {
    func once() throws -> Double {
      try call.interpreter.poll()
      let start = Terminal.Progress.monotonicSeconds()
      _ = try call.interpreter.call(function, Arguments(values: []), at: call.span)
      return Terminal.Progress.monotonicSeconds() - start
    }
    for _ in 0..<warmup { _ = try once() }
    let before = Storage.bytesInUse
    Storage.resetPeak()
    let seconds = try (0..<times).map { _ in try once() }
    let sorted = seconds.sorted()
    let median = (sorted[(times - 1) / 2] + sorted[times / 2]) / 2
    return .tuple([
      ("median", .float(median)), ("least", .float(sorted[0])), ("most", .float(sorted[times - 1])),
      ("seconds", .list(seconds.map { .float($0) })),
      ("bytes", .int(Storage.peakBytes - before)),
    ])
  }
}
