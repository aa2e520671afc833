import Checkpoints
import Foundation
import Interpreter
import Testing

@testable import Commands

/// Folders of AdapterHub's library, both ways; the references are
/// scripts/make-fixtures.d/adapterhub_folders.py's.
struct HubAdapterTests {
  static let kinds = ["seq_bn", "double_seq_bn", "par_bn", "lora", "ia3"]

  @Test(arguments: kinds)
  func foldersGiveTheReferencesNumbersAndComeBackTheSame(_ kind: String) throws {
    let fixture = try LoRAFixture("bert", .fast)
    let place = "Tests/Golden/fixtures/adapterhub/\(kind)"
    let model = try fixture.bench.module("loaded = load(\"\(place)\", base=base); loaded")
    let expected = try Package.json("adapterhub/\(kind)/logits.json")["logits"]?.numbers ?? []
    var agreement = Agreement()
    try agreement.compare(kind, fixture.forward(model).logits.doubles(), expected)
    #expect(agreement.within(1e-10), "\(agreement)")
    #expect(try fixture.forward(fixture.base).logits.doubles() != expected)

    try fixture.bench.run("save(loaded, \"again\", format=\"adapterhub\")")
    let files = (
      try SafetensorsFile.open("\(Package.root)/\(place)/adapter.safetensors"),
      try SafetensorsFile.open(fixture.bench.path("again/adapter.safetensors"))
    )
    func plain(_ name: String, _ adapter: String) -> String {
      name.replacingOccurrences(of: ".\(adapter).", with: ".X.")
    }
    let config = try Package.jsonFile(fixture.bench.path("again/adapter_config.json"))
    let own = try #require(config["name"]?.string)
    let theirs = Dictionary(uniqueKeysWithValues: files.0.names.map { (plain($0, "mine"), $0) })
    let ours = Dictionary(uniqueKeysWithValues: files.1.names.map { (plain($0, own), $0) })
    #expect(Set(theirs.keys) == Set(ours.keys))
    for (name, theirName) in theirs {
      let ourName = try #require(ours[name])
      #expect(
        try files.0.tensor(theirName).doubles() == files.1.tensor(ourName).doubles(), "\(name)")
    }
    // What it writes of the settings is what was read.
    let original = try Package.json("adapterhub/\(kind)/adapter_config.json")["config"]?.object
    for (key, value) in try #require(config["config"]?.object)
    where !["init_weights", "dropout", "reduction_factor"].contains(key) {
      #expect(original?[key] == value || original?[key]?.double == value.double, "\(key)")
    }
    let again = try fixture.bench.module("load(\"again\", base=base)")
    #expect(
      try fixture.forward(again).logits.doubles() == fixture.forward(model).logits.doubles())
  }

  /// A head goes with the adapter, onto a base that has none.
  @Test func headsTravel() throws {
    let bench = try Bench()
    try bench.run("m = load(\"tiny-bert\") |> classifier(3) |> pfeiffer(size=4)")
    try bench.run("save(m, \"headed\", format=\"adapterhub\")")
    let head = try SafetensorsFile.open(bench.path("headed/model_head.safetensors"))
    #expect(head.names.sorted() == ["classifier.bias", "classifier.weight"])
    #expect(try Package.jsonFile(bench.path("headed/head_config.json"))["num_labels"]?.int == 3)
    try bench.run("again = load(\"\(bench.path("headed"))\", base=load(\"tiny-bert\"))")
    #expect(try bench.display("max(abs(m(\"a film\").logits - again(\"a film\").logits))") == "0.0")
  }

  @Test func whatTheFolderCannotHoldIsAMistake() throws {
    let bench = try Bench()
    for code in [
      "save(load(\"tiny-gpt\") |> lora(), \"out\", format=\"adapterhub\")",
      "save(load(\"tiny-bert\") |> houlsby(), \"out\", format=\"adapterhub\")",
      "save(load(\"tiny-bert\") |> dora(), \"out\", format=\"adapterhub\")",
      "save(load(\"tiny-bert\") |> lora(at=\"blocks.0.attn.q\"), \"out\", format=\"adapterhub\")",
      "save(load(\"tiny-bert\") |> lora(), \"out\", format=\"pickle\")",
    ] {
      #expect(try bench.failure(code) != nil, "\(code)")
    }
  }

  /// An edit of a hidden state would be lost without a word; the adapter alone is saved.
  @Test func editsOfHiddenStatesAreNotLost() throws {
    let bench = try Bench()
    try bench.run("m = load(\"tiny-bert\") |> lora();")
    let edited = "m |> after(\"blocks.0\", h -> 2 * h)"
    let failure = try bench.failure("save(\(edited), \"out\", format=\"adapterhub\")")
    #expect(failure?.diagnostic.code == "E0717")
    try bench.run("save(m, \"out\", format=\"adapterhub\")")
  }
}
