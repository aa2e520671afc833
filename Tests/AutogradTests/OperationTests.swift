import Tensor
import Testing

@testable import Autograd

/// What gradient checks cannot see: values of composed operations, ties, zeros, errors.
@Suite struct OperationTests {
  let tape = Tape(engine: Engine(math: .exact))

  private func gradient(
    _ values: [Double], shape: [Int]? = nil, _ body: (Variable) throws -> Variable
  ) throws -> [Double] {
    let x = tape.leaf(Tensor(values, shape: shape), key: LeafKey())
    let y = try body(x)
    return try tape.gradients(of: tape.sum(y), wrt: [x])[0]?.doubles() ?? []
  }

  private func message(_ body: () throws -> some Any) -> String {
    do {
      _ = try body()
      return ""
    } catch { return "\(error)" }
  }

  @Test func tiesShareTheGradient() throws {
    #expect(try gradient([2, 5, 5, 1]) { try tape.max($0) } == [0, 0.5, 0.5, 0])
    #expect(try gradient([2, 1, 1, 1]) { try tape.min($0) } == [0, 1 / 3.0, 1 / 3.0, 1 / 3.0])
    let other = tape.constant(Tensor([2.0, 0, 9]))
    #expect(try gradient([2, 5, 5]) { try tape.maximum($0, other) } == [0.5, 1, 0])
    #expect(try gradient([2, 5, 5]) { try tape.minimum($0, other) } == [0.5, 0, 1])
    // The first of equal ones.
    #expect(try gradient([3, 7, 7, 1]) { try tape.topK($0, 1).values } == [0, 1, 0, 0])
  }

  @Test func gradientsAtTheCornersAreFinite() throws {
    #expect(try gradient([0, 0]) { try tape.norm($0) } == [0, 0])
    #expect(try gradient([2, 2]) { try tape.standardDeviation($0) } == [0, 0])
    #expect(try gradient([-1, 0, 2]) { try tape.relu($0) } == [0, 0, 1])
    #expect(try gradient([-1, 0, 2]) { try tape.abs($0) } == [-1, 0, 1])
    #expect(try gradient([0, 1, 2]) { try tape.clip($0, min: 0, max: 1) } == [1, 1, 0])
    #expect(try gradient([0, 2]) { try tape.pow($0, 2) } == [0, 4])
    #expect(try gradient([0, 2]) { try tape.pow($0, 0) } == [0, 0])
    let exponent = tape.leaf(Tensor([2.0, 0]), key: LeafKey())
    let base = tape.leaf(Tensor([0.0, 0]), key: LeafKey())
    let power = try tape.sum(tape.pow(base, exponent))
    let g = try tape.gradients(of: power, wrt: [base, exponent])
    #expect(try g.map { try $0?.doubles() } == [[0, 0], [0, 0]])
  }

  @Test func logSumExpOfNothing() throws {
    let x = tape.constant(Tensor([-Double.infinity, -.infinity, 3, -.infinity], shape: [2, 2]))
    #expect(try tape.logSumExp(x, axes: [1]).value.doubles() == [-.infinity, 3])
  }

  @Test func divergenceWithZeroProbability() throws {
    let p = tape.constant(Tensor([0, -Double.infinity]))
    let q = tape.leaf(Tensor([-0.5, -1.0]), key: LeafKey())
    let divergence = try tape.klDivergence(logP: p, logQ: q)
    #expect(try divergence.value.item() == 0.5)
    #expect(try tape.gradients(of: divergence, wrt: [q])[0]?.doubles() == [-1, 0])
  }

  @Test func crossEntropyCountsOnlyItsRows() throws {
    // Uniform logits: ln 4 whatever the labels.
    let logits = tape.constant(Tensor([Double](repeating: 0.5, count: 12), shape: [3, 4]))
    let loss = try tape.crossEntropy(logits, labels: Tensor([1, -100, 3]))
    #expect(abs(try loss.value.item() - 1.3862943611198906) < 1e-14)
    let none = try tape.crossEntropy(logits, labels: Tensor([-100, -100, -100]))
    #expect(try none.value.item() == 0)
    let bad = message { try tape.crossEntropy(logits, labels: Tensor([1, 4, 3])) }
    #expect(bad.contains("4"))
  }

