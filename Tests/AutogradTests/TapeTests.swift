import Tensor
import Testing

@testable import Autograd

@Suite struct TapeTests {
  let tape = Tape(engine: Engine(math: .exact))

  private func leaf(_ values: [Double], key: LeafKey = LeafKey()) -> Variable {
    tape.leaf(Tensor(values), key: key)
  }

  @Test func sharedSubexpressionsAddUp() throws {
    // y = x², f = Σ (y · y + 3 y) = Σ x⁴ + 3 x², so f' = 4 x³ + 6 x.
    let x = leaf([1, -2, 0.5])
    let y = try tape.mul(x, x)
    let f = try tape.sum(tape.add(tape.mul(y, y), tape.mul(y, 3)))
    let g = try tape.gradients(of: f, wrt: [x, y])
    #expect(try g[0]?.doubles() == [10, -44, 3.5])
    // df/dy = 2 y + 3.
    #expect(try g[1]?.doubles() == [5, 11, 3.5])
  }

  /// Ctrl-C is noticed between the operations of a backward pass, which may take long.
  @Test func aCheckpointEndsThePass() throws {
    struct Stop: Error {}
    let x = leaf([1, 2])
    var y = x
    for _ in 0..<10 { y = try tape.mul(y, 2) }
    var asked = 0
    tape.checkpoint = {
      asked += 1
      if asked == 3 { throw Stop() }
    }
    let sum = try tape.sum(y)
    #expect(throws: Stop.self) { _ = try tape.gradients(of: sum, wrt: [x]) }
    #expect(asked == 3)
    tape.checkpoint = nil
    #expect(try tape.gradients(of: sum, wrt: [x])[0]?.doubles() == [1024, 1024])
  }

  @Test func interiorVariableAndItsOwnInputTogether() throws {
    let x = leaf([3])
    let y = try tape.mul(x, 2)
    let z = try tape.mul(y, y)
    let g = try tape.gradients(of: z, wrt: [z, y, x])
    #expect(try g.map { try $0?.doubles() } == [[1], [12], [24]])
  }

  @Test func traversalStopsAtTheLowestWantedNode() throws {
    let x = leaf([2])
    var ran = false
    let below = try tape.custom("below", [x]) {
      $0[0]
    } backward: { g, _, _, _ in
      ran = true
      return [g]
    }
    let above = try tape.mul(below, below)
    let g = try tape.gradients(of: above, wrt: [below])
    #expect(try g[0]?.doubles() == [4])
    #expect(!ran)
    _ = try tape.gradients(of: above, wrt: [x])
    #expect(ran)
  }

  @Test func branchesThatLeadToNothingWantedAreNotRun() throws {
    let (x, w) = (leaf([2]), leaf([5]))
    var asked: [[Bool]] = []
    var sideRan = false
    let side = try tape.custom("side", [w]) {
      $0[0]
    } backward: { g, _, _, _ in
      sideRan = true
      return [g]
    }
    let product = try tape.custom("product", [x, side]) { values in
      try tape.engine.mul(values[0], values[1])
    } backward: { [engine = tape.engine] g, values, _, wanted in
      asked.append(wanted)
      return [
        wanted[0] ? try engine.mul(g, values[1]) : nil,
        wanted[1] ? try engine.mul(g, values[0]) : nil,
      ]
    }
    #expect(try tape.gradients(of: product, wrt: [x])[0]?.doubles() == [5])
    #expect(asked == [[true, false]])
    #expect(!sideRan)
  }

  @Test func frozenWeightCostsNoGradient() throws {
    let observer = Recorder()
    tape.observer = observer
    let x = tape.leaf(Tensor([1.0, 2], shape: [1, 2]), key: LeafKey())
    let weight = tape.constant(Tensor([3.0, 4, 5, 6], shape: [2, 2]))
    let y = try tape.sum(tape.linear(x, weight))
    #expect(try tape.gradients(of: y, wrt: [x])[0]?.doubles() == [8, 10])
    let linear = observer.backward.first { $0.0 == "linear" }
    #expect(linear?.1 == [true, false])
  }

