import Testing
import Training

@Suite struct BatchOrderTests {
  @Test func everyEpochSeesEveryExampleOnce() throws {
    var order = try BatchOrder(seed: 5, exampleCount: 23, batchSize: 4, accumulate: 4)
    // Six micro-batches an epoch: one step of four and one of two.
    #expect(order.microBatchesPerEpoch == 6)
    #expect(order.stepsPerEpoch == 2)
    for epoch in 0..<3 {
      let first = order.microBatches(ofStep: 2 * epoch)
      let second = order.microBatches(ofStep: 2 * epoch + 1)
      #expect(first.map(\.count) == [4, 4, 4, 4])
      #expect(second.map(\.count) == [4, 3])
      #expect((first + second).flatMap { $0 }.sorted() == Array(0..<23))
      #expect(order.epoch(ofStep: 2 * epoch + 1) == epoch)
    }
  }

  @Test func dependsOnSeedAndEpochAlone() throws {
    var forward = try BatchOrder(seed: 5, exampleCount: 50, batchSize: 8)
    var backward = try BatchOrder(seed: 5, exampleCount: 50, batchSize: 8)
    let steps = 0..<21
    let there = steps.map { forward.microBatches(ofStep: $0) }
    let back = steps.reversed().map { backward.microBatches(ofStep: $0) }
    #expect(there == Array(back.reversed()))
    #expect(forward.order(ofEpoch: 0) != forward.order(ofEpoch: 1))
    let other = try BatchOrder(seed: 6, exampleCount: 50, batchSize: 8)
    #expect(other.order(ofEpoch: 0) != forward.order(ofEpoch: 0))
    // The batch size cuts the order, it does not change it.
    let wide = try BatchOrder(seed: 5, exampleCount: 50, batchSize: 50)
    #expect(wide.order(ofEpoch: 1) == forward.order(ofEpoch: 1))
  }

  @Test func mayKeepTheOrder() throws {
    var order = try BatchOrder(seed: 5, exampleCount: 5, batchSize: 2, shuffle: false)
    #expect(
      (0..<4).map { order.microBatches(ofStep: $0) } == [[[0, 1]], [[2, 3]], [[4]], [[0, 1]]])
  }
}
