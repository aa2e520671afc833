import Autograd
import Tensor

/// A named tensor of a module: trained (`param`) or kept (`state`). Immutable: a change makes a new box.
///
/// The key is the parameter's identity, which copying and training keep; the box tells one model's value of it from
/// another's, so that a frozen copy of a model never shares gradients with the one that is trained.
public final class Parameter {
  public enum Kind { case trained, kept }
  /// `base`: part of the pretrained architecture, what `freeze` freezes. `added`: a method's or a head's.
  public enum Origin { case base, added }

  public let key: LeafKey
  public let kind: Kind
  public let value: Tensor
  public let isTrainable: Bool
  public let origin: Origin
  /// The pretrained value, once it was replaced: what counts and merges compare with.
  public let original: Tensor?

  public init(
    key: LeafKey = LeafKey(), kind: Kind, value: Tensor, isTrainable: Bool, origin: Origin,
    original: Tensor? = nil
  ) {
    self.key = key
    self.kind = kind
    self.value = value
    self.isTrainable = isTrainable
    self.origin = origin
    self.original = original
  }

  /// The same parameter with a new value: what training, `update` and loading do.
  public func with(value: Tensor) -> Parameter {
    Parameter(
      key: key, kind: kind, value: value, isTrainable: isTrainable, origin: origin,
      original: original ?? (origin == .base ? self.value : nil))
  }

  /// The same parameter without its values.
  func with(outline: Tensor) -> Parameter {
    Parameter(key: key, kind: kind, value: outline, isTrainable: isTrainable, origin: origin)
  }

  /// The same parameter in fewer bits, frozen: from now on this is the pretrained value.
  public func quantized(_ value: Tensor) -> Parameter {
    Parameter(key: key, kind: kind, value: value, isTrainable: false, origin: origin)
  }

  /// The same parameter with its elements, where it has a file's blocks: what a run trains.
  public var unpacked: Parameter {
    guard value.quantization != nil else { return self }
    return Parameter(
      key: key, kind: kind, value: value.dense, isTrainable: isTrainable, origin: origin,
      original: original)
  }

  /// Another parameter in this one's place: what `with (weight = …)` makes. Ties to other places end.
  func replaced(by value: Tensor) -> Parameter {
    Parameter(
      kind: kind, value: value, isTrainable: isTrainable, origin: origin,
      original: original ?? (origin == .base ? self.value : nil))
  }

  /// The same parameter in a box of its own.
  public func reboxed() -> Parameter {
    Parameter(
      key: key, kind: kind, value: value, isTrainable: isTrainable, origin: origin,
      original: original)
  }

  /// The parameter with its pretrained value.
  public func restored() -> Parameter {
    guard let original else { return self }
    return Parameter(
      key: key, kind: kind, value: original, isTrainable: isTrainable, origin: origin)
  }

  func with(isTrainable: Bool) -> Parameter {
    if isTrainable == self.isTrainable || value.staysFrozen { return self }
    return Parameter(
      key: key, kind: kind, value: value, isTrainable: isTrainable, origin: origin,
      original: original)
  }
}

/// A `param` or `state` whose initialiser waits for the module's attachment. Resolved once: a module that is used at
/// several sites starts as one set of numbers, those of the site that was attached first.
final class PendingParameter {
  let kind: Parameter.Kind
  let initialiser: Code
  /// The constructor's frame, which the initialiser reads.
  let frame: Frame
  var resolved: Field?

  init(kind: Parameter.Kind, initialiser: Code, frame: Frame) {
    self.kind = kind
    self.initialiser = initialiser
    self.frame = frame
  }
}