  @Test func leavesOfOneKeyAreSummed() throws {
    let (shared, other, absent) = (LeafKey(), LeafKey(), LeafKey())
    let (a, b, c) = (leaf([2], key: shared), leaf([2], key: shared), leaf([7], key: other))
    let f = try tape.add(tape.mul(a, 3), tape.mul(tape.mul(b, b), c))
    let g = try tape.gradients(of: f, leaves: [shared, other, absent])
    #expect(Set(g.keys) == [shared, other])
    #expect(try g[shared]?.doubles() == [3 + 28])
    #expect(try g[other]?.doubles() == [4])
    #expect(Set(try tape.gradients(of: f, leaves: [other]).keys) == [other])
  }

  @Test func keysHaveTheIdentityOfTheirObject() {
    final class Parameter {}
    let (a, b) = (Parameter(), Parameter())
    #expect(LeafKey(a) == LeafKey(a))
    #expect(LeafKey(a) != LeafKey(b))
    #expect(LeafKey() != LeafKey())
  }

  @Test func seedWeighsTheResult() throws {
    let x = leaf([1, 2])
    let y = try tape.mul(x, x)
    let g = try tape.gradients(of: y, wrt: [x], seed: Tensor([10.0, 100]))
    #expect(try g[0]?.doubles() == [20, 400])
  }

  @Test func lossThatIsNoScalarNeedsASeed() throws {
    let y = try tape.mul(leaf([1, 2]), 2)
    let error = #expect(throws: TensorError.self) { try tape.gradients(of: y, wrt: [y]) }
    #expect(error?.message.contains("[2]") == true)
    #expect(error?.message.contains("sum or mean") == true)
    #expect(throws: TensorError.self) {
      try tape.gradients(of: y, wrt: [y], seed: Tensor([1.0, 2, 3]))
    }
    #expect(throws: TensorError.self) {
      try tape.gradients(of: y, wrt: [y], seed: Tensor([Float(1), 2]))
    }
  }

  @Test func whatTheLossDoesNotDependOnHasNoGradient() throws {
    let (x, unused) = (leaf([1]), leaf([1]))
    let constant = tape.constant(Tensor([4.0]))
    let y = try tape.mul(x, constant)
    let g = try tape.gradients(of: y, wrt: [unused, constant, x, tape.stopGradient(y)])
    #expect(try g.map { try $0?.doubles() } == [nil, nil, [4], nil])
    #expect(try tape.gradients(of: constant, wrt: [x]).map { $0 == nil } == [true])
  }

  @Test func nothingIsRecordedWhenRecordingIsOff() throws {
    let x = leaf([1, 2])
    tape.recording = false
    #expect(leaf([1]).node == nil)
    #expect(try tape.mul(x, x).node == nil)
    #expect(try tape.layerNorm(x, weight: nil, bias: nil).node == nil)
    tape.recording = true
    #expect(try tape.mul(x, x).node != nil)
    let unrecorded = try tape.withoutRecording { try tape.exp(x) }
    #expect(unrecorded.node == nil)
    #expect(tape.recording)
    let constant = tape.constant(Tensor([1.0]))
    #expect(try tape.add(constant, constant).node == nil)
    #expect(tape.leaf(Tensor([1, 2]), key: LeafKey()).node == nil)
  }

  @Test func nodesKnowTheirPlace() throws {
    tape.tag = 17
    let x = leaf([1])
    tape.tag = 42
    let y = try tape.add(x, tape.constant(Tensor([2.0])))
    let node = try #require(y.node)
    #expect(node.tag == 42)
    #expect(x.node?.tag == 17)
    #expect(node.operation == "add")
    #expect(node.id > (x.node?.id ?? .max))
    #expect(node.inputs.count == 2)
    #expect(node.inputs[0] === x.node)
    #expect(node.inputs[1] == nil)
    #expect(x.node?.isLeaf == true)
  }
}

final class Recorder: TapeObserver {
  var forward: [(String, Bool)] = []
  var backward: [(String, [Bool])] = []

  func didRun(operation: String, inputs: [Variable], output: Variable, tag: Int) {
    forward.append((operation, output.isTracked))
  }

  func didRunBackward(node: Node, gradient: Tensor, inputGradients: [Tensor?]) {
    backward.append((node.operation, inputGradients.map { $0 != nil }))
  }
}

