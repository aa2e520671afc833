import Tensor

extension Tape {
  /// Dropout (Srivastava et al. 2014): each element is 0 with probability `rate`, else multiplied by
  /// 1 / (1 − rate). The mask depends on the stream alone, so the same stream drops the same
  /// elements. Being the identity outside training is the caller's matter.
  public func dropout(_ x: Variable, rate: Double, random: Philox) throws -> Variable {
    guard rate >= 0, rate < 1 else {
      throw TensorError("dropout", "the rate is \(rate), but must be at least 0 and below 1")
    }
    guard rate > 0 else { return x }
    let e = engine
    let mask = try e.dropoutMask(x.shape, rate: rate, random: random, dtype: x.dtype)
    return record("dropout", try e.mul(x.value, mask), Input(x) { g in try e.mul(g, mask) })
  }
}
