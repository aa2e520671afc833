/// FNV-1a over the string's UTF-8 bytes, then `purpose` after a zero byte, then the step's eight bytes; finalised by splitmix64.
public func hash64(_ text: String, _ purpose: String = "", _ step: UInt64 = 0) -> UInt64 {
  var hash: UInt64 = 0xcbf2_9ce4_8422_2325
  func absorb(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
  text.utf8.forEach(absorb)
  absorb(0)
  purpose.utf8.forEach(absorb)
  for shift in stride(from: 0, to: 64, by: 8) { absorb(UInt8(truncatingIfNeeded: step >> UInt64(shift))) }
  hash = (hash ^ (hash >> 30)) &* 0xbf58_476d_1ce4_e5b9
  hash = (hash ^ (hash >> 27)) &* 0x94d0_49bb_1331_11eb
  return hash ^ (hash >> 31)
}

/// A counter-based generator (Philox4x32-10): value i of a stream depends only on seed, stream and i.
public struct Philox: Sendable {
  public let seed: UInt64
  public let stream: UInt64
  public init(seed: UInt64, stream: UInt64) {
    self.seed = seed
    self.stream = stream
  }
  /// Uniform in [low, high).
  public func uniform(_ shape: [Int], low: Double = 0, high: Double = 1, dtype: DType = .f32) throws -> Tensor { throw unfinished }
  /// Normal by Box–Muller on the exact kernels' functions: the same bits in both modes.
  public func normal(_ shape: [Int], mean: Double = 0, deviation: Double = 1, dtype: DType = .f32) throws -> Tensor { throw unfinished }
  /// True with a probability.
  public func bernoulli(_ shape: [Int], probability: Double) throws -> Tensor { throw unfinished }
  /// The numbers 0..<count in random order (Fisher–Yates).
  public func permutation(_ count: Int) -> [Int] { [] }
  /// Uniform integers in 0..<bound.
  public func integers(_ shape: [Int], below bound: Int) throws -> Tensor { throw unfinished }
}
