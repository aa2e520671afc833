import Autograd
import Datasets
import Interpreter
import Tensor
import Training

/// Mistakes in how a model is trained, found by making the next step on trial and by what the steps
/// so far tell.
extension Patient {
  func checkRun() throws {
    guard let value = run else { return }
    let run = value.run
    check { checkHorizon(run) }
    check { checkWarmup(run) }
    check { checkBatch(run) }
    check { checkClipping(run) }
    try check { try checkNextStep(value) }
    if isRunning {
      try check { try checkFrozen(value) }
      try check { try checkFit(value) }
    }
  }

  // MARK: - Settings

  private func checkHorizon(_ run: Run) {
    guard let horizon = run.horizon, 2 * horizon <= run.stepsPerEpoch else { return }
    found(
      "horizon",
      "the run ends after \(count(horizon, "step")) and sees "
        + "\(share(horizon, of: run.stepsPerEpoch)) of the data",
      at: "total=\(horizon), of \(count(run.stepsPerEpoch, "step")) an epoch",
      mend: line.setting(("epochs", "1"), without: "total"))
  }

  private func checkWarmup(_ run: Run) {
    guard let horizon = run.horizon, case .steps(let steps) = run.options.schedule.warmup,
      2 * steps > horizon
    else { return }
    found(
      "warm-up",
      "the learning rate rises during \(steps) of \(count(horizon, "step")): most of the run goes "
        + "by below the rate that was asked for",
      at: "warmup=\(steps)", mend: line.setting(("warmup", "0.1")))
  }

  private func checkBatch(_ run: Run) {
    let size = run.options.batchSize * run.options.accumulate
    let rows = run.order.exampleCount
    guard size > rows else { return }
    found(
      "batch size",
      "a batch of \(size) is larger than the data: every step sees all \(count(rows, "row")), and "
        + "an epoch is one step",
      at: "batch=\(run.options.batchSize)"
        + (run.options.accumulate > 1 ? ", accumulate=\(run.options.accumulate)" : ""),
      mend: line.setting(("batch", "\(Swift.max(1, rows / 8))"), without: "accumulate"))
  }

  private func checkClipping(_ run: Run) {
    guard let clip = run.options.clip, run.history.count >= 5 else { return }
    let norm = median(run.history.records.suffix(20).map(\.gradientNorm))
    guard norm > 10 * clip else { return }
    found(
      "clipping",
      "gradients of norm \(number(norm)) are cut to \(number(clip)) at nearly every step: the "
        + "learning rate is in effect \(number(norm / clip)) times lower",
      at: "clip=\(number(clip))", mend: line.setting(("clip", number(norm))))
  }

  // MARK: - The next step

  private func checkNextStep(_ value: RunValue) throws {
    do {
      let observer = ActivationObserver(interpreter)
      let rehearsal = try interpreter.observing(with: observer) {
        try value.run.rehearse(shouldStop: interpreter.isInterrupted)
      }
      check { checkActivations(observer, rehearsal) }
      check { checkMaskedLabels(rehearsal) }
      try check { try checkGradients(value.run, rehearsal, observer) }
      try check { try checkRate(value, rehearsal) }
      try value.run.tryStep(shouldStop: interpreter.isInterrupted)
    } catch let error as TrainingError where error.kind == .interrupted {
      throw Interrupted()
    } catch let error as Interrupted {
      throw error
    } catch {
      try noteFailure(interpreter.place(error, at: span), value)
    }
  }

  /// A step that fails is a finding, unless one before says why.
  private func noteFailure(_ error: any Error, _ value: RunValue) throws {
    let causes: Set = [
      "nothing trainable", "number of classes", "vocabulary", "not finite", "labels",
      "masked labels",
    ]
    guard !findings.contains(where: { causes.contains($0.name) }) else { return }
    let diagnostic = (error as? Failure)?.diagnostic
    if value.run.horizon == nil, let trial = try? value.run.withHorizon(value.run.stepCount + 100),
      (try? trial.tryStep()) != nil
    {
      found(
        "horizon",
        "the next step fails without an end of the run: \(diagnostic?.message ?? "\(error)")",
        at: value.trainee.span.text.onOneLine,
        mend: line.setting(("total", "\(5 * value.run.stepsPerEpoch)")))
      return
    }
    found(
      "next step", "it fails: \(diagnostic?.message ?? "\(error)")",
      at: diagnostic?.span?.text.onOneLine ?? trial,
      mend: "\(trial)  # shows the error in full"
        + (diagnostic?.fix.map { "; \($0)" } ?? ""))
  }

  /// What makes the next step, or without a run of the user's a first one.
  private var trial: String {
    isRunning ? "step(\(line.run))" : line.setting(("steps", "1"))
  }

