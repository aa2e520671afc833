import CKernels

extension Engine {
  /// Scaled dot-product attention. q `[B, H, Tq, D]`, k and v `[B, Hk, Tk, D]` (H a multiple of Hk:
  /// grouped queries), any strides as long as the last axis is dense.
  ///
  /// `mask` broadcasts to `[B, H, Tq, Tk]`; `keyMask` has shape `[B, Tk]`; each is bool (true:
  /// attend) or additive of q's type. `causal`: query i sees keys j ≤ i + Tk − Tq. `scale` nil:
  /// 1/√D. A row that may see nothing gives 0. Returns the output, laid out so that `[B, Tq, H *
  /// D]` is a view of it, and the rows' log-sum-exp `[B, H, Tq]`.
  public func attention(
    _ q: Tensor, _ k: Tensor, _ v: Tensor, mask: Tensor? = nil, keyMask: Tensor? = nil,
    causal: Bool = false, scale: Double? = nil
  ) throws -> (output: Tensor, lse: Tensor) {
    if q.dtype == .bf16 {
      let (output, lse) = try attention(
        cast(q, to: .f32), cast(k, to: .f32), cast(v, to: .f32), mask: wideMask(mask),
        keyMask: wideMask(keyMask), causal: causal, scale: scale)
      return (try cast(output, to: .bf16), lse)
    }
    let operands = try AttentionOperands(
      self, q, k, v, mask: mask, keyMask: keyMask, causal: causal, scale: scale)
    let output = try headsInside(q.shape, dtype: q.dtype)
    let lse = Tensor(uninitialized: Array(q.shape.dropLast()), dtype: q.dtype)
    var call = try operands.call()
    call.output = try output.address("attention")
    (call.o_batch, call.o_head, call.o_row) = output.headStrides
    call.lse = try lse.address("attention")
    try kernels(q.dtype, "attention").attention(&call)
    return (output, lse)
  }

  /// Gradients of q, k and v. The probabilities are computed anew, tile by tile, from the
  /// log-sum-exp.
  public func attentionBackward(
    _ q: Tensor, _ k: Tensor, _ v: Tensor, output: Tensor, lse: Tensor, gradient: Tensor,
    mask: Tensor? = nil, keyMask: Tensor? = nil, causal: Bool = false, scale: Double? = nil
  ) throws -> (q: Tensor, k: Tensor, v: Tensor) {
    let name = "gradient of attention"
    if q.dtype == .bf16 {
      let wide = try attentionBackward(
        cast(q, to: .f32), cast(k, to: .f32), cast(v, to: .f32), output: cast(output, to: .f32),
        lse: lse, gradient: cast(gradient, to: .f32), mask: wideMask(mask),
        keyMask: wideMask(keyMask), causal: causal, scale: scale)
      return try (cast(wide.q, to: .bf16), cast(wide.k, to: .bf16), cast(wide.v, to: .bf16))
    }
    try match(name, q, gradient)
    try require(name, "gradient", gradient, q.shape)
    try require(name, "output", output, q.shape)
    try require(name, "lse", lse, Array(q.shape.dropLast()))
    let operands = try AttentionOperands(
      self, q, k, v, mask: mask, keyMask: keyMask, causal: causal, scale: scale)
    let dq = try headsInside(q.shape, dtype: q.dtype)
    let (dk, dv) = (
      try headsInside(k.shape, dtype: k.dtype), try headsInside(v.shape, dtype: v.dtype)
    )
    // d_q is written with the output's strides, so both must lie alike.
    let out = try output.strides == dq.strides ? output : alike(output, dq)
    let g = try denseRows(gradient)
    let sums = try contiguous(lse)
    var call = try operands.call()
    call.output = try out.address(name)
    (call.o_batch, call.o_head, call.o_row) = dq.headStrides
    call.gradient = UnsafeRawPointer(try g.address(name))
    (call.g_batch, call.g_head, call.g_row) = g.headStrides
    call.lse = try sums.address(name)
    (call.d_q, call.d_k, call.d_v) = (
      try dq.address(name), try dk.address(name), try dv.address(name)
    )
    (call.dk_batch, call.dk_head, call.dk_row) = dk.headStrides
    try kernels(q.dtype, name).attention_backward(&call)
    return (dq, dk, dv)
  }

  private func wideMask(_ mask: Tensor?) throws -> Tensor? {
    guard let mask, mask.dtype == .bf16 else { return mask }
    return try cast(mask, to: .f32)
  }

