import Testing

@testable import Tensor

@Suite struct Views {
  @Test func valuesGoInAndOut() throws {
    let x = Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])
    #expect(try x.floats() == [1, 2, 3, 4, 5, 6])
    #expect(try Tensor([1, -2] as [Int]).ints() == [1, -2])
    #expect(try Tensor([true, false]).bools() == [true, false])
    #expect(try Tensor.scalar(2.5).item() == 2.5)
    #expect(try Tensor.full([2], 7, dtype: .i32).ints() == [7, 7])
    #expect(try Tensor.arange(1, 2, step: 0.25, dtype: .f64).doubles() == [1, 1.25, 1.5, 1.75])
    #expect(try Tensor.arange(5, 0, step: -2, dtype: .i64).ints() == [5, 3, 1])
    #expect(throws: TensorError.self) { try x.item() }
  }

  /// What the system has no room for is an error of whoever wants the elements, and takes nothing.
  @Test func moreThanTheSystemHas() throws {
    let size = 1 << 48
    let huge = Tensor(uninitialized: [size], dtype: .f32)
    #expect(huge.hasValues && huge.storage.isRefused)
    #expect {
      try Engine().exp(huge)
    } throws: { error in
      guard let error = error as? OutOfMemory else { return false }
      return error.shape == [size] && error.byteCount == 4 * size && error.available != nil
    }
    #expect(throws: OutOfMemory.self) { try huge.floats() }
    #expect(Storage.bytesInUse < size)
  }

  @Test func permutedSlicedAndReshaped() throws {
    let x = Tensor(Array(0..<24), shape: [2, 3, 4])
    let t = try x.permuted([2, 0, 1])
    #expect(t.shape == [4, 2, 3])
    #expect(
      try t.ints() == [
        0, 4, 8, 12, 16, 20, 1, 5, 9, 13, 17, 21, 2, 6, 10, 14, 18, 22, 3, 7, 11, 15, 19, 23,
      ])
    #expect(
      try x.sliced(axis: 2, range: 0..<4, step: -1).selecting(axis: 0, index: -1).ints()
        == [15, 14, 13, 12, 19, 18, 17, 16, 23, 22, 21, 20])
    #expect(
      try x.sliced(axis: 1, range: 0..<3, step: 2).reshaped([4, 4]).ints()
        == [0, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 15, 20, 21, 22, 23])
    #expect(try t.reshaped([-1, 3]).ints() == t.ints())
    let heads = try x.transposed(0, 1).reshaped([3, 2, 2, 2])
    #expect(heads.storage === x.storage)
    #expect(try heads.ints() == x.transposed(0, 1).ints())
    #expect(throws: TensorError.self) { try x.reshaped([5, 5]) }
    #expect(throws: TensorError.self) { try x.permuted([0, 0, 1]) }
    #expect(throws: TensorError.self) { try x.sliced(axis: 3, range: 0..<1) }
  }

  @Test func wideTransposesCopyRight() throws {
    let x = Tensor(Array(0..<(70 * 45 * 3)), shape: [3, 70, 45])
    let y = try x.transposed().ints()
    for (place, index) in Reference.indices([3, 45, 70]).enumerated() {
      #expect(y[place] == index[0] * 3150 + index[2] * 45 + index[1])
    }
  }

  @Test func broadcastingRules() throws {
    #expect(try Tensor.broadcast([3, 1], [1, 4], "t") == [3, 4])
    #expect(try Tensor.broadcast([], [2], "t") == [2])
    #expect(try Tensor.broadcast([0, 1], [1, 5], "t") == [0, 5])
    #expect(throws: TensorError.self) { try Tensor.broadcast([3], [4], "t") }
  }

  /// What is computed of shapes is a shape, and has no values to read.
  @Test func shapeOnlyTensorsGiveShapes() throws {
    let x = Tensor.shapeOnly([2, 1])
    #expect(!x.hasValues)
    let sum = try Engine().add(x, Tensor.shapeOnly([3]))
    #expect(sum.shape == [2, 3] && !sum.hasValues)
    #expect(throws: TensorError.self) { try Engine().add(x, Tensor.shapeOnly([3, 3])) }
  }

  @Test func conversions() throws {
    let engine = Engine()
    let x = Tensor([1.00390625, -2.5, .infinity, .nan, 3.3895314e38] as [Float])
    let b = try engine.cast(x, to: .bf16).floats()
    #expect(b[0] == 1.0 && b[1] == -2.5 && b[2] == .infinity && b[3].isNaN && b[4] == 3.3895314e38)
    #expect(try engine.cast(Tensor([1.01171875] as [Float]), to: .bf16).floats() == [1.015625])
    #expect(try engine.cast(Tensor([-1.7, 2.9] as [Double]), to: .i32).ints() == [-1, 2])
    // 1, -2, the largest, the smallest normal and denormal, infinity
    let halves: [UInt16] = [0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x7c00]
    let decoded = try halves.withUnsafeBytes { try engine.decodeHalf($0, shape: [6]).floats() }
    #expect(decoded == [1, -2, 65504, 6.103515625e-05, 5.9604644775390625e-08, .infinity])
  }

  @Test func storageIsCountedAndKept() throws {
    final class Owner {
      let bytes: UnsafeMutableRawPointer = .allocate(byteCount: 16, alignment: 8)
      deinit { bytes.deallocate() }
    }
    let owner = Owner()
    owner.bytes.storeBytes(of: 42, as: Int.self)
    weak let watched = owner
    let x = Tensor(
      storage: Storage(external: owner.bytes, byteCount: 16, owner: owner), shape: [1], dtype: .i64)
    #expect(try x.ints() == [42])
    #expect(watched != nil)
    let block = Storage(byteCount: 50_000_000)
    #expect(Storage.bytesInUse >= 50_000_000)
    #expect(Storage.peakBytes >= 50_000_000)
    #expect(Int(bitPattern: block.base) % 64 == 0)
  }
}