  /// How the user reaches a module.
  private func site(_ path: String) -> String {
    (isRunning ? "\(line.run).model" : line.model) + (path.isEmpty ? "" : "[\"\(path)\"]")
  }

  private func checkActivations(_ observer: ActivationObserver, _ rehearsal: Rehearsal) {
    func place(_ place: ActivationObserver.Place) -> String {
      let source = place.span.map { ": \($0.text.onOneLine)" } ?? ""
      return (place.path.isEmpty ? "" : "\(place.path), ") + "`\(place.operation)`" + source
    }
    let loss = (try? rehearsal.output.loss.value.item()) ?? 0
    if let broken = observer.nan ?? (loss.isFinite ? nil : observer.infinite), !has("not finite") {
      found(
        "not finite", "the forward pass gives NaN or an infinite number",
        at: "first in " + place(broken), mend: "explain(\(site(broken.path)))")
    }
    if let (largest, value) = observer.largest {
      found(
        "exploding activations",
        "numbers reach \(number(value)), more than half precision can hold (65504)",
        at: place(largest),
        mend:
          "model = \(line.model) with (…)  # smaller weights "
            + (largest.path.isEmpty ? "in the model itself" : "at \(largest.path)")
            + ", or a norm in front of it"
      )
    }
    if let worst = observer.dead.max(by: { $0.share < $1.share }) {
      let all = Set(observer.dead.map(\.place.path)).count
      found(
        "dead activations",
        "\(Int((100 * worst.share).rounded()))% of the units give the same for every token of the "
          + "batch, and pass no gradient on",
        at: place(worst.place) + (all > 1 ? ", and at \(all - 1) more" : ""),
        mend:
          "explain(\(site(worst.place.path)))  # a bias or weight there is far from its start"
      )
    }
  }

  /// Labels as the loss sees them, after any edit.
  private func checkMaskedLabels(_ rehearsal: Rehearsal) {
    var labels = (rehearsal.batch as? Batch)?.labels
    if case .tuple(let output)? = (rehearsal.output.output as? Boxed)?.value,
      case .tensor(let changed)? = output["labels"]
    {
      labels = changed.value
    }
    guard let labels, !labels.dtype.isFloat, let numbers = try? labels.ints(), !has("labels") else {
      return
    }
    guard !numbers.isEmpty, numbers.allSatisfy({ $0 == Batch.ignored }) else { return }
    found(
      "masked labels",
      "every label of the next batch is \(Batch.ignored), which the loss leaves out: there is "
        + "nothing to learn",
      at: "labels \(describe(labels.shape)) of the model's output",
      mend:
        "mask(batches(\(line.model), \(line.data), size=1)[0])  # shows each token with its label")
  }

  // MARK: - Learning rate

  /// True where it is the weight decay, which takes its share of the weights at each step, that
  /// moves them so far.
  private func noteDecay(_ run: Run) -> Bool {
    let (rate, decay) = (run.optimizer.learningRate, run.optimizer.weightDecay)
    guard rate * decay > 0.1 else { return false }
    let (name, kept) = (run.optimizer.name, printer.number(rate))
    found(
      "weight decay",
      "each step takes \(number(rate * decay)) of the weights' size away: a decay of "
        + "\(number(decay)) times a learning rate of \(kept)",
      at: "\(name)(lr=\(kept), weight_decay=\(printer.number(decay)))",
      mend: line.setting(("optimizer", "\(name)(lr=\(kept), weight_decay=0.01)")))
    return true
  }

  private func checkRate(_ value: RunValue, _ rehearsal: Rehearsal) throws {
    let run = value.run
    let records = run.history.records.suffix(10).filter { $0.learningRate > 0 }
    let full = run.optimizer.learningRate
    guard full > 0 else {
      found(
        "learning rate", "it is 0: nothing moves", at: "\(run.optimizer.name)(lr=0.0)",
        mend: line.setting(("optimizer", "\(run.optimizer.name)(lr=0.001)")))
      return
    }
    // At the full rate, whatever warm-up or decay made of it.
    var ratio = median(records.map { $0.updateRatio * full / $0.learningRate })
    let isMeasured = records.count >= 5
    if !isMeasured { ratio = try updateRatio(rehearsal) }
    let isRising = lossRises(run.history.losses)
    let isHigh = isMeasured ? ratio > 0.3 || (ratio > 0.02 && isRising) : ratio > 1
    let isLow = isMeasured && ratio > 0 && ratio < 1e-6
    guard isHigh || isLow else { return }
    if isHigh, noteDecay(run) { return }
    let better = (full * 1e-3 / ratio).rounded(to: 1)
    let how = isMeasured ? "over the last \(records.count) steps" : "in the next step"
    found(
      "learning rate",
      "it is too \(isHigh ? "high" : "low"): an update moves the weights by \(number(ratio)) of "
        + "their size \(how); about 0.001 is usual"
        + (isRising && isHigh ? ", and the loss rises" : ""),
      at: "\(run.optimizer.name)(lr=\(printer.number(full)))",
      mend: line.setting(("optimizer", "\(run.optimizer.name)(lr=\(printer.number(better)))")))
  }

