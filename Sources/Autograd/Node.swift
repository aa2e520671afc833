import Tensor

/// One recorded operation, or a leaf. Identifiers rise in order of creation, which is a topological
/// order of the graph: a node's inputs always have smaller identifiers.
public final class Node {
  /// Takes the gradient of the result and which inputs want theirs; returns one entry an input.
  typealias Backward = (_ gradient: Tensor, _ wanted: [Bool]) throws -> [Tensor?]

  public let id: Int
  /// The operation's name as in `Tape.operationNames`, a custom operation's own name, or "leaf".
  public let operation: String
  /// The tape's tag when the node was recorded: the evaluator's place in the source.
  public let tag: Int
  /// The identity of the parameter or watched tensor; nil for an interior node.
  public let key: LeafKey?
  public let shape: [Int]
  public let dtype: DType
  /// Nil where an input is a constant. Empty after release.
  public internal(set) var inputs: [Node?]
  var backward: Backward?
  public internal(set) var isReleased = false
  /// For a slice: which part of its input it is.
  let piece: Piece?

  /// A range of an axis.
  struct Piece {
    let axis: Int
    let range: Range<Int>
  }

  init(
    id: Int, operation: String, tag: Int, key: LeafKey?, shape: [Int], dtype: DType,
    inputs: [Node?], backward: Backward?, piece: Piece? = nil
  ) {
    self.id = id
    self.operation = operation
    self.tag = tag
    self.key = key
    self.shape = shape
    self.dtype = dtype
    self.piece = piece
    self.inputs = inputs
    self.backward = backward
  }

  public var isLeaf: Bool { operation == Node.leafName }

  static let leafName = "leaf"

  /// Frees what the operation saved. A leaf has nothing saved and stays usable.
  func release() {
    guard !isLeaf else { return }
    backward = nil
    unlink()
    inputs = []
    isReleased = true
  }

  /// Frees a chain of nodes one by one: a recursive release of a long loop's graph would overflow
  /// the stack.
  private func unlink() {
    guard endsChain else { return }
    var pending = inputs.compactMap { $0 }
    inputs = []
    while var node = pending.popLast() {
      if isKnownUniquelyReferenced(&node) {
        for case let input? in node.inputs { pending.append(input) }
        node.inputs = []
      }
    }
  }

  /// Whether a node behind this one goes with it and has inputs of its own. Mostly none does: then nothing is to be done.
  private var endsChain: Bool {
    for place in inputs.indices where isKnownUniquelyReferenced(&inputs[place]) {
      if let input = inputs[place], !input.inputs.isEmpty { return true }
    }
    return false
  }

  deinit { unlink() }
}
