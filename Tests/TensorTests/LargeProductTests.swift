import Testing

@testable import Tensor

/// Products that are large enough to be packed, with blocks and tiles that do not come out even.
@Suite struct LargeProducts {
  /// Rows, columns and depth: several blocks of columns, of rows, of the sum.
  static let shapes = [(130, 1700, 40), (2050, 70, 60), (97, 103, 700), (64, 256, 300)]

  @Test(arguments: shapes)
  func agreeWithTheSameInDouble(_ m: Int, _ n: Int, _ k: Int) throws {
    let a = try random([m, k], "large a"), b = try random([k, n], "large b")
    for engine in engines {
      let (at, bt) = (try engine.contiguous(a.transposed()), try engine.contiguous(b.transposed()))
      let wide = try engine.matmul(engine.cast(a, to: .f64), engine.cast(b, to: .f64))
      let expected = try wide.doubles()
      for transposeA in [false, true] {
        for transposeB in [false, true] {
          let result = try engine.matmul(
            transposeA ? at : a, transposeB ? bt : b, transposeA: transposeA,
            transposeB: transposeB)
          #expect(try relativeError(result, expected, shape: [m, n]) < 3e-5)
        }
      }
      let bias = try random([n], "large bias")
      let sum = try engine.add(engine.matmul(a, bt, transposeB: true), bias)
      #expect(try engine.linear(a, bt, bias).doubles() == sum.doubles())
      let twice = try engine.matmul(a, b)
      try engine.accumulate(a, b, into: twice)
      #expect(try relativeError(twice, expected.map { 2 * $0 }, shape: [m, n]) < 3e-5)
    }
  }

  /// Each element is one sum in a fixed order, in exact math.
  @Test(arguments: shapes)
  func haveTheSameBitsForAnyThreads(_ m: Int, _ n: Int, _ k: Int) throws {
    let a = try random([m, k], "large a"), b = try random([k, n], "large b")
    #expect(try sameBitsForAnyThreads { engine in [try engine.matmul(a, b)] })
  }

  /// Views of a wider matrix: the rows of the operands are apart.
  @Test func ofSlices() throws {
    let engine = Engine(math: .fast)
    let wide = try random([400, 500], "wide")
    let (a, b) = (
      try wide.sliced(axis: 1, range: 100..<350), try wide.sliced(axis: 1, range: 250..<500)
    )
    let expected = try engine.matmul(
      engine.cast(a, to: .f64), engine.cast(b, to: .f64), transposeA: true)
    #expect(
      try relativeError(engine.matmul(a, b, transposeA: true), expected.doubles(), shape: [250, 250])
        < 3e-5)
  }

  /// The loss without whole logits: both ways of making its slope, against whole logits in double.
  @Test func crossEntropyInChunks() throws {
    let x = try random([90, 24], "ce x"), weight = try random([300, 24], "ce w")
    let labels = Tensor((0..<90).map { $0 % 7 == 3 ? -100 : ($0 * 31) % 300 })
    let wide = Engine(math: .exact)
    let reference = try wide.linearCrossEntropy(
      wide.cast(x, to: .f64), wide.cast(weight, to: .f64), nil, labels: labels, ignore: -100,
      wants: (true, true, false), chunkBytes: 1 << 30)
    for engine in engines {
      let found = try engine.linearCrossEntropy(
        x, weight, nil, labels: labels, ignore: -100, wants: (true, true, false),
        chunkBytes: 32 * 300 * 4)
      #expect(try relativeError(found.loss, reference.loss.doubles()) < 1e-6)
      let pairs = [(found.input, reference.input), (found.weight, reference.weight)]
      for case (let gradient?, let expected?) in pairs {
        #expect(try relativeError(gradient, expected.doubles()) < 1e-5)
      }
    }
  }
}
