import Foundation
import Tensor
import Testing

@testable import Autograd

/// A small transformer against PyTorch in f64: logits, loss and every gradient. The fixture is made
/// by `scripts/make-fixtures.d/autograd.py`.
@Suite struct TransformerTests {
  struct Fixture: Decodable {
    struct Parameter: Decodable {
      let shape: [Int]
      let value: [Double]
      let gradient: [Double]
    }
    let ids: [Int]
    let labels: [Int]
    let keyMask: [Bool]
    let shape: [Int]
    let heads: Int
    let keyHeads: Int
    let loss: Double
    let logits: [Double]
    let parameters: [String: Parameter]

    static func load() throws -> Fixture {
      let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Fixtures/transformer.json")
      return try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: file))
    }
  }

  @Test(arguments: [Math.exact, .fast])
  func agreesWithPyTorch(math: Math) throws {
    let fixture = try Fixture.load()
    let model = try Model(fixture, tape: Tape(engine: Engine(math: math)), frozen: [])
    let (logits, loss) = try model.forward()
    #expect(Self.error(try logits.value.doubles(), fixture.logits) < 1e-10)
    #expect(abs(try loss.value.item() / fixture.loss - 1) < 1e-10)
    let keys = Set(model.keys.values)
    let gradients = try model.tape.gradients(of: loss, leaves: keys, release: true)
    for (name, parameter) in fixture.parameters {
      let key = try #require(model.keys[name])
      let gradient = try #require(gradients[key], "no gradient for \(name)")
      #expect(gradient.shape == parameter.shape)
      #expect(Self.error(try gradient.doubles(), parameter.gradient) < 1e-10, "\(name)")
    }
  }

  /// With everything frozen but one matrix the gradient is the same, and the frozen weights have no
  /// node through which one could be computed.
  @Test func frozenParametersChangeNothing() throws {
    let fixture = try Fixture.load()
    let frozen = Set(fixture.parameters.keys).subtracting(["q.weight"])
    let model = try Model(fixture, tape: Tape(engine: Engine(math: .exact)), frozen: frozen)
    let (_, loss) = try model.forward()
    let key = try #require(model.keys["q.weight"])
    let gradients = try model.tape.gradients(of: loss, leaves: [key])
    let expected = try #require(fixture.parameters["q.weight"])
    let gradient = try #require(gradients[key])
    #expect(Self.error(try gradient.doubles(), expected.gradient) < 1e-10)
    #expect(frozen.allSatisfy { model.parameters[$0]?.node == nil })
  }

  static func error(_ a: [Double], _ b: [Double]) -> Double {
    guard a.count == b.count else { return .infinity }
    let scale = b.map(abs).max() ?? 1
    return (zip(a, b).map { abs($0 - $1) }.max() ?? 0) / scale
  }
}

private struct Model {
  let fixture: TransformerTests.Fixture
  let tape: Tape
  var keys: [String: LeafKey] = [:]
  var parameters: [String: Variable] = [:]

  init(_ fixture: TransformerTests.Fixture, tape: Tape, frozen: Set<String>) throws {
    self.fixture = fixture
    self.tape = tape
    for (name, parameter) in fixture.parameters {
      let value = Tensor(parameter.value, shape: parameter.shape)
      let key = LeafKey()
      keys[name] = key
      parameters[name] = frozen.contains(name) ? Variable(value) : tape.leaf(value, key: key)
    }
  }

  private func parameter(_ name: String) throws -> Variable { try #require(parameters[name]) }

  func forward() throws -> (logits: Variable, loss: Variable) {
    let table = try parameter("embedding")
    var h = try tape.gatherRows(table, Tensor(fixture.ids, shape: fixture.shape))  // [B, T, D]
    h = try tape.add(h, attention(h))
    h = try tape.add(h, feedForward(h))
    h = try tape.rmsNorm(h, weight: parameter("norm3.weight"), eps: 1e-6)
    let logits = try tape.linear(h, table)  // [B, T, V]
    let labels = Tensor(fixture.labels, shape: fixture.shape)
    return (logits, try tape.crossEntropy(logits, labels: labels))
  }

  private func attention(_ h: Variable) throws -> Variable {
    let x = try tape.layerNorm(
      h, weight: parameter("norm1.weight"), bias: parameter("norm1.bias"), eps: 1e-5)
    func heads(_ name: String, _ count: Int, bias: Variable? = nil) throws -> Variable {
      try tape.rearrange(
        tape.linear(x, parameter(name), bias), "b t (h d) -> b h t d", ["h": count])
    }
    var q = try heads("q.weight", fixture.heads, bias: parameter("q.bias"))
    var k = try heads("k.weight", fixture.keyHeads)
    let v = try heads("v.weight", fixture.keyHeads)
    // Two features a head: one angle a position, the position itself.
    let angles = (0..<fixture.shape[1]).map(Double.init)
    let cosines = Tensor(angles.map { Foundation.cos($0) }, shape: [angles.count, 1])
    let sines = Tensor(angles.map { Foundation.sin($0) }, shape: [angles.count, 1])
    q = try tape.rotary(q, cos: cosines, sin: sines)
    k = try tape.rotary(k, cos: cosines, sin: sines)
    let mask = Tensor(fixture.keyMask, shape: fixture.shape)
    let attended = try tape.attention(q, k, v, keyMask: mask, causal: true)
    return try tape.linear(
      tape.rearrange(attended, "b h t d -> b t (h d)"), parameter("o.weight"))
  }

  private func feedForward(_ h: Variable) throws -> Variable {
    let x = try tape.layerNorm(h, weight: parameter("norm2.weight"), bias: nil, eps: 1e-5)
    let gate = try tape.gelu(tape.linear(x, parameter("gate.weight")), tanh: true)
    let up = try tape.silu(tape.linear(x, parameter("up.weight"), parameter("up.bias")))
    return try tape.linear(
      tape.mul(gate, up), parameter("down.weight"), parameter("down.bias"))
  }
}
