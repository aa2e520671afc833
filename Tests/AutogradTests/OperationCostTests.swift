import Tensor
import Testing

@testable import Autograd

/// What `OperationCost` says stays for the backward pass is what stays alive.
@Suite("Operation costs") struct OperationCostTests {
  /// Tells what each operation costs, and which storages it touched.
  private final class Witness: TapeObserver {
    var cost: OperationCost?
    var touched: [ObjectIdentifier: WeakStorage] = [:]

    func didRun(operation: String, inputs: [Variable], output: Variable, tag: Int) {
      cost = OperationCost(operation, inputs: inputs, output: output)
      for variable in inputs + [output] {
        let storage = variable.value.storage
        touched[ObjectIdentifier(storage)] = WeakStorage(storage)
      }
    }
  }

  private struct WeakStorage {
    weak var storage: Storage?
    init(_ storage: Storage) { self.storage = storage }
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let flops: Int
    /// Which inputs are tracked, each [2, 3, 4] or as given.
    let body: @Sendable (Tape, (_ shape: [Int], _ isTracked: Bool) -> Variable) throws -> Variable
    init(
      _ name: String, _ flops: Int,
      _ body: @escaping @Sendable (Tape, ([Int], Bool) -> Variable) throws -> Variable
    ) {
      testDescription = name
      self.flops = flops
      self.body = body
    }
  }

  static let cases: [Case] = [
    Case("add", 24) { try $0.add($1([2, 3, 4], true), $1([4], true)) },
    Case("mul, both", 24) { try $0.mul($1([2, 3, 4], true), $1([2, 3, 4], true)) },
    Case("mul, left", 24) { try $0.mul($1([2, 3, 4], true), $1([2, 3, 4], false)) },
    Case("mul, right", 24) { try $0.mul($1([2, 3, 4], false), $1([2, 3, 4], true)) },
    Case("mul by a number", 24) { try $0.mul($1([2, 3, 4], true), 2.5) },
    Case("div, both", 24) { try $0.div($1([2, 3, 4], true), $1([2, 3, 4], true)) },
    Case("div, left", 24) { try $0.div($1([2, 3, 4], true), $1([2, 3, 4], false)) },
    Case("square by pow", 24) { try $0.pow($1([2, 3, 4], true), 2) },
    Case("matmul, both", 2 * 3 * 4 * 5 * 2) {
      try $0.matmul($1([2, 3, 4], true), $1([4, 5], true))
    },
    Case("matmul, left", 240) { try $0.matmul($1([2, 3, 4], true), $1([4, 5], false)) },
    Case("matmul, right", 240) { try $0.matmul($1([2, 3, 4], false), $1([4, 5], true)) },
    Case("linear, input", 240 + 30) {
      try $0.linear($1([2, 3, 4], true), $1([5, 4], false), $1([5], false))
    },
    Case("linear, weight", 270) {
      try $0.linear($1([2, 3, 4], false), $1([5, 4], true), $1([5], true))
    },
    Case("linear, bias", 270) {
      try $0.linear($1([2, 3, 4], false), $1([5, 4], false), $1([5], true))
    },
    Case("exp", 24) { try $0.exp($1([2, 3, 4], true)) },
    Case("gelu", 24) { try $0.gelu($1([2, 3, 4], true)) },
    Case("relu", 24) { try $0.relu($1([2, 3, 4], true)) },
    Case("tanh", 24) { try $0.tanh($1([2, 3, 4], true)) },
    Case("log", 24) { try $0.log($1([2, 3, 4], true)) },
    Case("clip", 24) { try $0.clip($1([2, 3, 4], true), min: 0, max: 1) },
    Case("sum", 24) { try $0.sum($1([2, 3, 4], true), axes: [1]) },
    Case("mean", 24) { try $0.mean($1([2, 3, 4], true), axes: [1]) },
    Case("norm", 48) { try $0.norm($1([2, 3, 4], true), axes: [2]) },
    Case("variance", 72) { try $0.variance($1([2, 3, 4], true), axes: [2]) },
    Case("softmax", 120) { try $0.softmax($1([2, 3, 4], true)) },
    Case("layerNorm", 192) {
      try $0.layerNorm($1([2, 3, 4], true), weight: $1([4], false), bias: $1([4], false))
    },
    Case("rmsNorm", 120) { try $0.rmsNorm($1([2, 3, 4], true), weight: $1([4], true)) },
    // 2 · 1 · 3 · 5 scores, d = 4.
    Case("attention", 4 * 30 * 4 + 6 * 30) {
      try $0.attention($1([2, 1, 3, 4], true), $1([2, 1, 5, 4], true), $1([2, 1, 5, 4], false))
    },
    Case("crossEntropy", 5 * 12 + 3) {
      try $0.crossEntropy($1([3, 4], true), labels: Tensor([0, 1, 2], shape: [3]))
    },
    Case("dropout", 24) {
      try $0.dropout($1([2, 3, 4], true), rate: 0.5, random: Philox(seed: 1, stream: 2))
    },
    Case("reshape", 0) { try $0.reshape($1([2, 3, 4], true), [6, 4]) },
    Case("concatenate", 0) { try $0.concatenate([$1([2, 3], true), $1([2, 3], true)], axis: 0) },
    Case("meanSquaredError", 72) {
      try $0.meanSquaredError($1([2, 3, 4], true), $1([2, 3, 4], false))
    },
    Case("binaryCrossEntropy", 96) {
      try $0.binaryCrossEntropy(logits: $1([2, 3, 4], true), targets: $1([2, 3, 4], true))
    },
  ]

