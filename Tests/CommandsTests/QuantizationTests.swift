import Autograd
import Checkpoints
import Foundation
import Interpreter
import Tensor
import Testing

@testable import Commands

/// Weights in fewer bits: as bitsandbytes stores them, and as products use them.
@Suite struct QuantizationTests {
  private func bytes(_ storage: Storage?, _ count: Int) throws -> [Int] {
    let base = try #require(storage?.base)
    return UnsafeRawBufferPointer(start: base, count: count).map { Int($0) }
  }

  /// The same codes for elements and for scales, the same scales of scales, and so the same values.
  @Test func nf4IsBitsandbytes() throws {
    let engine = Engine(math: .exact)
    let cases = try #require(try Package.json("nf4/reference.json")["cases"]?.array)
    #expect(cases.count == 5)
    for example in cases {
      let object = try #require(example.object)
      func numbers(_ name: String) -> [Double] { object[name]?.numbers ?? [] }
      let shape = numbers("shape").map { Int($0) }
      let weight = Tensor(numbers("values").map { Float($0) }, shape: shape)
      let made = try engine.quantized(weight, .nf4)
      let codes = try #require(made.quantization)
      let count = shape.reduce(1, *)
      let blocks = (count + 63) / 64
      #expect(try bytes(codes.codes, (count + 1) / 2).map(Double.init) == numbers("codes"))
      #expect(try bytes(codes.scaleCodes, blocks).map(Double.init) == numbers("scale_codes"))
      #expect(try floats(codes.scales, (blocks + 255) / 256) == numbers("scales").map { Float($0) })
      #expect(codes.offset == object["offset"]?.double.map { Float($0) })
      #expect(try engine.decoded(made).floats() == numbers("decoded").map { Float($0) })
    }
  }

  /// More blocks than one group of scales.
  @Test func groupsOfScalesAreBitsandbytes() throws {
    let engine = Engine(math: .exact)
    let found = try #require(try Package.json("nf4/reference.json")["large"]?.object)
    let values = (0..<26_000).map { (i: Int) -> Float in
      let (level, block) = (i * 7919 % 2003 - 1001, i / 64 % 7)
      return Float(level * (1 + block)) / 32768
    }
    let made = try engine.quantized(Tensor(values, shape: [130, 200]), .nf4)
    let codes = try #require(made.quantization)
    #expect(fingerprint(try bytes(codes.codes, 13_000)) == found["codes"]?.string)
    #expect(fingerprint(try bytes(codes.scaleCodes, 407)) == found["scale_codes"]?.string)
    #expect(try floats(codes.scales, 2) == found["scales"]?.numbers.map { Float($0) })
    #expect(codes.offset == found["offset"]?.double.map { Float($0) })
    let decoded = try engine.decoded(made)
    #expect(fingerprint(try bytes(decoded.storage, 104_000)) == found["decoded"]?.string)
  }

  /// FNV-1a, as the fixture's script has it.
  private func fingerprint(_ bytes: [Int]) -> String {
    let hash = bytes.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    return String(hash)
  }

  private func floats(_ storage: Storage?, _ count: Int) throws -> [Float] {
    let base = try #require(storage?.base)
    let start = base.assumingMemoryBound(to: Float.self)
    return (0..<count).map { start[$0] }
  }

  @Test(arguments: Quantization.Kind.made)
  func productsAreThoseOfTheDecodedWeight(_ kind: Quantization.Kind) throws {
    for math in [Math.exact, .fast] {
      let engine = Engine(math: math)
      for (rows, inputs, outputs) in [
        (1, 64, 40), (3, 50, 33), (9, 192, 300), (70, 40, 700), (5, 3, 1),
      ] {
        let w = try Philox(seed: 3, stream: 1).normal([outputs, inputs], deviation: 0.05)
        let x = try Philox(seed: 3, stream: 2).normal([rows, inputs])
        let g = try Philox(seed: 3, stream: 3).normal([rows, outputs])
        let b = try Philox(seed: 3, stream: 4).normal([outputs])
        let q = try engine.quantized(w, kind)
        let plain = try engine.decoded(q)
        func agree(_ a: Tensor, _ b: Tensor) throws {
          #expect(a.shape == b.shape)
          let size = try b.floats().map(abs).max() ?? 0
          let worst = try zip(a.floats(), b.floats()).map { abs($0 - $1) }.max() ?? .infinity
          #expect(worst <= 2e-6 * Swift.max(size, 1), "\(kind) \(rows) \(inputs) \(outputs)")
        }
        try agree(engine.linear(x, q, b), engine.linear(x, plain, b))
        try agree(engine.matmul(g, q), engine.matmul(g, plain))
        let ids = Tensor([outputs - 1, 0])
        try agree(engine.gatherRows(q, ids), engine.gatherRows(plain, ids))
      }
    }
  }

  /// How far the codes may be from the weights: half a step of the coarsest part.
  @Test func codesAreNear() throws {
    let engine = Engine(math: .exact)
    let w = try Philox(seed: 4, stream: 1).normal([16, 128])
    let values = try w.floats()
    let largest = values.map(abs).max() ?? 0
    for (kind, limit) in [(Quantization.Kind.nf4, 0.17), (.int8, 0.0041), (.bf16, 0.004)] {
      let decoded = try engine.decoded(engine.quantized(w, kind)).floats()
      let worst = zip(values, decoded).map { abs($0 - $1) }.max() ?? .infinity
      #expect(worst <= Float(limit) * largest, "\(kind)")
      #expect(worst > 0)
    }
    let zeros = try engine.quantized(Tensor.zeros([2, 64]), .nf4)
    #expect(try engine.decoded(zeros).floats().allSatisfy { $0 == 0 })
  }

