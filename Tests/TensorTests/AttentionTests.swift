import Testing

@testable import Tensor

@Suite struct Attention {
  struct Case: Sendable, CustomStringConvertible {
    var b = 2, h = 4, hk = 4, tq = 7, tk = 7, d = 5
    var causal = false
    var mask = ""  // bool, add, key
    var description: String { "\(b) \(h)/\(hk) \(tq)x\(tk) \(d) \(causal) \(mask)" }
  }

  static let cases = [
    Case(), Case(causal: true), Case(hk: 2, tq: 3, tk: 9, causal: true), Case(hk: 1, tq: 1, tk: 6),
    Case(tq: 65, tk: 130, causal: true, mask: "key"), Case(tq: 70, tk: 129, d: 16, mask: "add"),
    Case(hk: 2, mask: "bool"), Case(tq: 9, tk: 5, causal: true), Case(b: 0),
    Case(tq: 5, tk: 0),
  ]

  private func inputs(_ c: Case, _ dtype: DType) throws -> (
    q: Tensor, k: Tensor, v: Tensor, mask: Tensor?, key: Tensor?
  ) {
    // The layout of a fused projection: [B, T, H, D] seen as [B, H, T, D].
    func heads(_ h: Int, _ t: Int, _ name: String) throws -> Tensor {
      try random([c.b, t, h, c.d], name, dtype: dtype).permuted([0, 2, 1, 3])
    }
    var mask: Tensor?
    var key: Tensor?
    let draw = Philox(seed: 4, stream: 9)
    if c.mask == "bool" { mask = try draw.bernoulli([c.b, 1, c.tq, c.tk], probability: 0.6) }
    if c.mask == "add" { mask = try random([c.h, 1, c.tk], "add", dtype: dtype) }
    if c.mask == "key" { key = try draw.bernoulli([c.b, c.tk], probability: 0.7) }
    return (
      try heads(c.h, c.tq, "aq"), try heads(c.hk, c.tk, "ak"), try heads(c.hk, c.tk, "av"), mask,
      key
    )
  }

  /// The definition, written out with products and a softmax.
  private func plain(
    _ e: Engine, _ c: Case, _ q: Tensor, _ k: Tensor, _ v: Tensor, _ mask: Tensor?, _ key: Tensor?
  ) throws -> Tensor {
    func spread(_ x: Tensor) throws -> Tensor {
      try x.unsqueezed(2).expanded(to: [c.b, c.hk, c.h / c.hk, c.tk, c.d]).reshaped([
        c.b, c.h, c.tk, c.d,
      ])
    }
    var s = try e.affine(e.matmul(q, spread(k), transposeB: true), scale: 0.3)
    let low = Tensor.full([], -.infinity, dtype: q.dtype)
    if let mask { s = mask.dtype == .bool ? try e.select(mask, s, low) : try e.add(s, mask) }
    if let key { s = try e.select(key.reshaped([c.b, 1, 1, c.tk]), s, low) }
    if c.causal {
      let i = try Tensor.arange(c.tq).reshaped([c.tq, 1])
      let seen = try e.compare(
        .lessEqual, Tensor.arange(c.tk), e.add(i, Tensor.full([], integer: c.tk - c.tq)))
      s = try e.select(seen, s, low)
    }
    if c.tk == 0 { return Tensor.zeros(q.shape, dtype: q.dtype) }
    let p = try e.softmax(s)
    let clean = try e.select(e.compare(.equal, p, p), p, Tensor.full([], 0, dtype: q.dtype))
    return try e.matmul(clean, spread(v))
  }