  @Test(arguments: cases) func whatStaysIsWhatIsSaid(_ example: Case) throws {
    let tape = Tape(engine: Engine(math: .exact))
    let witness = Witness()
    tape.observer = witness
    // Only the node outlives the call, and with it what the operation saved.
    func node() throws -> Node? {
      var number = 0
      return try example.body(tape) { shape, isTracked in
        number += 1
        let count = shape.reduce(1, *)
        let values = (0..<count).map { Double($0 + number) / Double(2 * count) }
        let tensor = Tensor(values, shape: shape)
        return isTracked ? tape.leaf(tensor, key: LeafKey()) : Variable(tensor)
      }.node
    }
    let kept = try #require(try node())
    let cost = try #require(witness.cost)
    let alive = Set(witness.touched.compactMap { $0.value.storage.map { ObjectIdentifier($0) } })
    #expect(alive == Set(cost.saved.map(\.storage)))
    #expect(
      cost.saved.allSatisfy { saved in
        witness.touched[saved.storage]?.storage?.byteCount == saved.byteCount
      })
    #expect(cost.flops == example.flops)
    withExtendedLifetime(kept) {}
  }

  /// Statistics and masks: the rows of [2, 3, 4] are 6, of f64 8 bytes each.
  @Test func whatIsMadeForTheWayBack() throws {
    let tape = Tape(engine: Engine(math: .exact))
    let witness = Witness()
    tape.observer = witness
    let x = tape.leaf(
      Tensor([Double](repeating: 0.5, count: 24), shape: [2, 3, 4]), key: LeafKey())
    _ = try tape.layerNorm(x, weight: nil, bias: nil)
    #expect(witness.cost?.savedBytes == 2 * 6 * 8)
    _ = try tape.rmsNorm(x, weight: nil)
    #expect(witness.cost?.savedBytes == 6 * 8)
    _ = try tape.dropout(x, rate: 0.5, random: Philox(seed: 1, stream: 2))
    #expect(witness.cost?.savedBytes == 24 * 8)
    let q = try tape.reshape(x, [2, 1, 3, 4])
    _ = try tape.attention(q, q, q)
    #expect(witness.cost?.savedBytes == 6 * 8)
    _ = try tape.add(x, x)
    #expect(witness.cost?.savedBytes == 0)
  }

  @Test func theWayBackOfProducts() throws {
    let tape = Tape(engine: Engine(math: .exact))
    let witness = Witness()
    tape.observer = witness
    func tensor(_ shape: [Int]) -> Tensor { .ones(shape, dtype: .f64) }
    let x = tape.leaf(tensor([2, 3, 4]), key: LeafKey())
    let w = tape.leaf(tensor([5, 4]), key: LeafKey())
    let b = tape.leaf(tensor([5]), key: LeafKey())
    _ = try tape.linear(x, w, b)
    #expect(witness.cost?.backwardFlops == 240 + 240 + 30)
    _ = try tape.linear(x, Variable(w.value), Variable(b.value))
    #expect(witness.cost?.backwardFlops == 240)
    _ = try tape.linear(Variable(x.value), w)
    #expect(witness.cost?.backwardFlops == 240)
    _ = try tape.matmul(x, tape.transpose(w))
    #expect(witness.cost?.backwardFlops == 480)
  }
}
