import Tensor

extension Tape {
  /// Scaled dot-product attention, softmax(q kᵀ · scale + mask) v, without ever holding all scores:
  /// q [B, H, Tq, D], k and v [B, Hk, Tk, D], where H is a multiple of Hk (grouped queries).
  ///
  /// - Parameters:
  ///   - mask: Broadcasts to [B, H, Tq, Tk]; bool (true: attend), or added to the scores. A constant.
  ///   - keyMask: [B, Tk], the keys that exist; joins `mask`.
  ///   - causal: Query i sees keys j ≤ i + Tk − Tq.
  ///   - scale: nil for 1 / √D.
  ///
  /// A query that may see nothing gives 0. The gradients of q, k and v recompute the scores by tiles.
  public func attention(
    _ q: Variable, _ k: Variable, _ v: Variable, mask: Tensor? = nil, keyMask: Tensor? = nil,
    causal: Bool = false, scale: Double? = nil
  ) throws -> Variable {
    let e = engine
    let (query, key, value) = (q.value, k.value, v.value)
    let (output, lse) = try e.attention(
      query, key, value, mask: mask, keyMask: keyMask, causal: causal, scale: scale)
    return record("attention", output, joint: [q, k, v]) { g, wanted in
      let found = try e.attentionBackward(
        query, key, value, output: output, lse: lse, gradient: g, mask: mask, keyMask: keyMask,
        causal: causal, scale: scale)
      return [wanted[0] ? found.q : nil, wanted[1] ? found.k : nil, wanted[2] ? found.v : nil]
    }
  }

  /// Rotary position embedding (Su et al. 2021), halves turned against each other as Llama does: x
  /// [B, H, T, D] with cos and sin [T, R/2] or [B, T, R/2] (see `Engine.rotaryTables`); of the
  /// features the first R ≤ D turn. The gradient is g turned back.
  public func rotary(_ x: Variable, cos: Tensor, sin: Tensor) throws -> Variable {
    let e = engine
    return record(
      "rotary", try e.rotary(x.value, cos: cos, sin: sin),
      Input(x) { g in try e.rotary(g, cos: cos, sin: sin, inverse: true) })
  }
}
