import Interpreter
import Tensor
import Testing

@testable import Commands

/// Decoding with remembered keys and values gives what decoding without gives.
@Suite struct GenerationTests {
  /// Models of each kind, with methods that reach into what is remembered.
  static let models = [
    "load(\"tiny-gpt\")",
    "Llama(300, width=24, depth=2, heads=4, key_heads=2, inner=32, positions=64)",
    // LoRA starts as nothing; other numbers make it count.
    """
    load("tiny-gpt") |> freeze() |> replace("blocks.*.attn.qkv", \
      l -> LoRA(l, 2) with (B = randn([l.outputs, 2])))
    """,
    "load(\"tiny-gpt\") |> prefix_tuning(length=3, inner=8)",
    "load(\"tiny-gpt\") |> prompt_tuning(length=3)",
    "load(\"tiny-gpt\") |> prompt_tuning(length=3, dialect=\"peft\")",
    "load(\"tiny-gpt\") |> p_tuning(length=2, inner=8)",
    "load(\"tiny-gpt\") |> llama_adapter(length=3)",
    "Llama(300, width=24, depth=2, heads=4, inner=32, positions=64) |> prompt_tuning(length=2)",
  ]

  private func bench(_ math: Math = .exact) throws -> Bench { try Bench(math: math) }

  private func ids(_ bench: Bench, _ code: String) throws -> [[Int]] {
    guard case .list(let rows) = try bench.run(code) else { throw Unexpected(code) }
    return try rows.elements.map { row in
      guard case .list(let list) = row else { throw Unexpected(code) }
      return list.elements.compactMap { if case .int(let id) = $0 { id } else { nil } }
    }
  }

  @Test(arguments: models) func theCacheChangesNothing(_ model: String) throws {
    let bench = try bench()
    try bench.run("seed(3)")
    try bench.run("model = \(model)")
    let prompts = "[[5, 6, 7], [40, 41, 42, 43, 44, 45], [9]]"
    let cached = try ids(bench, "generate(model, \(prompts), tokens=9, stop=false)")
    let plain = try ids(bench, "generate(model, \(prompts), tokens=9, stop=false, cache=false)")
    #expect(cached == plain)
    #expect(cached.map(\.count) == [9, 9, 9])
    // Each text as alone: what fills up the shorter ones is seen by none.
    let alone = try ids(bench, "generate(model, [[40, 41, 42, 43, 44, 45]], tokens=9, stop=false)")
    #expect(alone[0] == cached[1])
    #expect(try ids(bench, "generate(model, [[9]], tokens=9, stop=false)")[0] == cached[2])
  }

  @Test func drawsFollowTheSeed() throws {
    let bench = try bench()
    try bench.run("model = load(\"tiny-gpt\")")
    let code = "generate(model, [[5, 6], [7, 8]], tokens=12, temperature=1.5, stop=false)"
    try bench.run("seed(1)")
    let first = try ids(bench, code)
    let second = try ids(bench, code)
    try bench.run("seed(1)")
    #expect(try ids(bench, code) == first)
    #expect(first != second)
  }

  @Test func oneCandidateIsTheLikeliest() throws {
    let bench = try bench()
    try bench.run("model = load(\"tiny-gpt\")")
    let greedy = try ids(bench, "generate(model, [[5, 6]], tokens=8, stop=false)")
    for choice in ["top_k=1", "top_p=1e-9", "top_k=5, top_p=1e-9"] {
      let drawn = try ids(
        bench, "generate(model, [[5, 6]], tokens=8, temperature=1.0, \(choice), stop=false)")
      #expect(drawn == greedy, "\(choice)")
    }
  }

  /// Frequencies of many draws, against the probabilities that they are drawn with.
  @Test func drawsFollowTheProbabilities() throws {
    let logits = Tensor([0.0, 1, 2, -1].map { Float($0) }, shape: [1, 4])
    let engine = Engine(math: .exact)
    let draws = try Philox(seed: 9, stream: 1).uniform([4000], dtype: .f64).doubles()
    func shares(_ sampling: Sampling) throws -> [Double] {
      var counts = [0.0, 0, 0, 0]
      for draw in draws { counts[try sampling.choose(logits, draws: [draw], engine: engine)[0]] += 1 }
      return counts.map { $0 / 4000 }
    }
    func probabilities(_ logits: [Double]) -> [Double] {
      let powers = logits.map { $0 == -.infinity ? 0 : pow2($0) }
      let sum = powers.reduce(0, +)
      return powers.map { $0 / sum }
    }
    func agree(_ a: [Double], _ b: [Double]) -> Bool { zip(a, b).allSatisfy { abs($0 - $1) < 0.03 } }
    #expect(agree(try shares(Sampling(temperature: 1)), probabilities([0, 1, 2, -1])))
    #expect(agree(try shares(Sampling(temperature: 2)), probabilities([0, 0.5, 1, -0.5])))
    #expect(
      agree(try shares(Sampling(temperature: 1, topK: 2)), probabilities([-.infinity, 1, 2, -.infinity])))
    // 0.64 and 0.24 reach 0.8 together; 0.64 alone reaches 0.6.
    #expect(
      agree(try shares(Sampling(temperature: 1, topP: 0.8)), probabilities([-.infinity, 1, 2, -.infinity])))
    #expect(try shares(Sampling(temperature: 1, topP: 0.6)) == [0, 0, 1, 0])
  }

  private func pow2(_ x: Double) -> Double {
    (try? Engine(math: .exact).exp(Tensor([x])).item()) ?? .nan
  }

  @Test func theEndTokenEndsAText() throws {
    let bench = try bench()
    try bench.run("model = load(\"tiny-gpt\")")
    let free = try ids(bench, "generate(model, [[5, 6]], tokens=30, stop=false)")
    let stopped = try ids(bench, "generate(model, [[5, 6]], tokens=30)")
    guard case .int(let end) = try bench.run("model.tokenizer.end") else {
      throw Unexpected("no end token")
    }
    let expected = free[0].firstIndex(of: end).map { Array(free[0][..<$0]) } ?? free[0]
    #expect(stopped[0] == expected)
  }
}
