import Foundation
import Interpreter
import TestSupport
import Testing

@testable import Commands

/// Folders of models and adapters whose settings were changed at random: a mistake or a correct
/// load, never a trap, a hang or unbounded memory. The weights' own format is fuzzed elsewhere.
struct FolderFuzzTests {
  private static let values = [
    "0", "-1", "1", "3", "12", "1.5", "1e300", "9223372036854775807", "1000000000", "null", "true",
    "\"\"", "\"gelu\"", "[]", "[1]", "{}", "\"query\"", "[\"query\", \"dense\"]", "\"bert\"",
  ]

  private struct Random {
    var state: UInt64
    mutating func below(_ count: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return count < 1 ? 0 : Int((state >> 33) % UInt64(count))
    }
  }

  /// Values of members exchanged, members taken out, or bytes changed.
  private func mutated(_ text: String, _ random: inout Random) -> String {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    for _ in 0...random.below(2) {
      let place = random.below(lines.count)
      switch random.below(5) {
      case 0: lines.remove(at: place)
      case 1:
        var bytes = Array(lines[place].utf8)
        if !bytes.isEmpty { bytes[random.below(bytes.count)] = UInt8(32 + random.below(90)) }
        lines[place] = String(decoding: bytes, as: UTF8.self)
      default:
        guard let colon = lines[place].firstIndex(of: ":") else { continue }
        let comma = lines[place].hasSuffix(",") ? "," : ""
        lines[place] =
          lines[place][...colon] + " \(Self.values[random.below(Self.values.count)])\(comma)"
      }
      if lines.isEmpty { return "" }
    }
    return lines.joined(separator: "\n")
  }

  @Test(arguments: [
    ("architectures/bert-odd", "config.json"), ("architectures/llama-3", "config.json"),
    ("architectures/t5", "config.json"), ("architectures/gpt2-classes", "config.json"),
    ("methods/lora_bert/adapter", "adapter_config.json"),
    ("methods/adalora_bert/adapter", "adapter_config.json"),
  ])
  func settings(_ fixture: String, _ file: String) throws {
    let bench = try Bench()
    try bench.copy(fixture, as: "changed")
    let path = bench.path("changed/\(file)")
    let good = try String(contentsOfFile: path, encoding: .utf8)
    let isAdapter = file.hasPrefix("adapter")
    try bench.run("base = load(\"Tests/Golden/fixtures/lora_f64/bert\")")
    var random = Random(state: UInt64(fixture.utf8.count))
    let count = FuzzLength.inputs(usual: 60, promised: 1_000_000 / 6)
    var refused = 0
    for _ in 0..<count {
      try mutated(good, &random).write(toFile: path, atomically: false, encoding: .utf8)
      let load = isAdapter ? "load(\"changed\", base=base)" : "load(\"changed\")"
      if try bench.failure(load) != nil { refused += 1 }
      _ = try bench.failure("inspect(\"changed\").problems")
    }
    #expect(refused > 0 && refused <= count)
  }
}
