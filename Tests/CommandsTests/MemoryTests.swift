import Foundation
import Interpreter
import Syntax
import Tensor
import Testing
import Training

@testable import Commands

/// What is rehearsed is what happens: the same steps in earnest, on a pool of their own, take the
/// bytes that were predicted.
@Suite struct MemoryTests {
  /// Every method of the catalogue, at sizes that fit a small model. BASE and ROWS stand for the model
  /// and for two of its batches.
  static let methods = [
    "full()", "head_only()", "lora(rank=4)", "qlora(rank=4)", "rslora(rank=4)", "dora(rank=4)",
    "lora_plus(rank=4)", "pissa(rank=4)", "adalora(rank=4)", "compress(rank=2)", "bitfit()",
    "l2_sp()",
    "some_layers()", "fish_mask(ROWS)", "gradual_unfreezing(every=1)", "diff_pruning()",
    "houlsby(size=4)", "pfeiffer(size=4)", "compacter()", "parallel_adapter()", "ia3()", "mam(length=4)",
    "unipelt()", "prefix_tuning(length=4, inner=16)", "p_tuning_v2(length=4)",
    "prompt_tuning(length=4)", "p_tuning(length=4)", "llama_adapter(length=4)", "loreft(rank=2)",
    "ladder(reduction=2)", "adapter_fusion([BASE |> pfeiffer(size=4), BASE |> pfeiffer(size=4)])",
    "pfeiffer(size=4) |> adapter_drop()",
  ]
  static let span = Span(0, 0, Source("", name: "test"))
  static let shapes = [(2, 16), (8, 16), (4, 48)]
  static let gpt = "Gpt(300, width=24, depth=2, heads=2, positions=64)"
  static let bert = "Bert(300, width=24, depth=2, heads=2, positions=64) |> classifier(2)"

  @Test func theCatalogueIsCovered() throws {
    let folder = URL(fileURLWithPath: Package.root + "/Sources/Library/methods")
    var names: Set<String> = []
    for file in try FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: nil)
    {
      for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
      where line.hasPrefix("method ") {
        names.insert(String(line.dropFirst(7).prefix { $0 != "(" }))
      }
    }
    let called = MemoryTests.methods.flatMap { $0.components(separatedBy: "|> ") }
    let covered = Set(called.map { String($0.prefix { $0 != "(" }) })
    #expect(names.subtracting(covered) == [])
  }

  @Test(arguments: methods) func predictedIsMeasured(_ method: String) throws {
    for base in [MemoryTests.gpt, MemoryTests.bert] {
      if base == MemoryTests.gpt, method == "head_only()" { continue }  // it has none
      let labels = base == MemoryTests.gpt ? "ids" : "ids[0, :1]"
      let call = method.replacingOccurrences(of: "BASE", with: base)
        .replacingOccurrences(of: "ROWS", with: "[row, row]")
      for (batch, length) in MemoryTests.shapes {
        // Each in a session of its own: what one leaves behind would be room for the other.
        func account(inEarnest: Bool) throws -> Int {
          let bench = try Bench()
          try bench.run(
            "ids = tensor([[0, 1, 0, 1]]); row = (ids=ids, mask=ids >= 0, segments=ids * 0, labels=\(labels))"
          )
          let rehearsal = MemoryRehearsal(
            interpreter: bench.interpreter, model: try bench.module("\(base) |> \(call)"),
            optimizer: AdamW(), length: length,
            options: RunOptions(seed: 1, batchSize: batch, horizon: .steps(20)),
            span: MemoryTests.span)
          return try rehearsal.account(inEarnest: inEarnest).held
        }
        let (predicted, measured) = (try account(inEarnest: false), try account(inEarnest: true))
        let difference = abs(Double(predicted - measured)) / Double(measured)
        #expect(
          difference < 0.1,
          "\(base) |> \(method), \(batch) × \(length): \(predicted), in earnest \(measured)")
        let share = Int((difference * 1000).rounded())
        Report.line("memory \(method) \(batch) × \(length):", [predicted, measured, share])
      }
    }
  }

  /// A byte too few is refused, as many as are needed are not; each in a session that has run nothing.
  @Test func whatCannotFitIsRefused() throws {
    func withRehearsal<R>(_ body: (MemoryRehearsal) throws -> R) throws -> R {
      let bench = try Bench()
      let model = try bench.module("load(\"tiny-gpt\") |> lora()")
      return try body(
        MemoryRehearsal(
          interpreter: bench.interpreter, model: model, optimizer: AdamW(), length: 64,
          options: RunOptions(seed: 1, batchSize: 8, horizon: .steps(20)), span: MemoryTests.span))
    }
    let needed = try withRehearsal { try $0.run().tensors - $0.present }
    try withRehearsal { try MemoryCheck.check($0, available: nil) }
    try withRehearsal { try MemoryCheck.check($0, available: needed) }
    #expect {
      try withRehearsal { try MemoryCheck.check($0, available: needed - 1) }
    } throws: { error in
      guard let mistake = error as? Mistake else { return false }
      return mistake.code == "E0589" && mistake.fix?.contains("batch=2, accumulate=4") == true
    }
  }
}
