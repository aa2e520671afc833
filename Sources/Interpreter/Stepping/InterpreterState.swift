/// What a piece of code may change in an interpreter beside names: the counters behind random streams, and what is
/// kept for the forward pass that runs.
public struct InterpreterState {
  fileprivate let seed: UInt64
  fileprivate let step: Int
  fileprivate let isTraining: Bool
  fileprivate let drawCount: Int
  fileprivate let rootCount: Int
  fileprivate let drawsInStep: [String: Int]
  fileprivate let streamDraws: Int
  fileprivate let sharedResults: [SharedResult: (module: Module, value: Value)]
  fileprivate let recording: Bool
}

extension Interpreter {
  public var state: InterpreterState {
    get {
      InterpreterState(
        seed: seed, step: step, isTraining: isTraining, drawCount: drawCount, rootCount: rootCount,
        drawsInStep: drawsInStep, streamDraws: streamDraws, sharedResults: sharedResults,
        recording: tape.recording)
    }
    set {
      seed = newValue.seed
      step = newValue.step
      isTraining = newValue.isTraining
      drawCount = newValue.drawCount
      rootCount = newValue.rootCount
      drawsInStep = newValue.drawsInStep
      streamDraws = newValue.streamDraws
      sharedResults = newValue.sharedResults
      tape.recording = newValue.recording
    }
  }
}
