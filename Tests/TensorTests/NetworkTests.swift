import Foundation
import Testing

@testable import Tensor

/// Gradients against central differences of a scalar function, in f64.
func numericGradient(_ x: Tensor, _ f: (Tensor) throws -> Double) throws -> [Double] {
  let values = try x.doubles()
  let h = 1e-5
  return try values.indices.map { i in
    var (up, down) = (values, values)
    up[i] += h
    down[i] -= h
    return (try f(Tensor(up, shape: x.shape)) - f(Tensor(down, shape: x.shape))) / (2 * h)
  }
}

func dot(_ engine: Engine, _ a: Tensor, _ b: Tensor) throws -> Double {
  try engine.sum(engine.mul(a, b)).item()
}

@Suite struct Network {
  @Test(arguments: engines.indices, floatTypes)
  func softmaxes(_ which: Int, _ dtype: DType) throws {
    let engine = engines[which]
    for (shape, axis) in [
      ([3, 77], -1), ([5, 1], 1), ([4, 3, 2], 1), ([0, 3], 1), ([2, 300], 0),
    ] {
      let x = try engine.affine(random(shape, "sm", dtype: dtype), scale: 5)
      let high = shape.contains(0) ? x : try engine.max(x, axes: [axis], keep: true)
      let e = try engine.sub(x, high).doubles().map { Foundation.exp($0) }
      let sums = try engine.sum(Tensor(e, shape: shape), axes: [axis], keep: true)
      let p = try engine.div(Tensor(e, shape: shape), sums).doubles()
      #expect(try relativeError(engine.softmax(x, axis: axis), p, shape: shape) < tolerance(dtype))
      #expect(
        try relativeError(engine.logSoftmax(x, axis: axis), p.map { Foundation.log($0) })
          < tolerance(dtype))
    }
    let masked = try engine.cast(Tensor([1, -.infinity, 2, -1e9] as [Double]), to: dtype)
    let p = try engine.softmax(masked).doubles()
    #expect(p[1] == 0 && p[3] == 0 && abs(p[0] + p[2] - 1) < 1e-6)
  }

  @Test(arguments: engines.indices)
  func softmaxGradients(_ which: Int) throws {
    let engine = engines[which]
    let x = try random([3, 7], "smg", dtype: .f64)
    let g = try random([3, 7], "smg2", dtype: .f64)
    for axis in [0, 1] {
      let soft = try engine.softmaxBackward(
        output: engine.softmax(x, axis: axis), gradient: g, axis: axis)
      let expected = try numericGradient(x) { try dot(engine, engine.softmax($0, axis: axis), g) }
      #expect(try relativeError(soft, expected) < 1e-8)
      let log = try engine.logSoftmaxBackward(
        output: engine.logSoftmax(x, axis: axis), gradient: g, axis: axis)
      let slopes = try numericGradient(x) { try dot(engine, engine.logSoftmax($0, axis: axis), g) }
      #expect(try relativeError(log, slopes) < 1e-8)
    }
  }

  @Test(arguments: engines.indices)
  func crossEntropies(_ which: Int) throws {
    let engine = engines[which]
    let x = try random([2, 3, 11], "ce", dtype: .f64)
    let labels = Tensor([3, -100, 0, 10, 5, -100], shape: [2, 3])
    let (losses, lse, counted) = try engine.crossEntropy(x, labels: labels)
    #expect(counted == 4)
    let logs = try Reference(engine.logSoftmax(x).reshaped([6, 11]))
    let expected = try labels.ints().enumerated().map { $1 < 0 ? 0 : -logs[$0, $1] }
    #expect(try relativeError(losses, expected, shape: [2, 3]) < 1e-14)
    let g = try random([2, 3], "ceg", dtype: .f64)
    let dx = try engine.crossEntropyBackward(x, labels: labels, lse: lse, gradient: g)
    let slopes = try numericGradient(x) {
      try dot(engine, engine.crossEntropy($0, labels: labels).losses, g)
    }
    #expect(try relativeError(dx, slopes) < 1e-8)
    #expect(throws: TensorError.self) {
      try engine.crossEntropy(x, labels: Tensor.full([2, 3], integer: 11))
    }
    #expect(throws: TensorError.self) { try engine.crossEntropy(x, labels: Tensor([1])) }
  }

  @Test(arguments: engines.indices, floatTypes)
  func norms(_ which: Int, _ dtype: DType) throws {
    let engine = engines[which]
    for (rows, size) in [(3, 1), (4, 37), (70, 300), (0, 5)] {
      let x = try random([rows, size], "ln", dtype: dtype)
      let (w, b) = (
        try random([size], "lnw", dtype: dtype), try random([size], "lnb", dtype: dtype)
      )
      let (u, v, c) = (try x.doubles(), try w.doubles(), try b.doubles())
      var layer: [Double] = []
      var root: [Double] = []
      for r in 0..<rows {
        let row = Array(u[r * size..<(r + 1) * size])
        let mean = row.reduce(0, +) / Double(size)
        let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(size)
        let square = row.reduce(0) { $0 + $1 * $1 } / Double(size)
        layer += row.indices.map {
          (row[$0] - mean) / (variance + 1e-5).squareRoot() * v[$0] + c[$0]
        }
        root += row.indices.map { row[$0] / (square + 1e-5).squareRoot() * v[$0] }
      }
      #expect(
        try relativeError(engine.layerNorm(x, weight: w, bias: b, eps: 1e-5).output, layer)
          < tolerance(dtype))
      #expect(
        try relativeError(engine.rmsNorm(x, weight: w, eps: 1e-5).output, root) < tolerance(dtype))
    }
  }

  @Test(arguments: engines.indices)
  func normGradients(_ which: Int) throws {
    let engine = engines[which]
    let x = try random([5, 21], "lng", dtype: .f64)
    let (w, b) = (try random([21], "lnw", dtype: .f64), try random([21], "lnb", dtype: .f64))
    let g = try random([5, 21], "lngg", dtype: .f64)
    func layer(_ x: Tensor, _ w: Tensor, _ b: Tensor) throws -> Double {
      try dot(engine, engine.layerNorm(x, weight: w, bias: b, eps: 1e-5).output, g)
    }
    let (_, mean, rstd) = try engine.layerNorm(x, weight: w, bias: b, eps: 1e-5)
    let d = try engine.layerNormBackward(x, weight: w, mean: mean, rstd: rstd, gradient: g)
    #expect(try relativeError(#require(d.input), numericGradient(x) { try layer($0, w, b) }) < 1e-7)
    #expect(
      try relativeError(#require(d.weight), numericGradient(w) { try layer(x, $0, b) }) < 1e-7)
    #expect(try relativeError(#require(d.bias), numericGradient(b) { try layer(x, w, $0) }) < 1e-7)
    func root(_ x: Tensor, _ w: Tensor) throws -> Double {
      try dot(engine, engine.rmsNorm(x, weight: w, eps: 1e-5).output, g)
    }
    let r = try engine.rmsNormBackward(
      x, weight: w, rstd: engine.rmsNorm(x, weight: w, eps: 1e-5).rstd, gradient: g)
    #expect(try relativeError(#require(r.input), numericGradient(x) { try root($0, w) }) < 1e-7)
    #expect(try relativeError(#require(r.weight), numericGradient(w) { try root(x, $0) }) < 1e-7)
  }

  /// torch.optim.AdamW, lr 0.1, betas (0.9, 0.99), eps 1e-6, weight decay 0.05, two steps, f64.
  @Test func adamwAsPyTorch() throws {
    for engine in engines {
      var p = Tensor([1, -2, 3] as [Double])
      var m = Tensor.zeros([3], dtype: .f64)
      var v = m
      for (step, g) in [[0.5, -1, 2], [-0.25, 0, 1]].enumerated() {
        (p, m, v) = try engine.adamw(
          p, gradient: Tensor(g), first: m, second: v, rate: 0.1, beta1: 0.9, beta2: 0.99,
          eps: 1e-6, decay: 0.05, step: step + 1)
      }
      #expect(
        try relativeError(p, [0.863855323663799, -1.813392179986141, 2.7772303086983166]) < 1e-14)
      #expect(try relativeError(m, [0.02, -0.09, 0.28]) < 1e-14)
      #expect(try relativeError(v, [0.0031, 0.0099, 0.0496]) < 1e-14)
    }
  }

  @Test func rotaryTurnsAndTurnsBack() throws {
    for engine in engines {
      let x = try random([2, 3, 5, 8], "rope", dtype: .f64)
      let (c, s) = try engine.rotaryTables(
        positions: Tensor.arange(5), dimension: 6, base: 10_000, dtype: .f64)
      let y = try engine.rotary(x, cos: c, sin: s)
      let (u, v) = (try Reference(x), try Reference(y))
      for index in Reference.indices([2, 3, 5]) {
        for i in 0..<3 {
          let angle = Double(index[2]) * Foundation.pow(10_000, -2 * Double(i) / 6)
          let (a, b) = (u.at(index + [i]), u.at(index + [i + 3]))
          #expect(
            abs(v.at(index + [i]) - (a * Foundation.cos(angle) - b * Foundation.sin(angle))) < 1e-14
          )
          #expect(
            abs(v.at(index + [i + 3]) - (b * Foundation.cos(angle) + a * Foundation.sin(angle)))
              < 1e-14)
        }
        #expect(v.at(index + [7]) == u.at(index + [7]))
      }
      #expect(
        try relativeError(engine.rotary(y, cos: c, sin: s, inverse: true), x.doubles()) < 1e-14)
      let each = try engine.stack([c, c], axis: 0)
      let view = try engine.contiguous(x.permuted([0, 2, 1, 3])).permuted([0, 2, 1, 3])
      #expect(
        try engine.rotary(view, cos: each, sin: engine.stack([s, s], axis: 0)).doubles()
          == y.doubles())
    }
  }
}
