import Interpreter
import Tensor
import Training

/// The tensors that were frozen when a run started: its states share them with the user's own
/// model.
final class FixedTensors {
  /// The model that the run started from.
  let start: Module
  private let storages: Set<ObjectIdentifier>

  init(_ model: Module) {
    start = model
    var storages: Set<ObjectIdentifier> = []
    model.forEachParameter { parameter in
      if !parameter.isTrainable { storages.insert(ObjectIdentifier(parameter.value.storage)) }
    }
    self.storages = storages
  }

  func contains(_ tensor: Tensor) -> Bool { storages.contains(ObjectIdentifier(tensor.storage)) }
}

/// A model at a step, with the tensors that its run has made its own: trainable parameters, and
/// what hooks have changed.
final class ModelSnapshot: TensorSnapshot {
  let model: Module
  private let fixed: FixedTensors
  /// In the order of the model; a parameter that several places share is one.
  private let own: [Parameter]

  init(_ model: Module, fixed: FixedTensors) {
    self.model = model
    self.fixed = fixed
    var seen: Set<ObjectIdentifier> = []
    var own: [Parameter] = []
    model.forEachParameter { parameter in
      guard parameter.isTrainable || !fixed.contains(parameter.value) else { return }
      if seen.insert(ObjectIdentifier(parameter)).inserted { own.append(parameter) }
    }
    self.own = own
  }

  private init(_ model: Module, fixed: FixedTensors, own: [Parameter]) {
    self.model = model
    self.fixed = fixed
    self.own = own
  }

  var tensors: [Tensor] { own.map(\.value) }

  func replacing(_ tensors: [Tensor]) -> any TensorSnapshot {
    var boxes: [ObjectIdentifier: Parameter] = [:]
    var replaced: [Parameter] = []
    for (parameter, value) in zip(own, tensors) {
      let box = Parameter(
        key: parameter.key, kind: parameter.kind, value: value,
        isTrainable: parameter.isTrainable, origin: parameter.origin, original: parameter.original)
      boxes[ObjectIdentifier(parameter)] = box
      replaced.append(box)
    }
    let changed = model.mappingParameters { _, parameter in
      boxes[ObjectIdentifier(parameter)] ?? parameter
    }
    return ModelSnapshot(changed, fixed: fixed, own: replaced)
  }
}

extension Module {
  /// Goes through every parameter and state; one that several modules share comes several times.
  func forEachParameter(_ body: (Parameter) -> Void) {
    _ = mappingParameters { _, parameter in
      body(parameter)
      return parameter
    }
  }

  /// The model with boxes of its own for what trains: what another variable holds of it is a
  /// constant to a run.
  var withOwnBoxes: Module {
    var boxes: [ObjectIdentifier: Parameter] = [:]
    return mappingParameters { _, parameter in
      guard parameter.isTrainable else { return parameter }
      let box = boxes[ObjectIdentifier(parameter)]
        ?? (parameter.value.quantization == nil ? parameter.reboxed() : parameter.unpacked)
      boxes[ObjectIdentifier(parameter)] = box
      return box
    }
  }
}
