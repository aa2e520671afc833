import Tensor

extension Tape {
  /// The gradients of `loss` with respect to any variables of its graph, leaves or interior.
  ///
  /// - Parameters:
  ///   - seed: The gradient of whatever is minimised with respect to `loss`, of its shape and type;
  ///     may be left out when `loss` has one element (then it is 1).
  ///   - release: Frees what the graph saved as soon as it is used; the graph cannot be used again.
  /// - Returns: One entry a variable: nil where `loss` does not depend on it (or it is a constant).
  /// - Throws: `TensorError` when a seed is needed or has the wrong shape, or when the graph was
  ///   already released.
  public func gradients(
    of loss: Variable, wrt variables: [Variable], seed: Tensor? = nil, release: Bool = false
  ) throws -> [Tensor?] {
    guard variables.allSatisfy({ $0.node == nil || $0.deferred == nil }) else {
      throw TensorError(
        "gradients",
        "within a training step no gradient is taken of a product as large as all logits; take that "
          + "of its input or its weight")
    }
    let ids = Set(variables.compactMap { $0.node?.id })
    let lowest = ids.min() ?? Int.max
    let found = try traverse(from: loss, seed: seed, release: release, lowest: lowest) { node in
      ids.contains(node.id)
    }
    return variables.map { variable in variable.node.flatMap { found[$0.id]?.gradient } }
  }

  /// The gradients of `loss` with respect to leaves, by key. A parameter that was read several
  /// times has several leaves; their gradients are summed in order of creation. A key on which
  /// `loss` does not depend is missing from the result.
  public func gradients(
    of loss: Variable, leaves keys: Set<LeafKey>, seed: Tensor? = nil, release: Bool = false
  ) throws -> [LeafKey: Tensor] {
    let found = try traverse(from: loss, seed: seed, release: release, lowest: 0) { node in
      node.key.map(keys.contains) ?? false
    }
    var result: [LeafKey: Tensor] = [:]
    for (_, entry) in found.sorted(by: { $0.key < $1.key }) {
      guard let key = entry.node.key else { continue }
      if let earlier = result[key] {
        result[key] = try engine.add(earlier, entry.gradient)
      } else {
        result[key] = entry.gradient
      }
    }
    return result
  }
}

extension Tape {
  private typealias Found = [Int: (node: Node, gradient: Tensor)]

  /// Goes from `loss` by falling identifier through the nodes that lead to a wanted one, so that
  /// contributions to a node always add up in the same order.
  private func traverse(
    from loss: Variable, seed: Tensor?, release: Bool, lowest: Int,
    isWanted: (Node) -> Bool
  ) throws -> Found {
    let seed = try checkedSeed(seed, for: loss)
    guard let root = loss.node else { return [:] }
    let nodes = reachable(from: root, lowest: lowest)
    let needed = neededIDs(nodes, isWanted: isWanted)
    var pending: [Int: PendingGradient] = [:]
    if needed.contains(root.id) { pending[root.id] = PendingGradient(seed) }
    var found: Found = [:]
    for node in nodes.reversed() {
      if var gradient = try pending.removeValue(forKey: node.id)?.total(engine) {
        if let observer {
          gradient = try observer.willRunBackward(node: node, gradient: gradient)
          try check(gradient, for: node, from: node)
        }
        if isWanted(node) { found[node.id] = (node, gradient) }
        // Nothing wanted lies below the lowest; a released node there is no mistake.
        if node.id > lowest {
          try checkpoint?()
          try propagate(gradient, through: node, needed: needed, into: &pending)
        }
      }
      if release { node.release() }
    }
    return found
  }

  private func propagate(
    _ gradient: Tensor, through node: Node, needed: Set<Int>, into pending: inout [Int: PendingGradient]
  ) throws {
    guard !node.isReleased else { throw Self.releasedError(node) }
    let wanted = node.inputs.map { input in input.map { needed.contains($0.id) } ?? false }
    guard let backward = node.backward, wanted.contains(true) else { return }
    if let piece = node.piece, let input = node.inputs[0], observer?.seesValues != true {
      if pending[input.id] == nil {
        pending[input.id] = PendingGradient(gradient, piece: piece, of: input.shape)
      } else {
        try pending[input.id]?.add(gradient, piece: piece, engine: engine)
      }
      return
    }
    let gradients = try backward(gradient, wanted)
    observer?.didRunBackward(node: node, gradient: gradient, inputGradients: gradients)
    for (input, contribution) in zip(node.inputs, gradients) {
      guard let input, let contribution, needed.contains(input.id) else { continue }
      try check(contribution, for: input, from: node)
      if pending[input.id] == nil {
        pending[input.id] = PendingGradient(contribution)
      } else {
        try pending[input.id]?.add(contribution, engine: engine)
      }
    }
  }

  /// The nodes under `root` down to the identifier `lowest`, by rising identifier.
  private func reachable(from root: Node, lowest: Int) -> [Node] {
    var seen: Set<Int> = [root.id]
    var nodes = root.id >= lowest ? [root] : []
    var next = 0
    while next < nodes.count {
      for case let input? in nodes[next].inputs where input.id >= lowest {
        if seen.insert(input.id).inserted { nodes.append(input) }
      }
      next += 1
    }
    return nodes.sorted { $0.id < $1.id }
  }

  /// The nodes from which a wanted node can be reached. A released node might lead to one; it is
  /// needed, so that meeting it is an error and not a silent zero.
  private func neededIDs(_ nodes: [Node], isWanted: (Node) -> Bool) -> Set<Int> {
    var needed: Set<Int> = []
    for node in nodes {
      let leads = node.inputs.contains { $0.map { needed.contains($0.id) } ?? false }
      if leads || node.isReleased || isWanted(node) { needed.insert(node.id) }
    }
    return needed
  }

  private func checkedSeed(_ seed: Tensor?, for loss: Variable) throws -> Tensor {
    guard let seed else {
      guard loss.value.count == 1 else {
        throw TensorError(
          "gradients",
          "the loss has shape \(describe(loss.shape)), but only one number can be minimised; "
            + "reduce it with sum or mean, or give a seed of that shape")
      }
      return Tensor.ones(loss.shape, dtype: loss.dtype)
    }
    guard seed.shape == loss.shape, seed.dtype == loss.dtype else {
      throw TensorError(
        "gradients",
        "the seed is \(seed.dtype.name) \(describe(seed.shape)), but the loss is "
          + "\(loss.dtype.name) \(describe(loss.shape)); both must agree")
    }
    return seed
  }

  private func check(_ gradient: Tensor, for input: Node, from node: Node) throws {
    guard gradient.shape == input.shape, gradient.dtype == input.dtype else {
      throw TensorError(
        node.operation,
        "its backward returned a \(gradient.dtype.name) gradient of shape \(describe(gradient.shape)) for an "
          + "input that is \(input.dtype.name) \(describe(input.shape)); a gradient has its input's shape"
      )
    }
  }

  private static func releasedError(_ node: Node) -> TensorError {
    TensorError(
      "gradients",
      "the graph was released by an earlier call, at operation '\(node.operation)'; compute the "
        + "loss again")
  }
}
