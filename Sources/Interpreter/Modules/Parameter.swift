import Autograd
import Tensor

/// The identity of a parameter. Copying and editing a model keep it; each construction makes it anew.
///
/// It also remembers the initial value, so that one module used at several sites starts as one set of numbers.
public final class ParameterID {
  public let key = LeafKey()
  /// Written once, when the parameter is first attached.
  var initial: Tensor?
  public init() {}
}

/// A named tensor of a module: trained (`param`) or kept (`state`).
public struct Parameter {
  public enum Kind { case trained, kept }
  /// `base`: part of the pretrained architecture, what `freeze` freezes. `added`: a method's or a head's.
  public enum Origin { case base, added }

  public let id: ParameterID
  public let kind: Kind
  /// Carries a tape node only where `with` gave the module a computed value.
  public var value: Variable
  public var isTrainable: Bool
  public var origin: Origin

  public init(
    id: ParameterID = ParameterID(), kind: Kind, value: Variable, isTrainable: Bool, origin: Origin
  ) {
    self.id = id
    self.kind = kind
    self.value = value
    self.isTrainable = isTrainable
    self.origin = origin
  }
}

/// A `param` or `state` whose initialiser waits for the module's attachment.
final class PendingParameter {
  let id = ParameterID()
  let kind: Parameter.Kind
  let initialiser: Code
  /// The constructor's frame, which the initialiser reads.
  let frame: Frame

  init(kind: Parameter.Kind, initialiser: Code, frame: Frame) {
    self.kind = kind
    self.initialiser = initialiser
    self.frame = frame
  }
}
