import Datasets
import Interpreter
import Training

/// A training run: the language's one reference. It moves with `step`, `train` and `back`.
public final class RunValue: HostValue {
  let run: Run
  let trainee: ModelTrainee
  let data: Dataset
  /// The parts of the dataset that `data` is one of.
  let parts: DatasetValue.Parts?
  /// Batches of any data as this run makes them of its own.
  let makeBatches: (Dataset) throws -> any BatchSource
  let batches: any BatchSource

  init(
    _ run: Run, trainee: ModelTrainee, data: Dataset, parts: DatasetValue.Parts?,
    batches: any BatchSource, makeBatches: @escaping (Dataset) throws -> any BatchSource
  ) {
    self.run = run
    self.trainee = trainee
    self.data = data
    self.parts = parts
    self.batches = batches
    self.makeBatches = makeBatches
  }

  public var typeName: String { "run" }
  public var memberNames: [String] {
    ["model", "horizon", "finished", "data", "snapshot_bytes", "spilled_bytes", "kept_steps",
      "optimizer_bytes"]
      + run.history.columns
  }

  public func member(_ name: String) throws -> Value? {
    switch name {
    case "model": return .module(trainee.model)
    case "step": return .int(run.stepCount)
    case "epoch": return .int(run.epoch)
    case "horizon": return run.horizon.map { .int($0) } ?? Value.none
    case "finished": return .bool(run.isFinished)
    case "data": return .host(DatasetValue(data))
    case "snapshot_bytes": return .int(run.snapshotBytes)
    case "spilled_bytes": return .int(run.spilledBytes)
    case "kept_steps": return .list(run.keptSteps.map { .int($0) })
    case "optimizer_bytes": return .int(run.optimizerBytes)
    default:
      // A run without a step has the columns too, empty.
      if run.history.count == 0, run.history.columns.contains(name) { return .list([]) }
      return run.history.column(name).map { .list($0.map { .float($0) }) }
    }
  }

  public func description(for printer: Printer) -> String {
    let total = run.horizon.map { " of \($0)" } ?? ""
    var line = "run: step \(run.stepCount)\(total)"
    if let last = run.history.last { line += ", loss \(printer.number(last.loss.rounded(to: 5)))" }
    return line
  }
}

/// `31 ms`, `2.4 s`, `3 min 20 s`
func duration(_ seconds: Double) -> String {
  if seconds < 0.0995 { return "\(Int((seconds * 1000).rounded())) ms" }
  if seconds < 99.5 { return "\((seconds * 10).rounded() / 10) s" }
  return "\(Int(seconds) / 60) min \(Int(seconds) % 60) s"
}

extension Double {
  /// Rounded to so many significant digits.
  func rounded(to digits: Int) -> Double {
    guard self != 0, isFinite else { return self }
    var factor = 1.0
    var size = magnitude
    while size >= 10 { size /= 10; factor *= 10 }
    while size < 1 { size *= 10; factor /= 10 }
    var scale = 1.0
    for _ in 1..<Swift.max(digits, 1) { scale *= 10 }
    return (self / factor * scale).rounded() / scale * factor
  }
}
