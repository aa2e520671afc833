import Foundation
import Testing

@testable import Tensor

@Suite struct Elementwise {
  static let shapes: [([Int], [Int])] = [
    ([7, 5], [7, 5]), ([7, 5], [5]), ([7, 1], [1, 5]), ([], [3, 17]), ([2, 3, 4], [3, 1]),
    ([0, 4], [4]), ([33, 129], [33, 1]), ([1], [1000]),
  ]

  @Test(arguments: engines.indices, floatTypes)
  func binaryAgainstLoops(_ which: Int, _ dtype: DType) throws {
    let functions: [(BinaryOp, (Double, Double) -> Double)] = [
      (.add, { $0 + $1 }), (.sub, { $0 - $1 }), (.mul, { $0 * $1 }), (.div, { $0 / $1 }),
      (.maximum, { max($0, $1) }), (.minimum, { min($0, $1) }),
    ]
    for (a, b) in Self.shapes {
      let x = try random(a, "a", dtype: dtype)
      let y = try random(b, "b", dtype: dtype)
      let shape = try Tensor.broadcast(a, b, "t")
      let (u, v) = (try x.expanded(to: shape).doubles(), try y.expanded(to: shape).doubles())
      for (op, f) in functions {
        let result = try engines[which].binary(op, x, y)
        #expect(
          try relativeError(result, zip(u, v).map(f), shape: shape) < tolerance(dtype), "\(op)")
      }
    }
  }

  @Test func stridedOperands() throws {
    for engine in engines {
      let x = try random([9, 14], "strided")
      let y = try random([14, 9], "strided 2")
      let view = try x.transposed().sliced(axis: 0, range: 1..<14, step: 3)
      let other = try y.sliced(axis: 0, range: 0..<14, step: 3).sliced(axis: 0, range: 0..<5)
      let expected = zip(try view.doubles(), try other.doubles()).map { $0 * $1 }
      #expect(try relativeError(engine.mul(view, other), expected, shape: [5, 9]) < 1e-6)
    }
  }

  @Test func powersAndRemainders() throws {
    for engine in engines {
      for dtype in floatTypes {
        let x = try engine.cast(Tensor([2, -2, 9, 2.5, -8, 0, 1.0001, 3] as [Double]), to: dtype)
        let y = try engine.cast(Tensor([10, 3, 0.5, 1.5, 0.5, 0, 100, -2] as [Double]), to: dtype)
        let expected = zip(try x.doubles(), try y.doubles()).map { Foundation.pow($0, $1) }
        #expect(try relativeError(engine.pow(x, y), expected) < tolerance(dtype))
      }
      let a = Tensor([7, -7, 7, -7] as [Float])
      let b = Tensor([3, 3, -3, -3] as [Float])
      #expect(try engine.binary(.floorDivide, a, b).floats() == [2, -3, -3, 2])
      #expect(try engine.binary(.remainder, a, b).floats() == [1, 2, -2, -1])
      let (i, j) = (try engine.cast(a, to: .i64), try engine.cast(b, to: .i64))
      #expect(try engine.binary(.floorDivide, i, j).ints() == [2, -3, -3, 2])
      #expect(try engine.binary(.remainder, i, j).ints() == [1, 2, -2, -1])
      #expect(try engine.pow(i, Tensor([3])).ints() == [343, -343, 343, -343])
      #expect(throws: TensorError.self) { try engine.binary(.remainder, i, Tensor([0])) }
      #expect(throws: TensorError.self) { try engine.div(i, j) }
      #expect(throws: TensorError.self) { try engine.add(a, i) }
      #expect(throws: TensorError.self) { try engine.add(a, Tensor([1, 2] as [Float])) }
    }
  }

  @Test func comparisonsAndSelection() throws {
    let engine = Engine()
    let x = Tensor([1, .nan, 3] as [Float])
    let y = Tensor([2, .nan, 3] as [Float])
    #expect(try engine.compare(.less, x, y).bools() == [true, false, false])
    #expect(try engine.compare(.equal, x, y).bools() == [false, false, true])
    #expect(try engine.compare(.notEqual, x, y).bools() == [true, true, false])
    #expect(
      try engine.compare(.greaterEqual, Tensor([1, 2, 3]), Tensor([2])).bools() == [
        false, true, true,
      ])
    let mask = Tensor([true, false, true])
    #expect(try engine.select(mask, Tensor([1, 2, 3]), Tensor([9])).ints() == [1, 9, 3])
    #expect(try engine.logicalNot(mask).bools() == [false, true, false])
    #expect(
      try engine.logicalAnd(mask, Tensor([true, true, false])).bools() == [true, false, false])
    #expect(
      try engine.logicalOr(mask, Tensor([true, false, false])).bools() == [true, false, true])
    #expect(
      try engine.clip(Tensor([-5, 0.5, 5] as [Float]), low: -1, high: nil).floats() == [-1, 0.5, 5])
    #expect(
      try engine.affine(Tensor([1, 2] as [Double]), scale: 3, shift: -1).doubles() == [2, 5])
  }

  @Test func notANumberSurvives() throws {
    for engine in engines {
      for dtype in floatTypes {
        let x = Tensor.full([40], .nan, dtype: dtype)
        for op in UnaryOp.allCases {
          #expect(try engine.unary(op, x).doubles().allSatisfy(\.isNaN), "\(op)")
        }
        let one = Tensor.full([40], 1, dtype: dtype)
        for op in BinaryOp.allCases where op != .pow {
          #expect(try engine.binary(op, x, one).doubles().allSatisfy(\.isNaN), "\(op)")
          #expect(try engine.binary(op, one, x).doubles().allSatisfy(\.isNaN), "\(op)")
        }
        for op in ReduceOp.allCases {
          #expect(try engine.reduce(op, x).item().isNaN, "\(op)")
        }
        #expect(try engine.clip(x, low: 0, high: 1).doubles().allSatisfy(\.isNaN))
        #expect(try engine.softmax(x).doubles().allSatisfy(\.isNaN))
      }
    }
  }
}

