import Autograd
import Interpreter
import Syntax
import Tensor
import Training

/// A point at which what runs can be stopped: `docs/stepping.md`, section 1.
enum Moment {
  case statement(Code, Frame)
  case part(Code, Frame, Value)
  case gradient(Node, Tensor)
  case update(ParameterUpdate)
  case failure(any Error, Frame?)

  /// Parts of a step that lie behind the forward pass.
  enum Phase { case forward, backward, optimizer }

  var phase: Phase {
    switch self {
    case .gradient: .backward
    case .update: .optimizer
    default: .forward
    }
  }

  /// The value under the name `it`.
  var it: Value? {
    switch self {
    case .part(_, _, let value): value
    case .gradient(_, let gradient): .tensor(Variable(gradient))
    case .update(let update): .tensor(Variable(update.new))
    default: nil
    }
  }

  /// The tensors whose norms and finiteness conditions ask for.
  var tensors: [Tensor] {
    switch self {
    case .part(_, _, let value): Moment.tensors(of: value)
    case .gradient(_, let gradient): [gradient]
    case .update(let update): [update.new]
    default: []
    }
  }

  private static func tensors(of value: Value) -> [Tensor] {
    switch value {
    case .tensor(let variable): [variable.value]
    case .tuple(let tuple): tuple.elements.flatMap(tensors)
    default: []
    }
  }
}

/// What the optimiser makes of one parameter.
struct ParameterUpdate {
  let slot: ParameterSlot
  let gradient: Tensor
  var new: Tensor
  let memory: SlotState
}

/// How far to run before the next stop.
enum Motion {
  case into
  /// The next moment of this function, calls being one.
  case part(depth: Int)
  /// The next statement of this function, or what it gave.
  case next(depth: Int)
  case out(depth: Int, phase: Moment.Phase)
  case on
  /// To the end, past breakpoints too.
  case free

  func stops(at moment: Moment, depth: Int) -> Bool {
    switch self {
    case .into: return true
    case .part(let wanted): return depth <= wanted
    case .next(let wanted):
      if case .part = moment { return depth < wanted }
      return depth <= wanted
    case .out(let wanted, let phase):
      if phase != .forward { return moment.phase != phase && depth <= wanted }
      return moment.phase == .forward ? depth < wanted : false
    case .on, .free: return false
    }
  }
}
