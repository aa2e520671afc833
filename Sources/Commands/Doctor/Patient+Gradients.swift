import Autograd
import Interpreter
import Tensor
import Training

/// Trainable parameters without gradient, and whether they only wait for another to move.
extension Patient {
  func checkGradients(
    _ run: Run, _ rehearsal: Rehearsal, _ observer: ActivationObserver
  ) throws {
    var (unread, stopped, still): ([ParameterSlot], [ParameterSlot], [ParameterSlot]) = ([], [], [])
    for slot in rehearsal.slots {
      guard let gradient = rehearsal.gradients[slot.key] else {
        if observer.read.contains(slot.key) { stopped.append(slot) } else { unread.append(slot) }
        continue
      }
      if try engine.sumOfSquares(gradient) == 0 { still.append(slot) }
    }
    let zeros = try rehearsal.slots.filter { try engine.sumOfSquares($0.value) == 0 }
    let nudged = try moved(zeros)
    let waiting = try whatWaits(still, zeros, nudged, run)
    let lacking = (unread + stopped + still).filter { !waiting.contains($0.key) }
    let missed = try whatIsMissed(lacking, nudged, run)
    func rest(_ slots: [ParameterSlot]) -> [ParameterSlot] {
      slots.filter { !waiting.contains($0.key) && !missed.contains($0.key) }
    }
    noteWithoutGradient(
      rest(unread), "that no operation reads: no forward uses them, or only within stop_gradient")
    noteWithoutGradient(rest(stopped), "whose gradient is stopped on the way from the loss")
    if !has("masked labels"), !has("dead activations") {
      noteWithoutGradient(rest(still), "with a gradient of exactly 0")
    }
  }

  /// Small values in the place of those that are all 0.
  private func moved(_ zeros: [ParameterSlot]) throws -> [LeafKey: Tensor] {
    var values: [LeafKey: Tensor] = [:]
    for slot in zeros {
      let noise = try Philox(seed: 1, stream: hash64("check", slot.path, 1)).normal(
        slot.value.shape, dtype: slot.value.dtype)
      values[slot.key] = try engine.affine(noise, scale: 0.02)
    }
    return values
  }

  /// Those of some parameters that get a gradient as soon as what is all 0 is not: as LoRA's A does
  /// when B has moved. That is tried, not guessed.
  private func whatWaits(
    _ still: [ParameterSlot], _ zeros: [ParameterSlot], _ nudged: [LeafKey: Tensor], _ run: Run
  ) throws -> Set<LeafKey> {
    guard !still.isEmpty, !zeros.isEmpty else { return [] }
    let waiting = try reached(still, by: rehearse(run, nudged, draw: 0))
    guard !waiting.isEmpty else { return [] }
    let names = Set(waiting.flatMap { partners(of: $0, zeros) }).sorted()
    expect(
      "no gradient yet at \(paths(waiting.map(\.path))): it is multiplied by "
        + "\(names.joined(separator: ", ")), which is 0 at the start and moves first")
    return Set(waiting.map(\.key))
  }

  /// So many other draws show what chance leaves out of a step with a probability of 1/2 in all but
  /// one of 65,536 checks.
  private static let draws = 16

  /// Those of some parameters that get a gradient when what is random in a step is drawn anew: a
  /// closed gate, an adapter that the step skips.
  private func whatIsMissed(
    _ lacking: [ParameterSlot], _ nudged: [LeafKey: Tensor], _ run: Run
  ) throws -> Set<LeafKey> {
    var rest = lacking
    var missed: [ParameterSlot] = []
    let start = interpreter.drawTotal
    for draw in 1...Self.draws where !rest.isEmpty {
      let found = try reached(rest, by: rehearse(run, nudged, draw: draw))
      missed += found
      rest.removeAll { slot in found.contains { $0.key == slot.key } }
      // A step in which nothing is drawn is the same again.
      if interpreter.drawTotal == start { break }
    }
    guard !missed.isEmpty else { return [] }
    expect(
      "no gradient in the next step at \(paths(missed.map(\.path))): what is drawn at random leaves "
        + "\(missed.count == 1 ? "it" : "them") out this time, and not in other draws")
    return Set(missed.map(\.key))
  }

  private func rehearse(
    _ run: Run, _ values: [LeafKey: Tensor], draw: Int
  ) throws -> [LeafKey: Tensor] {
    try run.rehearse(with: values, draw: draw, shouldStop: interpreter.isInterrupted).gradients
  }

  private func reached(
    _ slots: [ParameterSlot], by gradients: [LeafKey: Tensor]
  ) throws -> [ParameterSlot] {
    try slots.filter { slot in
      try gradients[slot.key].map { try engine.sumOfSquares($0) > 0 } ?? false
    }
  }

  /// The parameters of the same adapter, or else of the model, that are all 0: matrices, where there
  /// are some, since a bias is added and holds nothing back.
  private func partners(of slot: ParameterSlot, _ zeros: [ParameterSlot]) -> [String] {
    var prefix = ""
    if let adapter = adapterOf[slot.key], let end = slot.path.range(of: ".\(adapter).")?.upperBound {
      prefix = String(slot.path[..<end])
    }
    let near = zeros.filter { $0.path.hasPrefix(prefix) && $0.key != slot.key }
    let chosen = near.isEmpty ? zeros : near
    let rank = chosen.map(\.value.rank).max() ?? 0
    return chosen.filter { $0.value.rank == rank }.map { other in
      near.isEmpty ? other.path : String(other.path.dropFirst(prefix.count))
    }
  }

  private func noteWithoutGradient(_ slots: [ParameterSlot], _ why: String) {
    guard let first = slots.first else { return }
    let named = model.parameters().first { $0.parameter.key == first.key }
    let isBase = named?.parameter.origin == .base
    found(
      "no gradient", "\(count(slots.count, "trainable parameter")) \(why)",
      at: paths(slots.map(\.path)),
      mend: isBase
        ? "model = \(line.model) |> freeze(\"\(first.path)\")"
        : "source(\(named?.owner.type.name ?? "model"))  # use it in `forward`, or declare it as "
          + "a state"
    )
  }
}
