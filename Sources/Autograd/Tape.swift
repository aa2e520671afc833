import Tensor

/// Records operations so that gradients can be taken. One a session, passed explicitly; the graph
/// itself hangs on the variables, so the tape holds nothing that grows.
public final class Tape {
  public let engine: Engine
  /// When off, operations return constants and save nothing.
  public var recording = true
  /// An opaque place in the source, set by the evaluator and kept in each node.
  public var tag = 0
  /// Told of each operation, forward and backward; nil costs one branch.
  public var observer: (any TapeObserver)?

  /// Asked before each operation's backward, which may take long; what it throws ends the pass.
  public var checkpoint: (() throws -> Void)?

  /// Set while a training step runs its forward pass: then only leaves are asked for gradients.
  public var inStep = false
  /// Results of linear layers above this size may wait (`DeferredLinear`), and chunks of them take
  /// about as much. Chunks of some hundred rows lose little of a product's speed.
  public var largeResultBytes = 48 << 20

  private var nextID = 0

  public init(engine: Engine) { self.engine = engine }

  /// A variable whose gradient may be asked for; a constant when the tape is not recording or the
  /// type is not a floating one.
  public func leaf(_ value: Tensor, key: LeafKey) -> Variable {
    guard recording, value.dtype.isFloat else { return Variable(value) }
    let node = Node(
      id: takeID(), operation: Node.leafName, tag: tag, key: key, shape: value.shape,
      dtype: value.dtype, inputs: [], backward: nil)
    return Variable(value, node: node)
  }

  /// A variable to which no gradient flows.
  public func constant(_ value: Tensor) -> Variable { Variable(value) }

  /// Runs `body` with recording off, and restores the setting.
  public func withoutRecording<R>(_ body: () throws -> R) rethrows -> R {
    let before = recording
    recording = false
    defer { recording = before }
    return try body()
  }

  private func takeID() -> Int {
    nextID += 1
    return nextID
  }
}

// MARK: - Recording

extension Tape {
  /// One input of an operation and how to get its gradient from the result's. The closure of an
  /// input without a node is dropped at once, and what it captured with it.
  struct Input {
    let variable: Variable
    let gradient: (Tensor) throws -> Tensor

    init(_ variable: Variable, _ gradient: @escaping (Tensor) throws -> Tensor) {
      self.variable = variable
      self.gradient = gradient
    }
  }

  /// Records an operation of one input.
  func record(_ operation: String, _ value: Tensor, _ input: Input) -> Variable {
    let x = input.variable
    guard recording, x.node != nil else {
      return observer == nil ? Variable(value) : finish(operation, [x], Variable(value))
    }
    let closure = input.gradient
    let node = Node(
      id: takeID(), operation: operation, tag: tag, key: nil, value: value, inputs: [x.node]
    ) { gradient, wanted in [wanted[0] ? try closure(gradient) : nil] }
    let output = Variable(value, node: node)
    return observer == nil ? output : finish(operation, [x], output)
  }

  /// Records an operation of two inputs; the general way's arrays would cost as much as a small sum.
  func record(_ operation: String, _ value: Tensor, _ first: Input, _ second: Input) -> Variable {
    let (x, y) = (first.variable, second.variable)
    guard recording, x.node != nil || y.node != nil else {
      return observer == nil ? Variable(value) : finish(operation, [x, y], Variable(value))
    }
    let left = x.node == nil ? nil : first.gradient
    let right = y.node == nil ? nil : second.gradient
    let node = Node(
      id: takeID(), operation: operation, tag: tag, key: nil, value: value,
      inputs: [x.node, y.node]
    ) { gradient, wanted in
      [wanted[0] ? try left?(gradient) : nil, wanted[1] ? try right?(gradient) : nil]
    }
    let output = Variable(value, node: node)
    return observer == nil ? output : finish(operation, [x, y], output)
  }

