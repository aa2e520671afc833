import CKernelsExact

/// FNV-1a over the string's UTF-8 bytes, then `purpose` after a zero byte, then the step's eight
/// bytes; finalised by splitmix64.
public func hash64(_ text: String, _ purpose: String = "", _ step: UInt64 = 0) -> UInt64 {
  var hash: UInt64 = 0xcbf2_9ce4_8422_2325
  func absorb(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
  text.utf8.forEach(absorb)
  absorb(0)
  purpose.utf8.forEach(absorb)
  for shift in stride(from: 0, to: 64, by: 8) {
    absorb(UInt8(truncatingIfNeeded: step >> UInt64(shift)))
  }
  hash = (hash ^ (hash >> 30)) &* 0xbf58_476d_1ce4_e5b9
  hash = (hash ^ (hash >> 27)) &* 0x94d0_49bb_1331_11eb
  return hash ^ (hash >> 31)
}

/// A counter-based generator (Philox4x32-10): value i of a stream depends only on seed, stream and
/// i.
public struct Philox: Sendable {
  public let seed: UInt64
  public let stream: UInt64
  public init(seed: UInt64, stream: UInt64) {
    self.seed = seed
    self.stream = stream
  }

  private func result(_ shape: [Int], _ dtype: DType, _ name: String) throws -> Tensor {
    guard dtype.isFloat else {
      throw TensorError(name, "needs a floating type, not \(dtype.name)")
    }
    return Tensor(uninitialized: shape, dtype: dtype.compute)
  }

  /// Uniform in [low, high): 24 random bits a value in f32, 53 in f64.
  public func uniform(_ shape: [Int], low: Double = 0, high: Double = 1, dtype: DType = .f32)
    throws -> Tensor
  {
    let values = try result(shape, dtype, "uniform")
    cke_uniform(
      seed, stream, low, high, dtype == .f64 ? 1 : 0, try values.address("uniform"), values.count)
    return try Engine(math: .exact).cast(values, to: dtype)
  }

  /// Normal by Box–Muller on the exact kernels' functions: the same bits in both kinds of math.
  public func normal(
    _ shape: [Int], mean: Double = 0, deviation: Double = 1, dtype: DType = .f32
  ) throws -> Tensor {
    let values = try result(shape, dtype, "normal")
    cke_normal(
      seed, stream, mean, deviation, dtype == .f64 ? 1 : 0, try values.address("normal"),
      values.count)
    return try Engine(math: .exact).cast(values, to: dtype)
  }

  /// True with a probability.
  public func bernoulli(_ shape: [Int], probability: Double) throws -> Tensor {
    let values = Tensor(uninitialized: shape, dtype: .bool)
    cke_bernoulli(
      seed, stream, probability,
      try values.address("bernoulli").assumingMemoryBound(to: UInt8.self), values.count)
    return values
  }

  /// The numbers 0..<count in random order (Fisher–Yates).
  public func permutation(_ count: Int) -> [Int] {
    var values = [Int64](repeating: 0, count: count)
    cke_permutation(seed, stream, &values, count)
    return values.map(Int.init)
  }

  /// Uniform integers in 0..<bound, `i64`.
  public func integers(_ shape: [Int], below bound: Int) throws -> Tensor {
    guard bound > 0 else {
      throw TensorError("integers", "the bound must be positive, not \(bound)")
    }
    let values = Tensor(uninitialized: shape, dtype: .i64)
    cke_integers(
      seed, stream, UInt64(bound),
      try values.address("integers").assumingMemoryBound(to: Int64.self), values.count)
    return values
  }
}
