import Testing

@testable import Tensor

@Suite struct Reductions {
  static let cases: [([Int], [Int]?)] = [
    ([7], nil), ([5, 300], [1]), ([300, 5], [0]), ([3, 4, 5], [0, 2]), ([3, 4, 5], [1]),
    ([9_011], nil), ([2, 3, 4], [-1, 0]), ([3, 300, 2], [1]), ([4, 0], [1]), ([130, 277], [0]),
    ([], nil),
  ]

  /// The elements that each element of a reduction is made from.
  private func groups(_ x: Tensor, axes: [Int]?) throws -> [[Double]] {
    let reference = try Reference(x)
    let chosen = Set((axes ?? Array(0..<x.rank)).map { $0 < 0 ? $0 + x.rank : $0 })
    let kept = x.shape.indices.filter { !chosen.contains($0) }
    let weights = Tensor.rowMajorStrides(kept.map { x.shape[$0] })
    var groups = [[Double]](repeating: [], count: kept.reduce(1) { $0 * x.shape[$1] })
    for index in Reference.indices(x.shape) {
      let place = zip(kept, weights).reduce(0) { $0 + index[$1.0] * $1.1 }
      groups[place].append(reference.at(index))
    }
    return groups
  }

  private func value(_ op: ReduceOp, _ values: [Double]) -> Double {
    switch op {
    case .sum: return values.reduce(0, +)
    case .mean: return values.reduce(0, +) / Double(values.count)
    case .max: return values.max() ?? .nan
    case .min: return values.min() ?? .nan
    case .prod: return values.reduce(1, *)
    }
  }

  @Test(arguments: engines.indices, floatTypes)
  func againstLoops(_ which: Int, _ dtype: DType) throws {
    for (shape, axes) in Self.cases {
      // Sums of signs cancel and long products vanish in f32: there, values near 1, which are well
      // conditioned.
      let draw = Philox(seed: 1, stream: hash64("reduce"))
      let x =
        dtype == .f64
        ? try draw.normal(shape, dtype: .f64) : try draw.uniform(shape, low: 0.9, high: 1.1)
      let parts = try groups(x, axes: axes)
      for op in ReduceOp.allCases where !(shape.contains(0) && op != .sum) {
        let result = try engines[which].reduce(op, x, axes: axes)
        let expected = parts.map { value(op, $0) }
        #expect(try relativeError(result, expected) < 10 * tolerance(dtype), "\(op) \(shape)")
      }
      let view = try x.permuted(Array((0..<x.rank).reversed()))
      let sums = try groups(view, axes: axes).map { value(.sum, $0) }
      #expect(try relativeError(engines[which].sum(view, axes: axes), sums) < 10 * tolerance(dtype))
    }
  }

  @Test func integersAndBools() throws {
    let engine = Engine()
    let x = Tensor([3, -1, 4, 1, -5, 9], shape: [2, 3])
    #expect(try engine.sum(x, axes: [0], keep: true).ints() == [4, -6, 13])
    #expect(try engine.max(x, axes: [1]).ints() == [4, 9])
    #expect(try engine.prod(x).ints() == [540])
    #expect(try engine.sum(Tensor([true, true, false])).ints() == [2])
    #expect(try engine.cumsum(x, axis: 1).ints() == [3, 2, 6, 1, -4, 5])
    #expect(throws: TensorError.self) { try engine.mean(x) }
    #expect(throws: TensorError.self) { try engine.max(Tensor.zeros([2, 0]), axes: [1]) }
    #expect(throws: TensorError.self) { try engine.sum(x, axes: [2]) }
  }

  @Test func placesAndRunningSums() throws {
    for engine in engines {
      let x = Tensor([1, 5, 5, -2, .nan, 7] as [Float], shape: [2, 3])
      #expect(try engine.argmax(x).ints() == [1, 1])
      #expect(try engine.argmax(x, axis: 0).ints() == [0, 1, 1])
      #expect(try engine.argmin(x, keep: true).shape == [2, 1])
      let y = Tensor([1, 2, 3, 4, 5, 6] as [Double], shape: [2, 3])
      #expect(try engine.cumsum(y, axis: 0).doubles() == [1, 2, 3, 5, 7, 9])
      #expect(try engine.cumsum(y, axis: 1, reverse: true).doubles() == [6, 5, 3, 15, 11, 6])
      #expect(try engine.sumOfSquares(y) == 91)
      #expect(try engine.sum(y, to: [2, 1]).doubles() == [6, 15])
      #expect(try engine.sum(y, to: [3]).doubles() == [5, 7, 9])
      #expect(throws: TensorError.self) { try engine.sum(y, to: [2]) }
    }
  }

  @Test func sameBits() throws {
    let x = try random([301, 517], "bits")
    #expect(
      try sameBitsForAnyThreads { engine in
        [
          try engine.sum(x), try engine.sum(x, axes: [0]), try engine.mean(x, axes: [1]),
          try engine.max(x), try engine.gelu(x), try engine.softmax(x),
          try engine.add(x, Tensor.scalar(1)),
        ]
      })
  }
}