  @Test func dropoutKeepsItsScaleAndItsStream() throws {
    let x = tape.constant(Tensor([Double](repeating: 1, count: 4000)))
    let random = Philox(seed: 1, stream: 2)
    let y = try tape.dropout(x, rate: 0.25, random: random).value.doubles()
    #expect(Set(y) == [0, 1 / 0.75])
    // Five standard deviations of a binomial mean.
    let mean = y.reduce(0, +) / 4000
    let deviation = (0.25 / 0.75 / 4000).squareRoot()
    #expect(abs(mean - 1) < 5 * deviation)
    #expect(try tape.dropout(x, rate: 0.25, random: random).value.doubles() == y)
    let other = Philox(seed: 1, stream: 3)
    #expect(try tape.dropout(x, rate: 0.25, random: other).value.doubles() != y)
    #expect(message { try tape.dropout(x, rate: 1, random: random) }.contains("below 1"))
  }

  @Test func rearrangeOrdersAndGroups() throws {
    let x = tape.constant(Tensor((0..<12).map(Double.init), shape: [2, 6]))
    let heads = try tape.rearrange(x, "t (h d) -> h t d", ["h": 3])
    #expect(heads.shape == [3, 2, 2])
    #expect(try heads.value.doubles() == [0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11])
    let back = try tape.rearrange(heads, "h t d -> t (h d)")
    #expect(try back.value.doubles() == x.value.doubles())
    let last = try tape.rearrange(x, "t (d h) -> t h d", ["h": 3])
    #expect(try last.value.doubles() == [0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11])
    let twice = try tape.rearrange(
      tape.constant(Tensor([1.0, 2])), "a -> (a n) 1", ["n": 2])
    #expect(twice.shape == [4, 1])
    #expect(try twice.value.doubles() == [1, 1, 2, 2])
  }

  @Test func rearrangeSaysWhatIsWrong() throws {
    let x = tape.constant(Tensor((0..<12).map(Double.init), shape: [2, 6]))
    #expect(message { try tape.rearrange(x, "a b") }.contains("axes -> axes"))
    #expect(message { try tape.rearrange(x, "a b c -> a b c") }.contains("3 axes"))
    #expect(message { try tape.rearrange(x, "a b -> a") }.contains("'b' is missing"))
    #expect(message { try tape.rearrange(x, "a b -> a b c") }.contains("'c' is new"))
    #expect(message { try tape.rearrange(x, "a (b c) -> a b c") }.contains("all but one"))
    #expect(message { try tape.rearrange(x, "a (b c) -> a b c", ["b": 4]) }.contains("size 6"))
    #expect(message { try tape.rearrange(x, "a b -> b a", ["z": 4]) }.contains("'z'"))
    #expect(message { try tape.rearrange(x, "a (b -> b a") }.contains("parentheses"))
    #expect(message { try tape.rearrange(x, "a a -> a") }.contains("twice"))
  }

