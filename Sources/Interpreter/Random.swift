import Tensor

extension Interpreter {
  /// The stream for the next draw: a parameter's initialiser has its path's, a step its site's, the prompt a counter.
  public func randomStream(_ purpose: String) -> Philox {
    drawTotal += 1
    if let name = streamName {
      streamDraws += 1
      return Philox(
        seed: seed, stream: hash64(name, "initial", UInt64(streamDraws - 1)))
    }
    if isTraining {
      let key = "\(currentPath)/\(purpose)"
      let draw = drawsInStep[key, default: 0]
      drawsInStep[key] = draw + 1
      return Philox(seed: seed, stream: hash64("\(key)#\(draw)", "step", UInt64(step)))
    }
    drawCount += 1
    return Philox(seed: seed, stream: hash64("prompt", purpose, UInt64(drawCount - 1)))
  }

  /// Starts a step: its draws depend on nothing but seed, step and place.
  public func beginStep(_ number: Int) {
    step = number
    drawsInStep.removeAll(keepingCapacity: true)
  }

  /// Runs `body` as if a module at `path` ran: what it draws is keyed by that.
  public func at<R>(path: String, _ body: () throws -> R) rethrows -> R {
    let before = currentPath
    currentPath = path
    defer { currentPath = before }
    return try body()
  }

  /// `seed(n)`: every later draw is as in a new session with this seed.
  public func reseed(_ value: UInt64) {
    seed = value
    drawCount = 0
    rootCount = 0
  }
}
