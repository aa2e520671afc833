import Autograd
import Foundation
import Interpreter
import Syntax
import Tensor
import Training

/// Notes every operation of a step, forward, backward and in the optimiser.
final class Tracer: Debugger, TapeObserver, StepObserver {
  struct ForwardRow {
    let call: RunningCall?
    let span: Span?
    let operation: String
    let inputs: [[Int]]
    let shape: [Int]
    let seconds: Double
    let flops: Int
    let savedBytes: Int
  }

  struct BackwardRow {
    let call: RunningCall?
    let span: Span?
    /// The local or the parameter that holds the value, where one does.
    let name: String?
    let isLeaf: Bool
    let operation: String
    let shape: [Int]
    let norm: Double
    var seconds: Double
    let flops: Int

    var title: String { SourceMap.title(name, span, isLeaf: isLeaf) }
  }

  struct UpdateRow {
    let path: String
    let shape: [Int]
    let value: Double
    let gradient: Double
    let update: Double
  }

  private(set) var forward: [ForwardRow] = []
  private(set) var backward: [BackwardRow] = []
  private(set) var updates: [UpdateRow] = []
  /// By path, where values are kept: what each site gave, the gradient of that and of parameters,
  /// and the updates.
  private(set) var activations: [(String, Tensor)] = []
  private(set) var gradients: [(String, Tensor)] = []
  private(set) var changes: [(String, Tensor)] = []

  private let engine: Engine
  private let map = SourceMap(keepsFrames: false)
  private let keepsValues: Bool
  /// Storages that stay anyway.
  private let parameters: Set<ObjectIdentifier>
  private var kept: Set<ObjectIdentifier>
  private var backwardFlops: [Int: Int] = [:]
  private var outputs: [Int: [String]] = [:]
  private var latest: [String: Int] = [:]
  private var mark = DispatchTime.now().uptimeNanoseconds

  init(_ interpreter: Interpreter, model: Module, keepsValues: Bool) {
    engine = interpreter.engine
    self.keepsValues = keepsValues
    parameters = Set(model.parameters().map { ObjectIdentifier($0.parameter.value.storage) })
    kept = parameters
  }

  // MARK: The language

  func willEnter(_ frame: Frame) { map.enter(frame) }

  func didLeave(_ frame: Frame, _ result: Value?) {
    if keepsValues, frame.functionName == "forward", let path = frame.path, let result {
      keep(result, path)
    }
    map.leave()
  }

  func willRun(_ code: Code, _ frame: Frame) { map.stand(at: code) }

  func willOperate(_ code: Code, _ frame: Frame) {
    map.operate(code, frame)
    mark = DispatchTime.now().uptimeNanoseconds
  }

  func didOperate(_ code: Code, _ value: Value, _ frame: Frame) -> Value { value }

  func didAssign(_ name: String, _ value: Value, _ frame: Frame) { map.name(value, name) }

  func didRead(_ path: String, _ variable: Variable) { map.noteLeaf(variable, path) }

  private func keep(_ result: Value, _ path: String) {
    switch result {
    case .tensor(let variable):
      // A wrapper's result takes the place of what it wraps.
      if let place = activations.firstIndex(where: { $0.0 == path }) {
        activations.remove(at: place)
      }
      activations.append((path, variable.value))
      if let earlier = latest[path] { outputs[earlier]?.removeAll { $0 == path } }
      latest[path] = variable.node?.id
      if let node = variable.node { outputs[node.id, default: []].append(path) }
    case .tuple(let tuple):
      for (name, element) in zip(tuple.names, tuple.elements) where !name.isEmpty {
        keep(element, path.isEmpty ? name : "\(path).\(name)")
      }
    default: break
    }
  }

  // MARK: The tape

  func didRun(operation: String, inputs: [Variable], output: Variable, tag: Int) {
    let seconds = elapsed()
    let cost = OperationCost(operation, inputs: inputs, output: output)
    var saved = cost.savedBytes
    for tensor in cost.saved where kept.insert(tensor.storage).inserted {
      saved += tensor.byteCount
    }
    if let node = output.node {
      map.note(node)
      backwardFlops[node.id] = cost.backwardFlops
    }
    forward.append(
      ForwardRow(
        call: map.calls.last, span: map.current?.span, operation: operation,
        inputs: inputs.map(\.shape), shape: output.shape, seconds: seconds, flops: cost.flops,
        savedBytes: saved))
    mark = DispatchTime.now().uptimeNanoseconds
  }

  func willRunBackward(node: Node, gradient: Tensor) throws -> Tensor {
    // What a graph that is consumed kept is free again.
    kept = parameters
    let place = map.places[node.id]
    backward.append(
      BackwardRow(
        call: place?.call, span: place?.span, name: map.name(of: node), isLeaf: node.isLeaf,
        operation: node.operation, shape: gradient.shape,
        norm: try engine.sumOfSquares(gradient).squareRoot(), seconds: 0,
        flops: backwardFlops[node.id] ?? 0))
    if keepsValues {
      for path in outputs[node.id] ?? [] { try add(gradient, path) }
      if let path = map.parameter(of: node) { try add(gradient, path) }
    }
    mark = DispatchTime.now().uptimeNanoseconds
    return gradient
  }

  func didRunBackward(node: Node, gradient: Tensor, inputGradients: [Tensor?]) {
    guard !backward.isEmpty else { return }
    backward[backward.count - 1].seconds = elapsed()
  }

  private func add(_ gradient: Tensor, _ path: String) throws {
    if let place = gradients.firstIndex(where: { $0.0 == path }) {
      gradients[place].1 = try engine.add(gradients[place].1, gradient)
    } else {
      gradients.append((path, gradient))
    }
  }

  private func elapsed() -> Double {
    Double(DispatchTime.now().uptimeNanoseconds - mark) / 1e9
  }

  // MARK: The optimiser

  func didCompute(_ update: StepUpdate) throws -> [LeafKey: Tensor] {
    for slot in update.slots {
      guard let new = update.values[slot.key], let gradient = update.gradients[slot.key] else {
        continue
      }
      let change = try engine.sub(new, slot.value)
      updates.append(
        UpdateRow(
          path: slot.path, shape: slot.value.shape, value: try norm(slot.value),
          gradient: try norm(gradient), update: try norm(change)))
      if keepsValues { changes.append((slot.path, change)) }
    }
    return update.values
  }

  private func norm(_ tensor: Tensor) throws -> Double {
    try engine.sumOfSquares(tensor).squareRoot()
  }
}
