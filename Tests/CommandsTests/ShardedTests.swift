import Foundation
import Testing

@testable import Commands

/// Weights in several files with an index, as transformers writes them.
struct ShardedTests {
  private static let call =
    "((ids=tensor([[5, 7, 2]]), mask=tensor([[true, true, true]]), segments=none, labels=none)).logits"

  @Test func severalFilesAreTheSameModelAsOne() throws {
    let bench = try Bench()
    let whole = try bench.tensor(
      "load(\"Tests/Golden/fixtures/architectures/qwen2-tied\")\(Self.call)")
    let parts = try bench.tensor("load(\"Tests/Golden/fixtures/sharded\")\(Self.call)")
    #expect(try whole.doubles() == parts.doubles())
    #expect(
      try bench.display(
        "inspect(\"Tests/Golden/fixtures/sharded\").parameters"
          + " == inspect(\"Tests/Golden/fixtures/architectures/qwen2-tied\").parameters") == "true")
    // Saved again it is one file, and the same.
    try bench.run("save(load(\"Tests/Golden/fixtures/sharded\"), \"one\")")
    #expect(try bench.tensor("load(\"one\")\(Self.call)").doubles() == whole.doubles())
  }

  @Test func savedInShardsItIsTheSameModel() throws {
    let bench = try Bench()
    try bench.run("m = load(\"Tests/Golden/fixtures/sharded\")")
    try bench.run("save(m, \"parts\", shard=4KiB)")
    let names = try FileManager.default.contentsOfDirectory(atPath: bench.path("parts"))
    let shards = names.filter { $0.hasSuffix(".safetensors") }.sorted()
    #expect(shards.count > 1 && shards[0] == "model-00001-of-0000\(shards.count).safetensors")
    #expect(names.contains("model.safetensors.index.json") && !names.contains("model.safetensors"))
    let whole = try bench.tensor("m\(Self.call)").doubles()
    #expect(try bench.tensor("load(\"parts\")\(Self.call)").doubles() == whole)
    // One that fits is one file, also in the place of an earlier save in shards.
    try bench.run("save(m, \"parts\", shard=1GB)")
    let again = try FileManager.default.contentsOfDirectory(atPath: bench.path("parts"))
    #expect(again.filter { $0.contains(".safetensors") } == ["model.safetensors"])
    #expect(try bench.failure("save(m, \"parts\", shard=0)")?.diagnostic.code == "E0710")
  }

  /// Each fault is a mistake that names the file.
  @Test func faultsAreNamed() throws {
    let names = try FileManager.default.contentsOfDirectory(
      atPath: "\(Package.fixtures)/sharded"
    ).filter { $0.hasSuffix(".safetensors") }.sorted()
    #expect(names.count >= 2)
    let last = try #require(names.last)
    func failure(_ damage: (Bench) throws -> Void) throws -> String {
      let bench = try Bench()
      try bench.copy("sharded", as: "parts")
      try damage(bench)
      let found = try #require(try bench.failure("load(\"parts\")")).diagnostic
      return [found.message, found.note, found.fix].compactMap { $0 }.joined(separator: " ")
    }
    let missing = try failure { try FileManager.default.removeItem(atPath: $0.path("parts/\(last)")) }
    #expect(missing.contains(last))
    let cut = try failure { bench in
      let url = URL(fileURLWithPath: bench.path("parts/\(last)"))
      try Data(contentsOf: url).dropLast(9).write(to: url)
    }
    #expect(cut.contains(last))
    let index = "parts/model.safetensors.index.json"
    let elsewhere = try failure { bench in
      let url = URL(fileURLWithPath: bench.path(index))
      let text = try String(contentsOf: url, encoding: .utf8)
      try text.replacingOccurrences(of: last, with: "../\(last)")
        .write(to: url, atomically: true, encoding: .utf8)
    }
    #expect(elsewhere.contains("same folder"))
    let swapped = try failure { bench in
      let url = URL(fileURLWithPath: bench.path(index))
      let text = try String(contentsOf: url, encoding: .utf8)
      try text.replacingOccurrences(of: last, with: names[0])
        .write(to: url, atomically: true, encoding: .utf8)
    }
    #expect(swapped.contains(names[0]) && swapped.contains("does not"))
  }
}
