/// Why a run cannot go on, or cannot be started: a sentence that says what, where and what to do.
public struct TrainingError: Error, CustomStringConvertible, Equatable, Sendable {
  public enum Kind: String, Sendable {
    /// An argument of an optimiser, a schedule or a run is out of range.
    case invalidArgument
    /// No parameter is trainable, or the loss depends on none.
    case nothingTrainable
    /// A schedule or an open-ended `train` needs to know how long the run is.
    case needsHorizon
    /// The run has made all its steps.
    case finished
    /// The loss, a gradient or an update is NaN or infinite.
    case notFinite
    /// `back` was asked to go before the first step.
    case tooFarBack
    /// A state that was kept on disk cannot be read any more.
    case lostSnapshot
    /// Making a step again gave something else than the first time.
    case notReproducible
    /// `shouldStop` asked for a stop within a step or a replay.
    case interrupted
  }

  public let kind: Kind
  /// The step in which it happened, 1 for the first; nil when it has to do with no step.
  public let step: Int?
  public let message: String

  public init(_ kind: Kind, step: Int? = nil, _ message: String) {
    self.kind = kind
    self.step = step
    self.message = message
  }

  public var description: String { message }
}