extension TapeTests {
  @Test func observerIsToldOfEachOperation() throws {
    let observer = Recorder()
    tape.observer = observer
    let x = leaf([1, 2])
    let y = try tape.sum(tape.mul(tape.stopGradient(x), tape.exp(x)))
    #expect(observer.forward.map(\.0) == ["stopGradient", "exp", "mul", "sum"])
    #expect(observer.forward.map(\.1) == [false, true, true, true])
    _ = try tape.gradients(of: y, wrt: [x])
    #expect(observer.backward.map(\.0) == ["sum", "mul", "exp"])
    #expect(observer.backward.map(\.1) == [[true], [false, true], [true]])
  }

  @Test func releaseFreesWhatWasSaved() throws {
    final class Witness {}
    let x = leaf([1, 2])
    weak var seen: Witness?
    var y: Variable
    do {
      let witness = Witness()
      seen = witness
      y = try tape.custom("witness", [x]) {
        $0[0]
      } backward: { g, _, _, _ in
        withExtendedLifetime(witness) { [g] }
      }
    }
    let f = try tape.sum(y)
    _ = try tape.gradients(of: f, wrt: [x])
    #expect(seen != nil)
    #expect(try tape.gradients(of: f, wrt: [x], release: true)[0]?.doubles() == [1, 1])
    #expect(seen == nil)
    #expect(f.node?.isReleased == true)
    #expect(x.node?.isReleased == false)
    let error = #expect(throws: TensorError.self) { try tape.gradients(of: f, wrt: [x]) }
    #expect(error?.message.contains("released") == true)
    // A graph built on a released one is no better, but its own part works.
    let z = try tape.sum(tape.mul(y, y))
    #expect(try tape.gradients(of: z, wrt: [y])[0]?.doubles() == [2, 4])
    #expect(throws: TensorError.self) { try tape.gradients(of: z, wrt: [x]) }
  }

  @Test func longChainsAreFreedWithoutRecursion() throws {
    let x = leaf([1])
    for release in [false, true] {
      var y = x
      for _ in 0..<100_000 { y = tape.reverseGradient(y, scale: -1) }
      #expect(try tape.gradients(of: y, wrt: [x], release: release)[0]?.doubles() == [1])
    }
  }

  @Test func reversedGradient() throws {
    let x = leaf([3])
    let y = try tape.mul(tape.reverseGradient(x, scale: 0.5), 4)
    #expect(try y.value.doubles() == [12])
    #expect(try tape.gradients(of: y, wrt: [x])[0]?.doubles() == [-2])
  }

  @Test func gradientsHaveTheTypeOfTheirVariable() throws {
    for dtype in [DType.f32, .bf16, .f64] {
      let x = tape.leaf(try tape.engine.cast(Tensor([1.0, -2, 0.5]), to: dtype), key: LeafKey())
      let y = try tape.sum(tape.cast(tape.square(x), to: .f32))
      let g = try #require(try tape.gradients(of: y, wrt: [x])[0])
      #expect(g.dtype == dtype)
      #expect(try g.doubles() == [2, -4, 1])
    }
    #expect(try tape.cast(leaf([1.5]), to: .i64).node == nil)
  }

  @Test func aCustomBackwardIsChecked() throws {
    let x = leaf([1, 2])
    let few = try tape.custom("few", [x]) {
      $0[0]
    } backward: { _, _, _, _ in
      []
    }
    let count = #expect(throws: TensorError.self) {
      try tape.gradients(of: tape.sum(few), wrt: [x])
    }
    #expect(count?.operation == "few")
    let flat = try tape.custom("flat", [x]) {
      $0[0]
    } backward: { _, _, _, _ in
      [Tensor([1.0])]
    }
    let shape = #expect(throws: TensorError.self) {
      try tape.gradients(of: tape.sum(flat), wrt: [x])
    }
    #expect(shape?.message.contains("[1]") == true)
    #expect(shape?.message.contains("[2]") == true)
  }

  @Test func runsAreDeterministic() throws {
    // Many uses of one variable in f32, whose sum depends on the order.
    func run() throws -> [Float] {
      let tape = Tape(engine: Engine(math: .exact))
      let x = tape.leaf(Tensor([Float(0.1), 0.7, 1.3]), key: LeafKey())
      var total = try tape.mul(x, 1.1)
      for power in 2..<40 { total = try tape.add(total, tape.pow(x, Double(power) / 7)) }
      return try tape.gradients(of: tape.sum(total), wrt: [x])[0]?.floats() ?? []
    }
    let first = try run()
    #expect(first.count == 3)
    for _ in 0..<5 { #expect(try run() == first) }
  }
}
