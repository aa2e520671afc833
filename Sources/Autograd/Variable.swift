import Tensor

/// A tensor together with its place in the recorded graph.
public struct Variable {
  public let value: Tensor
  /// Nil for a constant: no gradient flows to it and nothing is saved for it.
  public let node: Node?

  public init(_ value: Tensor, node: Node? = nil) {
    self.value = value
    self.node = node
  }

  public var shape: [Int] { value.shape }
  public var dtype: DType { value.dtype }
  public var rank: Int { value.shape.count }
  /// Whether a gradient can flow to this value.
  public var isTracked: Bool { node != nil }
}