/// The elementary functions against Foundation's in f64.
@Suite struct Accuracy {
  static let functions: [(UnaryOp, ClosedRange<Double>, @Sendable (Double) -> Double)] = [
    (.exp, -80...80, { Foundation.exp($0) }),
    (.log, 1e-30...50, { Foundation.log($0) }),
    (.log, 0.5...2, { Foundation.log($0) }),
    (.tanh, -12...12, { Foundation.tanh($0) }),
    (.tanh, -1e-3...1e-3, { Foundation.tanh($0) }),
    (.sigmoid, -60...60, { 1 / (1 + Foundation.exp(-$0)) }),
    (.erf, -5...5, { Foundation.erf($0) }),
    (.erf, -1e-3...1e-3, { Foundation.erf($0) }),
    (.expm1, -2...2, { Foundation.expm1($0) }),
    (.log1p, -0.5...3, { Foundation.log1p($0) }),
    (.sqrt, 0.001...1e6, { $0.squareRoot() }),
    (.rsqrt, 0.001...1e6, { 1 / $0.squareRoot() }),
    (.softplus, -30...40, { Foundation.log1p(Foundation.exp($0)) }),
  ]
  static let absolute: [(UnaryOp, ClosedRange<Double>, @Sendable (Double) -> Double)] = [
    (.sin, -300...300, { Foundation.sin($0) }),
    (.cos, -300...300, { Foundation.cos($0) }),
    (.gelu, -8...8, { 0.5 * $0 * (1 + Foundation.erf($0 / 2.0.squareRoot())) }),
    (
      .geluTanh, -8...8,
      {
        0.5 * $0
          * (1 + Foundation.tanh((2 / Double.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0)))
      }
    ),
    (.silu, -20...20, { $0 / (1 + Foundation.exp(-$0)) }),
  ]

