import Foundation
import Interpreter
import Tensor
import Training

extension Registry {
  static func memoryCommands() -> [CommandRecord] {
    [
      CommandRecord(
        "memory",
        [
          ParameterSpec("model"), ParameterSpec("batch", default: .int(16)),
          ParameterSpec("length", default: .int(128)),
          ParameterSpec("optimizer", default: Value.none, text: "adamw()"),
          ParameterSpec("accumulate", default: .int(1)),
          ParameterSpec(
            "snapshots", default: .int(RunOptions.defaultSnapshotBudget), text: "256MiB"),
        ], .training, "the memory that training a model will take, by kind, before it is taken",
        help: """
          Steps on `batch` rows of `length` tokens are rehearsed: everything runs, but on tensors that have sizes only, so it \
          takes milliseconds and holds for any method. A model of `shapes` will do. `total` is the process's peak in bytes.
          """,
        examples: [
          .init("memory(load(\"tiny-gpt\") |> lora(rank=4), batch=4, length=32).trained", "16384")
        ]
      ) { call in
        let model = try call.interpreter.attachRoot(call.module(0))
        let optimizer =
          call.isNone(3)
          ? AdamW()
          : try call.host(3, OptimizerValue.self, "an optimizer such as adamw(lr=1e-3)").optimizer
        let options = RunOptions(
          seed: call.interpreter.seed, batchSize: try call.positive(1), horizon: .steps(1000),
          groups: ParameterGroups(model).options, clip: 1, accumulate: try call.positive(4),
          snapshotBudget: try call.int(5))
        let rehearsal = MemoryRehearsal(
          interpreter: call.interpreter, model: model, optimizer: optimizer,
          length: try call.positive(2), options: options, span: call.span)
        return .host(MemoryReport(try rehearsal.run()))
      }
    ]
  }
}

extension NativeCall {
  /// A whole number of at least 1.
  fileprivate func positive(_ index: Int) throws -> Int {
    let value = try int(index)
    guard value >= 1 else {
      let name = signature.parameters[index].name
      throw Mistake("`\(name)` must be at least 1", code: "E0548", argument: name)
    }
    return value
  }
}

/// Refuses what cannot fit, before it is begun.
enum MemoryCheck {
  /// The memory that the system could give now; nil where it does not say.
  static func available() -> Int? { Storage.bytesAvailable }

  /// Throws when a run would take more than there is. Rehearses only what might come near: what a
  /// model's size, batch and length leave no doubt about costs nothing.
  static func check(
    _ rehearsal: MemoryRehearsal, available: Int?
  ) throws {
    guard let available, mayComeNear(rehearsal, available) else { return }
    let found = try rehearsal.run()
    // Weights and what else the process holds are taken already.
    let more = found.tensors - rehearsal.present
    guard more > available else { return }
    let printer = rehearsal.interpreter.printer
    func size(_ bytes: Int) -> String { MemoryReport.megabytes(bytes, printer) + " MB" }
    throw Mistake(
      "training this would take \(size(more)) more memory, but the system has \(size(available))",
      code: "E0589",
      note:
        "\(size(found.activations)) of it for the backward pass, \(size(found.optimizer)) for the optimizer",
      fix: remedies(rehearsal, found).joined(separator: "; "), argument: "batch")
  }

  private static func mayComeNear(_ rehearsal: MemoryRehearsal, _ available: Int) -> Bool {
    let weights = rehearsal.model.parameters().reduce(0) { $0 + 4 * $1.parameter.value.count }
    let tokens = rehearsal.options.batchSize * rehearsal.length
    // Of a small transformer a token keeps a hundredth of the weights, of others less; as much again
    // is work of single operations.
    return weights * (8 + tokens / 25) > available
  }

  private static func remedies(
    _ rehearsal: MemoryRehearsal, _ found: MemoryRehearsal.Result
  ) -> [String] {
    var remedies: [String] = []
    let size = rehearsal.options.batchSize
    if size > 1 {
      let factor = Swift.min(size, 4)
      remedies.append(
        "batch=\(size / factor), accumulate=\(factor * rehearsal.options.accumulate) trains alike in less"
      )
    }
    remedies.append("a smaller length")
    let isPlain = rehearsal.model.parameters().contains { named in
      let parameter = named.parameter
      return !parameter.isTrainable && parameter.origin == .base && parameter.value.rank == 2
        && parameter.value.quantization == nil
    }
    if isPlain {
      remedies.append(
        "quantize(…) before the method stores frozen matrices in four bits, with \"bf16\" in sixteen")
    }
    if found.trained > found.frozen { remedies.append("a method that trains less, such as lora()") }
    if found.snapshots > 0 { remedies.append("snapshots=0") }
    return remedies
  }
}

extension MemoryRehearsal {
  /// The bytes of the weights that are there already.
  var present: Int {
    model.parameters().reduce(0) {
      $0 + ($1.parameter.value.hasValues ? $1.parameter.value.byteCount : 0)
    }
  }
}