  /// Records an operation whose inputs' gradients are computed apart.
  func record(_ operation: String, _ value: Tensor, _ inputs: Input...) -> Variable {
    record(operation, value, inputs)
  }

  func record(_ operation: String, _ value: Tensor, _ inputs: [Input]) -> Variable {
    let variables = inputs.map(\.variable)
    guard recording, variables.contains(where: { $0.node != nil }) else {
      return finish(operation, variables, Variable(value))
    }
    let closures = inputs.map { $0.variable.node == nil ? nil : $0.gradient }
    return record(operation, value, joint: variables) { gradient, wanted in
      try zip(closures, wanted).map { closure, wanted in
        wanted ? try closure?(gradient) : nil
      }
    }
  }

  /// Records an operation whose inputs' gradients share work.
  func record(
    _ operation: String, _ value: Tensor, joint inputs: [Variable],
    backward: @escaping (_ gradient: Tensor, _ wanted: [Bool]) throws -> [Tensor?]
  ) -> Variable {
    guard recording, inputs.contains(where: { $0.node != nil }) else {
      return finish(operation, inputs, Variable(value))
    }
    let node = Node(
      id: takeID(), operation: operation, tag: tag, key: nil, shape: value.shape,
      dtype: value.dtype, inputs: inputs.map(\.node), backward: backward)
    return finish(operation, inputs, Variable(value, node: node))
  }

  /// Records a slice, whose gradient is a part of its input's.
  func record(
    _ operation: String, _ value: Tensor, _ input: Input, piece: Node.Piece
  ) -> Variable {
    let x = input.variable
    guard recording, x.node != nil else { return unrecorded(operation, value, x) }
    let closure = input.gradient
    let node = Node(
      id: takeID(), operation: operation, tag: tag, key: nil, shape: value.shape,
      dtype: value.dtype, inputs: [x.node],
      backward: { gradient, wanted in [wanted[0] ? try closure(gradient) : nil] }, piece: piece)
    return finish(operation, [x], Variable(value, node: node))
  }

  /// The node of an operation whose result is not there yet; nil where nothing is recorded.
  func node(_ operation: String, _ shape: [Int], _ dtype: DType, _ inputs: [Input]) -> Node? {
    guard recording, inputs.contains(where: { $0.variable.node != nil }) else { return nil }
    let closures = inputs.map { $0.variable.node == nil ? nil : $0.gradient }
    return Node(
      id: takeID(), operation: operation, tag: tag, key: nil, shape: shape, dtype: dtype,
      inputs: inputs.map(\.variable.node)
    ) { gradient, wanted in
      try zip(closures, wanted).map { closure, wanted in
        wanted ? try closure?(gradient) : nil
      }
    }
  }

  /// Tells the observer; for results that were not recorded too.
  func finish(_ operation: String, _ inputs: [Variable], _ output: Variable) -> Variable {
    if let observer {
      observer.didRun(operation: operation, inputs: inputs, output: output, tag: tag)
    }
    return output
  }
}

/// Is told of each operation as it is run, forward and backward.
public protocol TapeObserver: AnyObject {
  /// True (the default) for one that wants to see every value: operations are then run one by one
  /// as they were written, without putting off or joining any.
  var seesValues: Bool { get }
  /// After an operation's forward. `output.node` is nil when nothing was recorded.
  func didRun(operation: String, inputs: [Variable], output: Variable, tag: Int)
  /// When all of a node's gradient has arrived, leaves included; what this returns goes on in its place.
  func willRunBackward(node: Node, gradient: Tensor) throws -> Tensor
  /// After an operation's backward: the result's gradient and each input's (nil: not wanted).
  func didRunBackward(node: Node, gradient: Tensor, inputGradients: [Tensor?])
}

extension TapeObserver {
  public func willRunBackward(node: Node, gradient: Tensor) throws -> Tensor { gradient }
  public var seesValues: Bool { true }
  public func didRunBackward(node: Node, gradient: Tensor, inputGradients: [Tensor?]) {}
}