  /// The points of a range as the type holds them.
  private func points(_ range: ClosedRange<Double>, _ dtype: DType) throws -> Tensor {
    let step = (range.upperBound - range.lowerBound) / 20011
    let x = try Tensor.arange(range.lowerBound, range.upperBound, step: step, dtype: .f64)
    return try Engine().cast(x, to: dtype)
  }

  @Test(arguments: engines.indices, floatTypes)
  func relativeErrors(_ which: Int, _ dtype: DType) throws {
    for (op, range, f) in Self.functions {
      let x = try points(range, dtype)
      let y = try engines[which].unary(op, x).doubles()
      var worst = 0.0
      for (a, b) in zip(y, try x.doubles().map(f)) where a != b {
        worst = max(worst, abs(a - b) / abs(b))
      }
      #expect(worst < (dtype == .f64 ? 2e-15 : 6e-7), "\(op) \(range)")
    }
  }

  @Test(arguments: engines.indices, floatTypes)
  func absoluteErrors(_ which: Int, _ dtype: DType) throws {
    for (op, range, f) in Self.absolute {
      let x = try points(range, dtype)
      let y = try engines[which].unary(op, x).doubles()
      var worst = 0.0
      for (a, b) in zip(y, try x.doubles().map(f)) {
        worst = max(worst, abs(a - b) / max(1, abs(b)))
      }
      #expect(worst < (dtype == .f64 ? 1e-15 : 3e-7), "\(op) \(range)")
    }
  }

  @Test func ends() throws {
    for engine in engines {
      for dtype in floatTypes {
        let x = try engine.cast(
          Tensor([-.infinity, -1e4, 0, 1e4, .infinity] as [Double]), to: dtype)
        #expect(try engine.exp(x).doubles() == [0, 0, 1, .infinity, .infinity])
        #expect(try engine.sigmoid(x).doubles() == [0, 0, 0.5, 1, 1])
        #expect(try engine.tanh(x).doubles() == [-1, -1, 0, 1, 1])
        #expect(try engine.erf(x).doubles() == [-1, -1, 0, 1, 1])
        let log = try engine.log(x).doubles()
        #expect(log[0].isNaN && log[1].isNaN && log[2] == -.infinity && log[4] == .infinity)
        #expect(try engine.gelu(x, tanh: true).doubles()[1...3] == [0, 0, try x.doubles()[3]])
        #expect(
          try engine.unary(.round, engine.cast(Tensor([0.5, 1.5, -2.5] as [Double]), to: dtype))
            .doubles() == [0, 2, -2])
      }
      #expect(try abs(engine.log(Tensor([1e-40] as [Float])).doubles()[0] + 92.1034) < 1e-3)
    }
  }

  /// Gradients of all functions against central differences in f64.
  @Test(arguments: engines.indices)
  func gradients(_ which: Int) throws {
    let engine = engines[which]
    let x = try engine.affine(
      Philox(seed: 3, stream: 5).uniform([64], low: 0.1, high: 2, dtype: .f64))
    let signs = try engine.unary(.sign, random([64], "signs", dtype: .f64))
    for op in UnaryOp.allCases where ![.floor, .ceil, .round, .sign].contains(op) {
      let positive = [.log, .sqrt, .rsqrt, .log1p].contains(op)
      let at = positive ? x : try engine.mul(x, signs)
      let h = 1e-5
      let up = try engine.unary(op, engine.affine(at, shift: h))
      let down = try engine.unary(op, engine.affine(at, shift: -h))
      let slope = try engine.affine(engine.sub(up, down), scale: 1 / (2 * h))
      let saved = op.savesOutput ? try engine.unary(op, at) : at
      let g = try random([64], "g", dtype: .f64)
      let result = try engine.unaryBackward(op, saved: saved, gradient: g)
      #expect(try relativeError(result, engine.mul(slope, g).doubles()) < 1e-7, "\(op)")
    }
  }
}
