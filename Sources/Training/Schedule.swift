import Tensor

/// How many steps a learning rate takes to rise from 0 to its full value.
public enum Warmup: Sendable, Equatable {
  case steps(Int)
  /// Of the horizon, rounded up.
  case fraction(Double)

  public static let none = Warmup.steps(0)
}

/// The factor by which a step's learning rate is multiplied. `step` counts from 0, T is the horizon
/// and w the warm-up; during the warm-up every schedule gives `step / w`, so that the very first
/// step has rate 0 (as in the Transformers library, whose formulas these are).
public enum Schedule: Sendable, Equatable {
  /// 1 after the warm-up.
  case constant(warmup: Warmup = .none)
  /// Falls to 0 at the horizon: `(T − step) / (T − w)`.
  case linear(warmup: Warmup = .none)
  /// Half a cosine from 1 to `minimum` at the horizon: `½ (1 + cos(π (step − w) / (T − w)))`.
  case cosine(warmup: Warmup = .none, minimum: Double = 0)
  /// `√(w / step)` after the warm-up; without one, w is 10 000 steps that begin at the full rate.
  case inverseSqrt(warmup: Warmup = .none)

  /// As the language calls it.
  public var name: String {
    switch self {
    case .constant: return "constant"
    case .linear: return "linear"
    case .cosine: return "cosine"
    case .inverseSqrt: return "inverse_sqrt"
    }
  }

  public var warmup: Warmup {
    switch self {
    case .constant(let warmup), .linear(let warmup), .cosine(let warmup, _),
      .inverseSqrt(let warmup):
      return warmup
    }
  }

  /// Whether the factor depends on the run's length.
  public var needsHorizon: Bool {
    if case .fraction = warmup { return true }
    switch self {
    case .linear, .cosine: return true
    case .constant, .inverseSqrt: return false
    }
  }

  /// Throws when the schedule cannot be followed over this horizon.
  public func validate(horizon: Int?) throws { _ = try warmupSteps(horizon: horizon) }

  /// The factor for the step that comes after `step` others.
  ///
  /// - Throws: `TrainingError` when the schedule needs a horizon and has none, or when the warm-up
  ///   does not fit into it.
  public func factor(step: Int, horizon: Int?) throws -> Double {
    let warmup = try warmupSteps(horizon: horizon)
    if step < warmup { return Double(step) / Double(warmup) }
    switch self {
    case .constant:
      return 1
    case .linear:
      return 1 - progress(step, from: warmup, to: horizon)
    case .cosine(_, let minimum):
      // The exact engine's cosine: the same bits on every machine, whatever its C library.
      let angle = Tensor([Double.pi * progress(step, from: warmup, to: horizon)])
      let height = try 0.5 * (1 + Engine(math: .exact).cos(angle).item())
      return minimum + (1 - minimum) * height
    case .inverseSqrt:
      let scale = warmup > 0 ? warmup : Schedule.defaultTimescale
      return (Double(scale) / Double(step + scale - warmup)).squareRoot()
    }
  }

  /// The time scale that the Transformers library takes when there is no warm-up.
  private static let defaultTimescale = 10_000

  /// From 0 at the end of the warm-up to 1 at the horizon, where it stays.
  private func progress(_ step: Int, from warmup: Int, to horizon: Int?) -> Double {
    guard let horizon else { return 0 }
    return min(1, Double(step - warmup) / Double(max(1, horizon - warmup)))
  }

  private func warmupSteps(horizon: Int?) throws -> Int {
    guard let horizon else {
      guard !needsHorizon, case .steps(let count) = warmup else {
        throw TrainingError(
          .needsHorizon,
          "the schedule '\(name)' depends on how long the run is; give the run a total of steps "
            + "or epochs, or take the schedule 'constant' without a fractional warm-up")
      }
      return try checked(count)
    }
    let count: Int
    switch warmup {
    case .steps(let steps):
      count = try checked(steps)
    case .fraction(let fraction):
      guard fraction >= 0, fraction <= 1 else {
        throw TrainingError(
          .invalidArgument,
          "the warm-up is \(fraction) of the run, but a fraction lies between 0 and 1; for a "
            + "number of steps give an integer")
      }
      count = Int((fraction * Double(horizon)).rounded(.up))
    }
    guard count <= horizon else {
      throw TrainingError(
        .invalidArgument,
        "the warm-up of \(count) steps is longer than the run of \(horizon); shorten it")
    }
    return count
  }

  private func checked(_ steps: Int) throws -> Int {
    guard steps >= 0 else {
      throw TrainingError(
        .invalidArgument, "the warm-up is \(steps) steps, but it cannot be negative")
    }
    return steps
  }
}
