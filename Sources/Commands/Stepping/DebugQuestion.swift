import Interpreter

/// The debugger's prompt, and what may be typed behind it.
public struct DebugQuestion {
  public let prompt: String
  /// What a line may begin with beside code.
  public let commands: [String]
  /// The commands that a place may follow.
  public let placing: [String]
  /// What is at hand beside the session's own names.
  public let values: [String: Value]
  /// Where it can be made to stop: sites and parameters, and the words for other places.
  public let places: () -> [String]
}

/// What a person answered to the debugger's prompt.
public enum DebugInput {
  case line(String)
  /// Ctrl-C: the line is dropped.
  case interrupted
  case end
}

extension Stepper {
  func question(at moment: Moment) -> DebugQuestion {
    var values: [String: Value] = [:]
    for name in names.ownNames { values[name] = names.lookup(name) }
    if let frame = chosenFrame ?? frame(of: moment) {
      for field in frame.fields { values[field.name] = field.value }
      for local in frame.locals { values[local.name] = local.value }
    }
    if chosen == nil { values[FrameEvaluation.itName] = moment.it }
    let models = reachableModels
    return DebugQuestion(
      prompt: Self.prompt, commands: Self.commands.map(\.name),
      placing: Self.commands.filter { $0.argument == "[PLACE]" }.flatMap { command in
        [command.name] + (command.letter.map { [$0] } ?? [])
      }, values: values, places: { Breakpoint.words + Stepper.sitesAndParameters(of: models) })
  }

  /// Those of the session, and the one that runs.
  var reachableModels: [Module] {
    let running = map.calls.lazy.compactMap { $0.frame?.owner }.first { $0.path.isEmpty }
    return models + (running.map { [$0] } ?? [])
  }

  static func sitesAndParameters(of models: [Module]) -> [String] {
    models.flatMap { $0.sites().map(\.path) + $0.parameters().map(\.path) }
  }
}