  @Test(arguments: engines.indices, cases)
  func forward(_ which: Int, _ c: Case) throws {
    for dtype in floatTypes {
      let x = try inputs(c, dtype)
      let expected = try plain(engines[which], c, x.q, x.k, x.v, x.mask, x.key)
      let (y, lse) = try engines[which].attention(
        x.q, x.k, x.v, mask: x.mask, keyMask: x.key, causal: c.causal, scale: 0.3)
      #expect(
        try relativeError(y, expected.doubles(), shape: [c.b, c.h, c.tq, c.d]) < tolerance(dtype))
      #expect(lse.shape == [c.b, c.h, c.tq])
      #expect(try y.permuted([0, 2, 1, 3]).isContiguous)
    }
  }

  @Test(
    arguments: engines.indices,
    [
      Case(b: 1, h: 2, hk: 1, tq: 4, tk: 6, d: 3, causal: true),
      Case(b: 1, h: 2, hk: 2, tq: 5, tk: 5, d: 3, mask: "bool"),
      Case(b: 2, h: 2, hk: 2, tq: 3, tk: 4, d: 3, mask: "key"),
      Case(b: 1, h: 2, hk: 2, tq: 3, tk: 4, d: 3, mask: "add"),
    ])
  func backward(_ which: Int, _ c: Case) throws {
    let e = engines[which]
    let x = try inputs(c, .f64)
    let g = try random([c.b, c.h, c.tq, c.d], "ag", dtype: .f64)
    func run(_ q: Tensor, _ k: Tensor, _ v: Tensor) throws -> (output: Tensor, lse: Tensor) {
      try e.attention(q, k, v, mask: x.mask, keyMask: x.key, causal: c.causal, scale: 0.3)
    }
    let (y, lse) = try run(x.q, x.k, x.v)
    let d = try e.attentionBackward(
      x.q, x.k, x.v, output: y, lse: lse, gradient: g, mask: x.mask, keyMask: x.key,
      causal: c.causal, scale: 0.3)
    #expect(
      try relativeError(d.q, numericGradient(x.q) { try dot(e, run($0, x.k, x.v).output, g) })
        < 1e-7)
    #expect(
      try relativeError(d.k, numericGradient(x.k) { try dot(e, run(x.q, $0, x.v).output, g) })
        < 1e-7)
    #expect(
      try relativeError(d.v, numericGradient(x.v) { try dot(e, run(x.q, x.k, $0).output, g) })
        < 1e-7)
  }

  /// Several tiles each way: the gradients of the tiled kernel against those of the plain formula.
  @Test(arguments: engines.indices)
  func backwardOverTiles(_ which: Int) throws {
    let e = engines[which]
    let c = Case(b: 1, h: 2, hk: 1, tq: 150, tk: 200, d: 8, causal: true)
    let x = try inputs(c, .f64)
    let g = try random([1, 2, 150, 8], "ag", dtype: .f64)
    let (y, lse) = try e.attention(x.q, x.k, x.v, causal: true, scale: 0.3)
    let d = try e.attentionBackward(
      x.q, x.k, x.v, output: y, lse: lse, gradient: g, causal: true, scale: 0.3)
    for (name, gradient, at) in [("q", d.q, x.q), ("k", d.k, x.k), ("v", d.v, x.v)] {
      let direction = try random(at.shape, "dir" + name, dtype: .f64)
      func moved(_ h: Double) throws -> Double {
        let to = try e.add(at, e.affine(direction, scale: h))
        return try dot(
          e,
          plain(
            e, c, name == "q" ? to : x.q, name == "k" ? to : x.k, name == "v" ? to : x.v, nil, nil),
          g)
      }
      let slope = (try moved(1e-5) - moved(-1e-5)) / 2e-5
      let found = try dot(e, gradient, direction)
      #expect(abs(found - slope) < 1e-6 * max(1, abs(slope)), "\(name)")
    }
  }

  @Test func sameBits() throws {
    let c = Case(h: 4, hk: 2, tq: 100, tk: 150, d: 16, causal: true)
    let x = try inputs(c, .f32)
    #expect(
      try sameBitsForAnyThreads { e in
        let (y, lse) = try e.attention(x.q, x.k, x.v, causal: true)
        let d = try e.attentionBackward(
          x.q, x.k, x.v, output: y, lse: lse, gradient: y, causal: true)
        return [y, lse, d.q, d.k, d.v]
      })
  }

  @Test func mistakes() throws {
    let e = Engine()
    let x = Tensor.zeros([1, 3, 4, 2])
    #expect(throws: TensorError.self) {
      try e.attention(x, Tensor.zeros([1, 2, 4, 2]), Tensor.zeros([1, 2, 4, 2]))
    }
    #expect(throws: TensorError.self) { try e.attention(x, x, x, mask: Tensor.zeros([5, 5])) }
    #expect(throws: TensorError.self) { try e.attention(x, x, x, mask: Tensor([1])) }
  }
}
