import Autograd
import Tensor

/// What the optimiser made of the gradients, before it takes effect.
public struct StepUpdate {
  public let run: Run
  public let slots: [ParameterSlot]
  /// As the optimiser got them: adjusted and clipped.
  public let gradients: [LeafKey: Tensor]
  /// The new values of the parameters that have a gradient.
  public let values: [LeafKey: Tensor]
  public let stateBefore: OptimizerState
  public let state: OptimizerState
  public let learningRate: Double
}

/// Sees a step's update; the values that it returns take effect.
public protocol StepObserver: AnyObject {
  func didCompute(_ update: StepUpdate) throws -> [LeafKey: Tensor]
}

/// Where a run stands, with all that it can go back to: references to immutable values.
public struct RunBookmark {
  public let run: Run
  fileprivate let state: Snapshot
  fileprivate let history: History
  fileprivate let snapshots: SnapshotStore
}

extension Run {
  public func bookmark() -> RunBookmark {
    RunBookmark(run: self, state: capture(), history: history, snapshots: snapshots)
  }

  /// Puts the run where it stood, whichever way it moved since.
  public func restore(_ bookmark: RunBookmark) {
    restore(bookmark.state)
    history = bookmark.history
    snapshots = bookmark.snapshots
  }

  func requireRest(_ what: String) throws {
    guard isStepping else { return }
    throw TrainingError(
      .invalidArgument, step: stepCount + 1,
      "`\(what)` was asked of a run that is in the middle of step \(stepCount + 1); let that step "
        + "end first")
  }
}
