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
    let waiting = try whatWaits(still, run, rehearsal)
    noteWithoutGradient(
      unread, "that no operation reads: no forward uses them, or only within stop_gradient")
    noteWithoutGradient(stopped, "whose gradient is stopped on the way from the loss")
    if !has("masked labels"), !has("dead activations") {
      let rest = still.filter { !waiting.contains($0.key) }
      noteWithoutGradient(rest, "with a gradient of exactly 0")
    }
  }

  /// Those of some parameters that get a gradient as soon as what is all 0 is not: as LoRA's A does
  /// when B has moved. That is tried, not guessed.
  private func whatWaits(
    _ still: [ParameterSlot], _ run: Run, _ rehearsal: Rehearsal
  ) throws -> Set<LeafKey> {
    let zeros = try rehearsal.slots.filter { try engine.sumOfSquares($0.value) == 0 }
    guard !still.isEmpty, !zeros.isEmpty else { return [] }
    var nudged: [LeafKey: Tensor] = [:]
    for slot in zeros {
      let noise = try Philox(seed: 1, stream: hash64("check", slot.path, 1)).normal(
        slot.value.shape, dtype: slot.value.dtype)
      nudged[slot.key] = try engine.affine(noise, scale: 0.02)
    }
    let trial = try run.rehearse(with: nudged, shouldStop: interpreter.isInterrupted)
    let waiting = try still.filter { slot in
      try trial.gradients[slot.key].map { try engine.sumOfSquares($0) > 0 } ?? false
    }
    guard !waiting.isEmpty else { return [] }
    let names = Set(waiting.flatMap { partners(of: $0, zeros) }).sorted()
    expect(
      "no gradient yet at \(paths(waiting.map(\.path))): it is multiplied by "
        + "\(names.joined(separator: ", ")), which is 0 at the start and moves first")
    return Set(waiting.map(\.key))
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
