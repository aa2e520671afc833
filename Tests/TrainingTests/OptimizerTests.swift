import Autograd
import Tensor
import Testing
import Training

@Suite struct OptimizerTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let name: String
    let optimizer: any Optimizer
    var groups: [String: GroupOptions] = [:]
    var testDescription: String { name }
  }

  static let cases = [
    Case(name: "adamw", optimizer: AdamW(learningRate: 1e-2)),
    Case(
      name: "adamw-set",
      optimizer: AdamW(
        learningRate: 3e-2, beta1: 0.8, beta2: 0.95, epsilon: 1e-6, weightDecay: 0.1)),
    Case(
      name: "adamw-groups", optimizer: AdamW(learningRate: 1e-2),
      groups: ["b": GroupOptions(multiplier: 5, weightDecay: 0.2)]),
    Case(
      name: "adamw-groups", optimizer: AdamW(learningRate: 1e-2),
      groups: ["b": GroupOptions(learningRate: 5e-2, weightDecay: 0.2)]),
    Case(name: "adam", optimizer: Adam(learningRate: 1e-2)),
    Case(name: "adam-decay", optimizer: Adam(learningRate: 1e-2, weightDecay: 0.1)),
    Case(name: "sgd", optimizer: SGD(learningRate: 0.1)),
    Case(
      name: "sgd-momentum", optimizer: SGD(learningRate: 0.1, momentum: 0.9, weightDecay: 0.05)),
    Case(
      name: "sgd-nesterov",
      optimizer: SGD(learningRate: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.05)),
    Case(name: "lion", optimizer: Lion(learningRate: 1e-2, weightDecay: 0.1)),
  ]

  @Test(arguments: cases, [Math.exact, .fast])
  func tenStepsInDouble(_ test: Case, _ math: Math) throws {
    let fixture = try Fixture.load()
    let expected = try #require(fixture.f64[test.name])
    try check(test, fixture, .f64, math, expected, tolerance: 1e-12)
  }

  @Test(arguments: cases, [Math.exact, .fast])
  func tenStepsInSingle(_ test: Case, _ math: Math) throws {
    let fixture = try Fixture.load()
    let expected = try #require(fixture.f32[test.name])
    try check(test, fixture, .f32, math, expected, tolerance: 1e-6)
  }

  /// Relative to the largest element, as the project's parity is defined.
  private func check(
    _ test: Case, _ fixture: Fixture, _ dtype: DType, _ math: Math, _ expected: [Fixture.Values],
    tolerance: Double
  ) throws {
    let engine = Engine(math: math)
    let names = fixture.shapes.keys.sorted()
    let keys = Dictionary(uniqueKeysWithValues: names.map { ($0, LeafKey()) })
    var state = OptimizerState()
    var slots = try names.map { name in
      let value = try tensor(fixture.start[name], fixture.shapes[name], dtype)
      return ParameterSlot(key: try #require(keys[name]), path: name, value: value, group: name)
    }
    #expect(expected.count == 10)
    for (number, values) in expected.enumerated() {
      var gradients: [LeafKey: Tensor] = [:]
      for slot in slots where !(fixture.skipped[slot.path] ?? []).contains(number) {
        gradients[slot.key] = try tensor(
          fixture.gradients[number][slot.path], fixture.shapes[slot.path], dtype)
      }
      let new = try test.optimizer.step(
        slots, gradients: gradients, state: state, groups: test.groups, engine: engine)
      state = new.state
      slots = slots.map {
        ParameterSlot(
          key: $0.key, path: $0.path, value: new.values[$0.key] ?? $0.value, group: $0.group)
      }
      for slot in slots {
        let want = try #require(values[slot.path])
        let got = try slot.value.doubles()
        let size = want.map(abs).max() ?? 0
        let error = zip(got, want).map { abs($0 - $1) }.max() ?? .infinity
        #expect(error <= tolerance * size, "\(slot.path) after step \(number + 1)")
      }
    }
    #expect(slots.allSatisfy { $0.value.dtype == dtype })
  }

  private func tensor(_ values: [Double]?, _ shape: [Int]?, _ dtype: DType) throws -> Tensor {
    let values = try #require(values)
    if dtype == .f32 { return Tensor(values.map(Float.init), shape: shape) }
    return Tensor(values, shape: shape)
  }

  @Test func countsUpdatesOfEachParameter() throws {
    let (a, b) = (LeafKey(), LeafKey())
    let slots = [a, b].map {
      ParameterSlot(key: $0, path: "p", value: Tensor([1.0, 2.0]))
    }
    let engine = Engine(math: .exact)
    let gradient = Tensor([0.5, -0.5])
    let first = try AdamW().step(
      slots, gradients: [a: gradient], state: OptimizerState(), engine: engine)
    #expect(first.values[b] == nil)
    #expect(first.state.slots[b] == nil)
    let second = try AdamW().step(
      slots, gradients: [a: gradient, b: gradient], state: first.state, engine: engine)
    #expect(second.state.slots[a]?.step == 2)
    #expect(second.state.slots[b]?.step == 1)
    // The old state is a value of its own.
    #expect(first.state.slots[a]?.step == 1)
    #expect(second.state.byteCount == 4 * 2 * 8)
  }

  @Test func brainFloatsAreUpdatedInSingle() throws {
    let engine = Engine(math: .exact)
    let key = LeafKey()
    let value = try engine.cast(Tensor([Float(1), -2]), to: .bf16)
    let gradient = try engine.cast(Tensor([Float(0.5), 0.25]), to: .bf16)
    let new = try SGD(learningRate: 0.5, momentum: 0.9).step(
      [ParameterSlot(key: key, path: "p", value: value)], gradients: [key: gradient],
      state: OptimizerState(), engine: engine)
    #expect(new.values[key]?.dtype == .bf16)
    #expect(try new.values[key]?.doubles() == [0.75, -2.125])
    #expect(new.state.slots[key]?.tensors["momentum_buffer"]?.dtype == .f32)
  }

  @Test func refusesSettingsOutOfRange() {
    let wrong: [any Optimizer] = [
      AdamW(learningRate: -1), AdamW(beta1: 1), Adam(beta2: -0.1), AdamW(weightDecay: .infinity),
      SGD(momentum: -0.5), SGD(nesterov: true), Lion(beta1: 1.5), SGD(learningRate: .nan),
    ]
    for optimizer in wrong {
      #expect(throws: TrainingError.self) { try optimizer.validate() }
    }
  }

  @Test func clipsAsTorch() throws {
    let fixture = try Fixture.load()
    let engine = Engine(math: .exact)
    for test in fixture.clipping {
      let names = fixture.shapes.keys.sorted()
      let keys = names.map { _ in LeafKey() }
      let tensors = try names.map {
        try tensor(fixture.gradients[0][$0], fixture.shapes[$0], .f64)
      }
      let norm = try GradientNorm.global(tensors, engine: engine)
      #expect(abs(norm - test.norm) <= 1e-12 * test.norm)
      let clipped = try GradientNorm.clip(
        Dictionary(uniqueKeysWithValues: zip(keys, tensors)), norm: norm, limit: test.limit,
        engine: engine)
      for (name, key) in zip(names, keys) {
        let got = try #require(try clipped[key]?.doubles())
        let want = try #require(test.gradients[name])
        #expect(zip(got, want).allSatisfy { abs($0 - $1) <= 1e-12 })
      }
    }
  }
}
