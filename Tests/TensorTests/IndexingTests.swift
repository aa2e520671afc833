import Testing

@testable import Tensor

@Suite struct Indexing {
  let engine = Engine(math: .exact)

  @Test func rowsAndTheirGradient() throws {
    let table = Tensor([0, 1, 10, 11, 20, 21] as [Float], shape: [3, 2])
    let ids = Tensor([2, 0, 2, -2], shape: [2, 2])
    #expect(try engine.gatherRows(table, ids).floats() == [20, 21, 0, 1, 20, 21, 10, 11])
    let g = Tensor([1, 2, 3, 4, 5, 6, 7, 8] as [Float], shape: [2, 2, 2])
    #expect(try engine.scatterAddRows(g, ids: ids, rows: 3).floats() == [3, 4, 7, 8, 6, 8])
    #expect(throws: TensorError.self) { try engine.gatherRows(table, Tensor([3])) }
    #expect(throws: TensorError.self) { try engine.gatherRows(table, Tensor([1.0] as [Float])) }
  }

  @Test func alongAnAxis() throws {
    let x = Tensor(Array(0..<12), shape: [2, 3, 2])
    #expect(try engine.index(x, axis: 1, Tensor([2, 0])).ints() == [4, 5, 0, 1, 10, 11, 6, 7])
    let f = try engine.cast(x, to: .f64)
    #expect(
      try engine.indexAdd(f, axis: 1, Tensor([1, 1, 0]), size: 2).doubles() == [
        4, 5, 2, 4, 10, 11, 14, 16,
      ])
    let mask = Tensor([true, false, true, false, false, true], shape: [2, 3])
    #expect(try engine.index(x, mask: mask).ints() == [0, 1, 4, 5, 10, 11])
    #expect(try engine.nonzero(mask).ints() == [0, 2, 5])
    let ids = Tensor([1, 0, 2, 2], shape: [2, 1, 2])
    #expect(try engine.takeAlong(x, axis: 1, indices: ids).ints() == [2, 1, 10, 11])
    let g = Tensor([1, 2, 3, 4] as [Double], shape: [2, 1, 2])
    #expect(
      try engine.scatterAddAlong(g, axis: 1, indices: ids, size: 3).doubles() == [
        0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 3, 4,
      ])
  }

  @Test func joinedPaddedAndSliced() throws {
    let a = Tensor([1, 2, 3, 4], shape: [2, 2])
    let b = Tensor([5, 6], shape: [2, 1])
    #expect(try engine.concatenate([a, b], axis: 1).ints() == [1, 2, 5, 3, 4, 6])
    #expect(
      try engine.concatenate([a.transposed(), a], axis: 0).ints() == [1, 3, 2, 4, 1, 2, 3, 4])
    #expect(try engine.stack([a, a], axis: 1).shape == [2, 2, 2])
    #expect(try engine.stack([b, b], axis: -1).ints() == [5, 5, 6, 6])
    #expect(
      try engine.pad(a, [(1, 0), (0, 2)], value: 9).ints() == [9, 9, 9, 9, 1, 2, 9, 9, 3, 4, 9, 9])
    #expect(
      try engine.unslice(b, shape: [2, 3], axis: 1, range: 1..<2).ints() == [0, 5, 0, 0, 6, 0])
    #expect(
      try engine.unslice(a, shape: [2, 4], axis: 1, range: 0..<4, step: -2).ints() == [
        0, 2, 0, 1, 0, 4, 0, 3,
      ])
    #expect(throws: TensorError.self) { try engine.concatenate([a, b], axis: 0) }
    #expect(throws: TensorError.self) { try engine.concatenate([], axis: 0) }
  }

  @Test func sorted() throws {
    let x = Tensor([3, 1, .nan, 2, 1] as [Float])
    let (values, places) = try engine.sort(x)
    #expect(try values.floats().prefix(4) == [1, 1, 2, 3])
    #expect(try places.ints() == [1, 4, 3, 0, 2])
    #expect(try engine.sort(x, descending: true).indices.ints() == [0, 3, 1, 4, 2])
    let y = try random([37, 5], "sort")
    let sorted = try engine.sort(y, axis: 0)
    for column in 0..<5 {
      let expected = try y.selecting(axis: 1, index: column).floats().sorted()
      #expect(try sorted.values.selecting(axis: 1, index: column).floats() == expected)
    }
    #expect(
      try engine.takeAlong(y, axis: 0, indices: sorted.indices).floats() == sorted.values.floats())
    let top = try engine.topK(Tensor([4, 9, 9, -1, 5]), 3)
    #expect(try top.values.ints() == [9, 9, 5])
    #expect(try top.indices.ints() == [1, 2, 4])
    #expect(throws: TensorError.self) { try engine.topK(Tensor([1]), 2) }
  }
}