  /// QLoRA: the adapter's gradients are those of LoRA on the decoded weights.
  @Test func adaptersTrainOnTop() throws {
    let bench = try Bench(math: .exact)
    try bench.run(
      """
      seed(3)
      q = quantize(load("tiny-gpt"))
      fn decoded(layer) = layer with (weight = layer.weight + 0.0)
      plain = q |> replace("blocks.*.{attn.qkv,attn.out,ffn.up,ffn.down}", decoded)
      ids = [[5, 6, 7, 8, 9, 10]]
      fn gradients(model) {
        b = (ids=tensor(ids), mask=tensor([[true, true, true, true, true, true]]), segments=none, labels=tensor(ids))
        seed(9)
        m = model |> lora(rank=2)
        to_list(grad(m.loss(m(b), b), wrt=m))
      }
      """)
    let found = try bench.run("gradients(q)")
    let expected = try bench.run("gradients(plain)")
    guard case .list(let a) = found, case .list(let b) = expected else { throw Unexpected("lists") }
    #expect(a.elements.count == 4 && b.elements.count == 4)
    var agreement = Agreement()
    for (x, y) in zip(a.elements, b.elements) {
      guard case .tensor(let x) = x, case .tensor(let y) = y else { throw Unexpected("tensors") }
      try agreement.compare("gradient", x.value.doubles(), y.value.doubles())
    }
    #expect(agreement.within(1e-5), "\(agreement)")
  }

  @Test func quantizedWeightsStayFrozen() throws {
    let bench = try Bench(math: .exact)
    let code = "params(quantize(load(\"tiny-gpt\"), \"int8\", at=\"**\") |> unfreeze()).trainable"
    guard case .int(let count) = try bench.run(code),
      case .int(let all) = try bench.run("params(load(\"tiny-gpt\")).trainable")
    else { throw Unexpected("counts") }
    #expect(count > 0 && count < all / 10)
    #expect(try bench.failure("quantize(load(\"tiny-gpt\"), \"nf5\")")?.diagnostic.code == "E0548")
    #expect(
      try bench.failure("quantize(load(\"tiny-gpt\"), at=\"nothing\")")?.diagnostic.code == "E0563")
  }

  private static let ids =
    "(ids=tensor([[5, 7, 2, 40, 11], [9, 30, 4, 6, 3]]), "
    + "mask=tensor([[true, true, true, true, true], [true, true, true, true, true]]), segments=none, labels=none)"

  /// Folders that transformers wrote with bitsandbytes.
  @Test(arguments: ["llama", "llama-single", "gpt2"])
  func foldersOfBitsandbytesAreRead(_ name: String) throws {
    let bench = try Bench()
    try bench.run("m = load(\"Tests/Golden/fixtures/nf4/\(name)\")")
    #expect(bench.printed.isEmpty, "\(bench.printed)")
    let packed = try bench.module("m").parameters().filter {
      $0.parameter.value.quantization != nil
    }
    #expect(packed.count == (name == "gpt2" ? 8 : 14))
    #expect(packed.allSatisfy { !$0.parameter.isTrainable })
    var agreement = Agreement()
    let expected = try Package.json("nf4/\(name)/reference.json")["logits"]?.numbers
    try agreement.compare(
      name, bench.tensor("m(\(Self.ids)).logits").doubles(), #require(expected))
    #expect(agreement.within(1e-5), "\(agreement)")
    // Saved as it was read, and the same again; in 32 bits too.
    try bench.run("save(m, \"small\"); save(m, \"large\", dtype=\"f32\")")
    let found = try bench.tensor("m(\(Self.ids)).logits").doubles()
    #expect(try bench.tensor("load(\"small\")(\(Self.ids)).logits").doubles() == found)
    #expect(try bench.display("inspect(\"small\").problems") == "[]")
    var large = Agreement()
    try large.compare(name, bench.tensor("load(\"large\")(\(Self.ids)).logits").doubles(), found)
    #expect(large.within(1e-6), "\(large)")
  }

  @Test func foldersKeepTheirBytes() throws {
    let bench = try Bench()
    try bench.run("save(load(\"Tests/Golden/fixtures/nf4/gpt2\"), \"again\")")
    let old = try Package.tensors("nf4/gpt2/model.safetensors")
    let new = try SafetensorsFile.open(bench.path("again/model.safetensors"))
    for name in old.header.names {
      // How the state is spelt is free; what it says was read.
      if name.contains("quant_state") { continue }
      #expect(try old.bytes(of: name).array == new.bytes(of: name).array, "\(name)")
    }
    #expect(Set(old.header.names) == Set(new.header.names))
  }

  /// Each fault of a state is a mistake that names the tensor.
  @Test func damagedStatesAreRefused() throws {
    let bench = try Bench()
    for (old, new, hint) in [
      ("\"blocksize\": 64", "\"blocksize\": 32", "blocks are of 32"), ("\"nf4\"", "\"fp4\"", "nf4"),
      ("[32, 32]", "[32, 33]", "528 elements"), ("[32, 32]", "[-2, 32]", "shape"),
    ] {
      try? FileManager.default.removeItem(atPath: bench.path("bad"))
      try bench.copy("nf4/llama", as: "bad")
      let url = URL(fileURLWithPath: bench.path("bad/model.safetensors"))
      var data = try Data(contentsOf: url)
      while let range = data.range(of: Data(old.utf8)) {
        data.replaceSubrange(range, with: Data(new.utf8))
      }
      try data.write(to: url)
      let failure = try #require(try bench.failure("load(\"bad\")")).diagnostic
      let said = [failure.message, failure.note, failure.fix].compactMap { $0 }.joined(
        separator: " ")
      #expect(said.contains("quant_state") || said.contains(hint), "\(said)")
    }
  }
}