  @Test func einsumValues() throws {
    let a = tape.constant(Tensor([1.0, 2, 3, 4, 5, 6], shape: [2, 3]))
    let b = tape.constant(Tensor([1.0, 0, -1, 2, 1, 1], shape: [3, 2]))
    #expect(try tape.einsum("ij,jk->ki", [a, b]).value.doubles() == [2, 5, 7, 16])
    #expect(try tape.einsum("ij,jk", [a, b]).value.doubles() == [2, 7, 5, 16])
    #expect(try tape.einsum("ij->", [a]).value.doubles() == [21])
    #expect(try tape.einsum("ji", [a]).value.doubles() == [1, 4, 2, 5, 3, 6])
    let square = tape.constant(Tensor([1.0, 2, 3, 4], shape: [2, 2]))
    #expect(try tape.einsum("ii", [square]).value.doubles() == [5])
    #expect(try tape.einsum("ii->i", [square]).value.doubles() == [1, 4])
    #expect(message { try tape.einsum("ij,kj->ik", [a, b]) }.contains("size 3"))
    #expect(message { try tape.einsum("ij->ik", [a]) }.contains("'k'"))
    #expect(message { try tape.einsum("ij,jk->ik", [a]) }.contains("2 operands"))
    #expect(message { try tape.einsum("ijk->ik", [a]) }.contains("[2, 3]"))
    #expect(message { try tape.einsum("ij->ii", [a]) }.contains("twice"))
  }

  @Test func mistakesAreSentences() throws {
    let a = tape.constant(Tensor([1.0, 2, 3], shape: [3]))
    let matrix = tape.constant(Tensor([1.0, 2], shape: [1, 2]))
    #expect(message { try tape.matmul(a, matrix) }.contains("3 = 1"))
    #expect(message { try tape.linear(a, matrix) }.contains("[out, in]"))
    #expect(message { try tape.sum(a, axes: [0, -1]) }.contains("twice"))
    #expect(message { try tape.mean(a, axes: [1]) }.contains("axis 1"))
    #expect(message { try tape.variance(matrix, axes: [0]) }.contains("correction: 0"))
    #expect(message { try tape.tile(matrix, [2]) }.contains("count"))
    #expect(message { try tape.svd(matrix) }.contains("no gradient"))
    #expect(message { try tape.concatenate([], axis: 0) }.contains("empty"))
    #expect(message { try tape.add(a, matrix) } != "")
  }

  /// A product that is put off has the same value and gradients as one that is not, bit for bit.
  @Test func aProductPutOffIsTheProduct() throws {
    func results(_ limit: Int, math: Math) throws -> [Tensor] {
      let tape = Tape(engine: Engine(math: math))
      tape.inStep = true
      tape.largeResultBytes = limit
      let x = tape.leaf(try Philox(seed: 1, stream: 1).normal([40, 8]), key: LeafKey())
      let w = tape.leaf(try Philox(seed: 1, stream: 2).normal([30, 8]), key: LeafKey())
      let b = tape.leaf(try Philox(seed: 1, stream: 3).normal([30]), key: LeafKey())
      let logits = try tape.linear(x, w, b)
      #expect((logits.deferred != nil) == (limit == 0))
      let labels = Tensor((0..<40).map { $0 % 3 == 0 ? -100 : $0 % 30 })
      let loss = try tape.crossEntropy(logits, labels: labels)
      let found = try tape.gradients(of: loss, wrt: [x, w])
      return [logits.value, loss.value] + found.compactMap { $0 }
    }
    let (whole, chunks) = (try results(.max, math: .exact), try results(0, math: .exact))
    #expect(whole.count == 4)
    for (a, b) in zip(whole, chunks) { #expect(try a.floats() == b.floats()) }
    for (a, b) in zip(try results(.max, math: .fast), try results(0, math: .fast)) {
      let difference = try zip(a.floats(), b.floats()).map { abs($0 - $1) }.max() ?? .infinity
      #expect(difference < 1e-5)
    }
  }

  @Test func noGradientOfAProductThatIsPutOff() throws {
    tape.inStep = true
    tape.largeResultBytes = 0
    let x = tape.leaf(Tensor([1.0, 2, 3, 4], shape: [2, 2]), key: LeafKey())
    let logits = try tape.linear(x, tape.constant(Tensor.ones([3, 2], dtype: .f64)))
    let loss = try tape.crossEntropy(logits, labels: Tensor([0, 1]))
    #expect(throws: TensorError.self) { try tape.gradients(of: loss, wrt: [logits]) }
  }
}