  /// ‖Δw‖ / ‖w‖ of the parameters that are not 0 at the start.
  private func updateRatio(_ rehearsal: Rehearsal) throws -> Double {
    var (change, size) = (0.0, 0.0)
    for slot in rehearsal.slots {
      guard let new = rehearsal.updates[slot.key] else { continue }
      let squares = try engine.sumOfSquares(slot.value)
      guard squares > 0 else { continue }
      change += try engine.sumOfSquares(engine.sub(new, slot.value))
      size += squares
    }
    return size > 0 ? (change / size).squareRoot() : 0
  }

  private func lossRises(_ losses: [Double]) -> Bool {
    guard losses.count >= 8 else { return false }
    let part = losses.count / 4
    return mean(losses.suffix(part)) > 1.25 * mean(losses.prefix(part))
  }

  private func mean(_ numbers: some Collection<Double>) -> Double {
    numbers.isEmpty ? 0 : numbers.reduce(0, +) / Double(numbers.count)
  }

  func median(_ numbers: [Double]) -> Double {
    let sorted = numbers.sorted()
    guard !sorted.isEmpty else { return 0 }
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }

  // MARK: - What came of it

  /// Frozen weights of the base that are not what they were.
  private func checkFrozen(_ value: RunValue) throws {
    let start = value.trainee.fixed.start.parameters()
    let before = Dictionary(start.map { ($0.parameter.key, $0.parameter) }) { first, _ in first }
    var changed: [String] = []
    for named in value.trainee.model.parameters()
    where named.parameter.origin == .base && named.parameter.kind == .trained
      && !named.parameter.isTrainable
    {
      guard let old = before[named.parameter.key],
        old.value.storage !== named.parameter.value.storage
      else { continue }
      let difference = try engine.compare(
        .notEqual, named.parameter.value.dense, old.value.dense)
      if try engine.sum(engine.cast(difference, to: .i64)).item() > 0 { changed.append(named.path) }
    }
    guard !changed.isEmpty else { return }
    let hooks = model.edits.filter { ["before_step", "after_step"].contains($0.command) }
    if let method = hooks.compactMap(\.method).first {
      expect("frozen weights changed at \(paths(changed)): `\(method)` changes them itself")
      return
    }
    found(
      "changed base",
      "\(count(changed.count, "frozen parameter")) of the base "
        + "\(changed.count == 1 ? "is" : "are") not what "
        + "\(changed.count == 1 ? "it was" : "they were") when the run began: an adapter that is "
        + "saved alone will not fit the base it was made for",
      at: paths(changed)
        + (hooks.last.map { "; hook: \($0.places.last?.text.onOneLine ?? $0.command)" } ?? ""),
      mend: "rewind(\(line.run))  # and leave the hook out, or limit it to what trains")
  }

  /// What the model knows of its training data and not of other data.
  private func checkFit(_ value: RunValue) throws {
    guard let data, let other = others.first, value.run.stepCount >= value.run.stepsPerEpoch else {
      return
    }
    guard let known = try loss(value, on: data), let new = try loss(value, on: other.data) else {
      return
    }
    guard new > 1.5 * known + 0.1 else { return }
    found(
      "over-fitting",
      "the loss is \(number(known)) on the training data and \(number(new)) on \(other.name): it "
        + "learns the rows by heart",
      at: "step \(value.run.stepCount), epoch \(value.run.epoch + (value.run.isFinished ? 0 : 1))",
      mend:
        "rewind(\(line.run), to=\(value.run.stepCount / 2)); evaluate(\(line.run).model, "
          + "on=\(other.name))  # find the step where it is best"
    )
  }

  /// The mean loss over at most 128 rows.
  private func loss(_ value: RunValue, on data: Dataset) throws -> Double? {
    guard !data.isEmpty else { return nil }
    let step = Swift.max(1, data.count / 128)
    let rows = data.picking(Array(stride(from: 0, to: data.count, by: step).prefix(128)))
    let source = try value.makeBatches(rows)
    var meter = LossMeter()
    var start = 0
    while start < source.count {
      try interpreter.poll()
      let places = Array(start..<Swift.min(start + 32, source.count))
      let batch = try source.batch(places, seed: value.run.options.seed, step: 0)
      meter.add(mean: try value.trainee.plainLoss(batch), count: places.count)
      start += 32
    }
    return meter.loss.value
  }
}
