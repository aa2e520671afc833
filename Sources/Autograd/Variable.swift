import Tensor

/// A tensor together with its place in the recorded graph.
public struct Variable {
  private enum Content {
    case known(Tensor)
    case deferred(DeferredLinear)
  }

  private let content: Content
  /// Nil for a constant: no gradient flows to it and nothing is saved for it.
  public let node: Node?

  public init(_ value: Tensor, node: Node? = nil) {
    content = .known(value)
    self.node = node
  }

  init(_ product: DeferredLinear, node: Node?) {
    content = .deferred(product)
    self.node = node
  }

  /// The elements; a product that was put off is computed now, a quantised matrix decoded.
  public var value: Tensor {
    switch content {
    case .known(let tensor): tensor.dense
    case .deferred(let product): product.value
    }
  }

  /// The tensor as it is stored: for operations that take a quantised matrix as it is.
  public var stored: Tensor {
    if case .known(let tensor) = content { return tensor }
    return value
  }

  /// The product behind this variable, if it was put off; whoever can do with less than its value
  /// asks this first.
  var deferred: DeferredLinear? {
    if case .deferred(let product) = content { return product }
    return nil
  }

  public var shape: [Int] {
    switch content {
    case .known(let tensor): tensor.shape
    case .deferred(let product): product.shape
    }
  }
  public var dtype: DType {
    switch content {
    case .known(let tensor): tensor.dtype
    case .deferred(let product): product.x.dtype
    }
  }
  public var rank: Int { shape.count }
  /// Whether a gradient can flow to this value.
  public var isTracked: Bool { node != nil }
}
