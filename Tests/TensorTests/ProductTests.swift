import Testing

@testable import Tensor

@Suite struct Products {
  private func naive(_ a: Reference, _ b: Reference) -> [Double] {
    let (m, k, n) = (a.shape[0], a.shape[1], b.shape[1])
    var result = [Double](repeating: 0, count: m * n)
    for i in 0..<m {
      for j in 0..<n {
        for p in 0..<k { result[i * n + j] += a.values[i * k + p] * b.values[p * n + j] }
      }
    }
    return result
  }

  @Test(arguments: engines.indices, floatTypes)
  func matrices(_ which: Int, _ dtype: DType) throws {
    let engine = engines[which]
    for (m, n, k) in [
      (1, 1, 1), (1, 33, 20), (7, 5, 300), (13, 50, 17), (64, 64, 64), (3, 1, 9), (0, 4, 3),
      (4, 3, 0), (70, 19, 521),
    ] {
      let a = try random([m, k], "ma", dtype: dtype)
      let b = try random([k, n], "mb", dtype: dtype)
      let expected = naive(try Reference(a), try Reference(b))
      let (at, bt) = (try engine.contiguous(a.transposed()), try engine.contiguous(b.transposed()))
      let limit = 10 * tolerance(dtype)
      #expect(try relativeError(engine.matmul(a, b), expected, shape: [m, n]) < limit)
      #expect(
        try relativeError(engine.matmul(at, b, transposeA: true), expected, shape: [m, n]) < limit)
      #expect(
        try relativeError(engine.matmul(a, bt, transposeB: true), expected, shape: [m, n]) < limit)
      #expect(
        try relativeError(
          engine.matmul(at, bt, transposeA: true, transposeB: true), expected, shape: [m, n])
          < limit)
      #expect(
        try relativeError(engine.matmul(at.transposed(), bt.transposed()), expected, shape: [m, n])
          < limit)
    }
  }

  /// The bias is added as by an addition of its own, however the product is split.
  @Test func linearAddsTheBias() throws {
    for engine in engines {
      for (rows, inputs, outputs) in [(1, 5, 7), (300, 70, 9), (9, 70, 300), (4, 0, 3), (0, 2, 2)] {
        for dtype in [DType.f32, .f64] {
          let x = try random([rows, inputs], "lx", dtype: dtype)
          let w = try random([outputs, inputs], "lw", dtype: dtype)
          let b = try random([outputs], "lb", dtype: dtype)
          let expected = try engine.add(engine.matmul(x, w, transposeB: true), b)
          #expect(try engine.linear(x, w, b).doubles() == expected.doubles())
        }
      }
      #expect(throws: TensorError.self) {
        try engine.linear(Tensor.ones([2, 3]), Tensor.ones([4, 3]), Tensor.ones([3]))
      }
    }
  }

  @Test func sumsOfProductsInPlace() throws {
    for engine in engines {
      let (a, b) = (try random([40, 6], "aa", dtype: .f64), try random([40, 5], "ab", dtype: .f64))
      let sum = Tensor.zeros([6, 5], dtype: .f64)
      for range in [0..<16, 16..<40] {
        try engine.accumulate(
          a.sliced(axis: 0, range: range), b.sliced(axis: 0, range: range), transposeA: true,
          into: sum)
      }
      let expected = try engine.matmul(a, b, transposeA: true)
      #expect(try relativeError(sum, expected.doubles(), shape: [6, 5]) < 1e-14)
      #expect(throws: TensorError.self) {
        try engine.accumulate(a, b, transposeA: true, into: Tensor.zeros([5, 6], dtype: .f64))
      }
    }
  }

  @Test func theMachineHasLimits() {
    let limits = Engine.machineLimits()
    #expect(limits.operations > 1e8 && limits.operations < 1e14)
    #expect(limits.bytes > 1e7 && limits.bytes < 1e13)
  }

  @Test func batches() throws {
    for engine in engines {
      let a = try random([2, 1, 5, 7], "ba", dtype: .f64)
      let b = try random([3, 7, 4], "bb", dtype: .f64)
      let c = try engine.matmul(a, b)
      #expect(c.shape == [2, 3, 5, 4])
      for (i, j) in [(0, 0), (1, 2), (0, 1)] {
        let x = try Reference(a.selecting(axis: 0, index: i).squeezed(0))
        let y = try Reference(b.selecting(axis: 0, index: j))
        let part = try c.selecting(axis: 0, index: i).selecting(axis: 0, index: j)
        #expect(try relativeError(part, naive(x, y)) < 1e-13)
      }
      // heads as views: [B, T, H, D] seen as [B, H, T, D]
      let q = try random([2, 6, 3, 4], "q", dtype: .f64).permuted([0, 2, 1, 3])
      let dense = try engine.contiguous(q)
      #expect(
        try relativeError(
          engine.matmul(q, q, transposeB: true),
          engine.matmul(dense, dense, transposeB: true).doubles()) < 1e-14)
      let rows = try random([2, 3, 5], "rows", dtype: .f64)
      let w = try random([5, 4], "w", dtype: .f64)
      #expect(try engine.matmul(rows, w).shape == [2, 3, 4])
      #expect(
        try relativeError(
          engine.matmul(rows, w), naive(Reference([6, 5], rows.doubles()), Reference(w))) < 1e-13)
    }
  }

  @Test func vectorsAndErrors() throws {
    for engine in engines {
      let v = Tensor([1, 2, 3] as [Double])
      let m = Tensor([1, 0, 2, 0, 1, 1] as [Double], shape: [2, 3])
      #expect(try engine.matmul(m, v).doubles() == [7, 5])
      #expect(try engine.matmul(v, v).item() == 14)
      #expect(try engine.matmul(v, m, transposeB: true).doubles() == [7, 5])
      #expect(try engine.matmul(Tensor([1, 2] as [Double]), m).doubles() == [1, 2, 4])
      #expect(throws: TensorError.self) { try engine.matmul(m, m) }
      #expect(throws: TensorError.self) { try engine.matmul(Tensor([1, 2]), Tensor([1, 2])) }
    }
  }

  @Test func sameBits() throws {
    let a = try random([67, 530], "xa")
    let b = try random([530, 45], "xb")
    let batch = try random([5, 9, 11], "xc")
    #expect(
      try sameBitsForAnyThreads { engine in
        [
          try engine.matmul(a, b), try engine.matmul(batch, batch, transposeB: true),
          try engine.matmul(b, a, transposeA: true, transposeB: true),
        ]
      })
    // The order is k = 0, 1, ...: a plain loop gives the same bits.
    let (x, y) = (try a.floats(), try b.floats())
    let c = try Engine(math: .exact).matmul(a, b).floats()
    for (i, j) in [(0, 0), (66, 44), (31, 17)] {
      var sum: Float = 0
      for k in 0..<530 { sum += x[i * 530 + k] * y[k * 45 + j] }
      #expect(c[i * 45 + j] == sum)
    }
  }

  @Test func decompositions() throws {
    for engine in engines {
      for (m, n) in [(5, 5), (9, 4), (4, 9), (40, 23), (1, 3)] {
        let x = try random([m, n], "svd", dtype: .f64)
        let k = min(m, n)
        let (u, s, v) = try engine.svd(x)
        #expect(u.shape == [m, k] && s.shape == [k] && v.shape == [n, k])
        let back = try engine.matmul(engine.mul(u, s), v, transposeB: true)
        #expect(try relativeError(back, x.doubles()) < 1e-13)
        let identity = Reference.indices([k, k]).map { $0[0] == $0[1] ? 1.0 : 0 }
        #expect(
          try relativeError(engine.matmul(u, u, transposeA: true), identity) < 1e-13,
          "\(engine.math) \(m) \(n)")
        #expect(
          try relativeError(engine.matmul(v, v, transposeA: true), identity) < 1e-13,
          "\(engine.math) \(m) \(n)")
        #expect(try s.doubles() == s.doubles().sorted(by: >))
        let (q, r) = try engine.qr(x)
        #expect(q.shape == [m, k] && r.shape == [k, n])
        #expect(try relativeError(engine.matmul(q, r), x.doubles()) < 1e-13)
        #expect(
          try relativeError(engine.matmul(q, q, transposeA: true), identity) < 1e-13,
          "\(engine.math) \(m) \(n)")
      }
    }
    // torch.linalg.svdvals and qr of [[1, 2], [3, 4], [5, 6]]
    let x = Tensor([1, 2, 3, 4, 5, 6] as [Double], shape: [3, 2])
    #expect(try relativeError(Engine().svd(x).s, [9.525518091565107, 0.5143005806586441]) < 1e-14)
    #expect(
      try relativeError(
        Engine().qr(x).r, [-5.916079783099615, -7.437357441610946, 0, 0.828078671210825]) < 1e-14)
  }
}