  /// A new `[B, H, T, D]` that lies in memory as `[B, T, H, D]`, so that joining the heads again is
  /// free.
  private func headsInside(_ shape: [Int], dtype: DType) throws -> Tensor {
    try Tensor(uninitialized: [shape[0], shape[2], shape[1], shape[3]], dtype: dtype)
      .permuted([0, 2, 1, 3])
  }

  private func alike(_ x: Tensor, _ model: Tensor) throws -> Tensor {
    let copy = try headsInside(model.shape, dtype: x.dtype)
    try put(x, into: copy)
    return copy
  }

  /// x itself if its last axis is dense, else a copy.
  func denseRows(_ x: Tensor) throws -> Tensor {
    x.shape[x.rank - 1] == 1 || x.strides[x.rank - 1] == 1 ? x : try contiguous(x)
  }
}

extension Tensor {
  /// Strides of batch, head and row of `[B, H, T, D]`.
  fileprivate var headStrides: (Int, Int, Int) { (strides[0], strides[1], strides[2]) }
}

/// Checked operands of attention, kept alive for the call that is filled from them.
private struct AttentionOperands {
  let q, k, v: Tensor
  let mask, keyMask: Tensor?
  let causal: Bool
  let scale: Double

  init(
    _ engine: Engine, _ q: Tensor, _ k: Tensor, _ v: Tensor, mask: Tensor?, keyMask: Tensor?,
    causal: Bool, scale: Double?
  ) throws {
    let name = "attention"
    try engine.match(name, q, k)
    try engine.match(name, q, v)
    guard q.rank == 4, k.rank == 4, k.shape == v.shape, k.shape[0] == q.shape[0],
      k.shape[3] == q.shape[3], k.shape[1] > 0, q.shape[1] % k.shape[1] == 0
    else {
      throw TensorError(
        name,
        "q \(describe(q.shape)), k \(describe(k.shape)), v \(describe(v.shape)) must be [B, H, Tq, D] and twice [B, Hk, Tk, D], H a multiple of Hk"
      )
    }
    self.q = try engine.denseRows(q)
    self.k = try engine.denseRows(k)
    self.v = try engine.denseRows(v)
    let (batch, keys) = (q.shape[0], k.shape[2])
    try self.mask = mask.map {
      try AttentionOperands.check($0, q.dtype)
      return try $0.expanded(to: [batch, q.shape[1], q.shape[2], keys])
    }
    try self.keyMask = keyMask.map {
      try AttentionOperands.check($0, q.dtype)
      return try $0.expanded(to: [batch, keys])
    }
    self.causal = causal
    self.scale = scale ?? 1 / Double(max(q.shape[3], 1)).squareRoot()
  }

  private static func check(_ mask: Tensor, _ dtype: DType) throws {
    guard mask.dtype == .bool || mask.dtype == dtype else {
      throw TensorError(
        "attention", "a mask must be bool or \(dtype.name), not \(mask.dtype.name)")
    }
  }

  private func kind(_ mask: Tensor?) -> Int32 {
    guard let mask else { return Int32(CK_MASK_NONE) }
    return Int32(mask.dtype == .bool ? CK_MASK_BOOL : CK_MASK_ADD)
  }

  func call() throws -> ck_attention {
    var call = ck_attention()
    (call.batch, call.heads, call.kv_heads) = (q.shape[0], q.shape[1], k.shape[1])
    (call.tq, call.tk, call.dim) = (q.shape[2], k.shape[2], q.shape[3])
    call.q = UnsafeRawPointer(try q.address("attention"))
    call.k = UnsafeRawPointer(try k.address("attention"))
    call.v = UnsafeRawPointer(try v.address("attention"))
    (call.q_batch, call.q_head, call.q_row) = q.headStrides
    (call.k_batch, call.k_head, call.k_row) = k.headStrides
    (call.v_batch, call.v_head, call.v_row) = v.headStrides
    (call.mask_kind, call.key_mask_kind) = (kind(mask), kind(keyMask))
    if let mask {
      call.mask = UnsafeRawPointer(try mask.address("attention"))
      (call.mask_batch, call.mask_head) = (mask.strides[0], mask.strides[1])
      (call.mask_row, call.mask_column) = (mask.strides[2], mask.strides[3])
    }
    if let keyMask {
      call.key_mask = UnsafeRawPointer(try keyMask.address("attention"))
      (call.key_mask_batch, call.key_mask_column) = (keyMask.strides[0], keyMask.strides[1])
    }
    call.causal = causal ? 1 : 0
    call.scale = scale
    return call
  }
}
