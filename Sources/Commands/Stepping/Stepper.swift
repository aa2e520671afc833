import Autograd
import Interpreter
import Syntax
import Tensor
import Training

/// Leaves all that runs, to run it again up to an earlier moment.
struct GoBack: Signal {
  let moment: Int
}

/// Leaves all that runs; what was changed is put back.
struct LeaveDebugger: Signal {}

/// The debugger: counts moments, stops at some, and talks there.
final class Stepper: Debugger, TapeObserver, StepObserver {
  let interpreter: Interpreter
  let map = SourceMap(keepsFrames: true)
  /// Reads a command.
  let read: (DebugQuestion) throws -> DebugInput
  /// Whether Ctrl-C was pressed since it was last asked.
  let wasInterrupted: () -> Bool
  /// Interruptions as they were before the debugger took them: while typed code runs.
  let isInterruptedOutside: () -> Bool
  /// Scripts' commands are shown as if they had been typed.
  let echoes: Bool
  /// The debugger's own names.
  let names: Namespace
  /// Models whose sites and parameters may be named, beside the one that runs.
  let models: [Module]

  /// The number of the moment that is, from 1.
  var moment = 0
  var motion = Motion.into
  /// What an empty line repeats.
  var latestMotion: String?
  /// While something is run again: the moment up to which nothing stops.
  var target: Int?
  /// Moments at which it stopped, to go back to.
  var visited: [Int] = []
  /// What was typed that changes something, by moment, and the call that was looked at.
  var changes: [Int: [(text: String, chosen: Int?)]] = [:]
  var breakpoints: [Breakpoint] = []
  /// While typed code runs there are no moments.
  var isBusy = false
  /// The error that is leaving frame by frame was shown already.
  var isFailing = false
  var entered: Frame?
  /// Gradients that have arrived: by node, and by parameter, of whose reads it is the sum.
  var arrived: [Int: Tensor] = [:]
  var arrivedLeaves: [LeafKey: Tensor] = [:]
  var lossValue: Tensor?
  var latestGradientCall: RunningCall?
  var isFirstGradient = false
  /// The frame that `up` and `down` chose.
  var chosen: Int?
  let shown = ShownState()

  init(
    _ interpreter: Interpreter, models: [Module], echoes: Bool,
    isInterruptedOutside: @escaping () -> Bool,
    wasInterrupted: @escaping () -> Bool, read: @escaping (DebugQuestion) throws -> DebugInput
  ) {
    self.interpreter = interpreter
    self.models = models
    self.echoes = echoes
    self.isInterruptedOutside = isInterruptedOutside
    self.wasInterrupted = wasInterrupted
    self.read = read
    names = Namespace(parent: interpreter.globals)
    defineGradient()
  }

  /// Forgets what belongs to the run that was left.
  func begin(upTo moment: Int?) {
    self.moment = 0
    target = moment
    map.reset()
    arrived = [:]
    arrivedLeaves = [:]
    lossValue = nil
    isFailing = false
    chosen = nil
    shown.forget()
    breakpoints.removeAll(where: \.isPassing)
    if let moment {
      changes = changes.filter { $0.key < moment }
      visited.removeAll { $0 >= moment }
    }
  }

  var depth: Int { map.calls.count }

  // MARK: The language

  func willEnter(_ frame: Frame) {
    map.enter(frame)
    entered = frame
  }

  func didLeave(_ frame: Frame, _ result: Value?) {
    map.leave()
    entered = nil
  }

  func willRun(_ code: Code, _ frame: Frame) throws {
    guard !isBusy else { return }
    map.stand(at: code)
    try arrive(.statement(code, frame), depth: depth)
    entered = nil
  }

  func willOperate(_ code: Code, _ frame: Frame) { map.operate(code, frame) }

  func didOperate(_ code: Code, _ value: Value, _ frame: Frame) throws -> Value {
    guard !isBusy else { return value }
    isFailing = false
    map.operate(code, frame)
    return try arrive(.part(code, frame, value), depth: depth) ?? value
  }

  func didAssign(_ name: String, _ value: Value, _ frame: Frame) { map.name(value, name) }

  func didRead(_ path: String, _ variable: Variable) {
    map.noteLeaf(variable, path)
  }

  func didFail(_ error: any Error, _ frame: Frame) throws {
    guard !isBusy, !isFailing else { return }
    try arrive(.failure(error, frame), depth: depth)
    isFailing = true
  }

  /// An error that no frame of the language saw, such as one of the run itself.
  func didFailOutside(_ error: any Error) throws {
    guard !isFailing else { return }
    try arrive(.failure(error, nil), depth: depth)
    isFailing = true
  }

  // MARK: The tape and the optimiser

  func didRun(operation: String, inputs: [Variable], output: Variable, tag: Int) {
    guard let node = output.node else { return }
    defer { map.note(node) }
    if !isBusy, !arrived.isEmpty {
      // A new forward pass.
      map.forgetNodes()
      arrived = [:]
      arrivedLeaves = [:]
    }
    // The latest scalar is what a backward pass begins at.
    if output.value.count == 1 { lossValue = output.value }
    if !isBusy { latestGradientCall = nil }
  }

  func willRunBackward(node: Node, gradient: Tensor) throws -> Tensor {
    guard !isBusy else { return gradient }
    let earlier = node.key.flatMap { arrivedLeaves[$0] }
    isFirstGradient = arrived.isEmpty
    try note(gradient, of: node, after: earlier)
    let changed = try arrive(.gradient(node, gradient), depth: depth + 1)
    latestGradientCall = map.places[node.id]?.call
    guard case .tensor(let variable)? = changed else { return gradient }
    let result = try interpreter.engine.cast(variable.value, to: gradient.dtype)
    try note(result, of: node, after: earlier)
    return result
  }

  /// A parameter that is read at several places sums what arrives at each.
  private func note(_ gradient: Tensor, of node: Node, after earlier: Tensor?) throws {
    arrived[node.id] = gradient
    guard let key = node.key else { return }
    arrivedLeaves[key] = try earlier.map { try interpreter.engine.add($0, gradient) } ?? gradient
  }

  func didCompute(_ update: StepUpdate) throws -> [LeafKey: Tensor] {
    guard !isBusy else { return update.values }
    var values = update.values
    for slot in update.slots {
      guard let new = values[slot.key], let gradient = update.gradients[slot.key] else { continue }
      let one = ParameterUpdate(
        slot: slot, gradient: gradient, new: new,
        memory: update.state.slots[slot.key] ?? SlotState())
      names.define("before", .tensor(Variable(slot.value)))
      names.define(
        "memory",
        .tuple(
          one.memory.tensors.sorted { $0.key < $1.key }.map {
            ($0.key, .tensor(Variable($0.value)))
          }))
      let changed = try arrive(.update(one), depth: depth + 1)
      if case .tensor(let variable)? = changed {
        values[slot.key] = try interpreter.engine.cast(variable.value, to: new.dtype)
      }
    }
    names.remove("before")
    names.remove("memory")
    return values
  }

  // MARK: Stopping

  /// Counts the moment, and stops at it if it is due. The value to go on with, where it was
  /// changed.
  @discardableResult
  func arrive(_ moment: Moment, depth: Int) throws -> Value? {
    self.moment += 1
    var it: Value?
    if let target, self.moment < target {
      for change in changes[self.moment] ?? [] {
        chosen = change.chosen
        it = try evaluate(change.text, at: moment, it: it ?? moment.it).it ?? it
      }
      chosen = nil
    }
    guard let reason = try reasonToStop(at: moment, depth: depth) else { return it }
    return try converse(at: moment, depth: depth, reason: reason) ?? it
  }

  static let interruption = "interrupted"

  /// Nil to go on; else what to say of the stop, empty if nothing.
  private func reasonToStop(at moment: Moment, depth: Int) throws -> String? {
    if let target {
      guard self.moment >= target else { return nil }
      self.target = nil
      return ""
    }
    if case .free = motion { return nil }
    if wasInterrupted() { return Self.interruption }
    if case .failure = moment { return "" }
    for (index, breakpoint) in breakpoints.enumerated() {
      guard try isMet(breakpoint, at: moment) else { continue }
      if breakpoint.isPassing {
        breakpoints.remove(at: index)
        return ""
      }
      return "break \(breakpoint.description)"
    }
    return motion.stops(at: moment, depth: depth) ? "" : nil
  }

  private func isMet(_ breakpoint: Breakpoint, at moment: Moment) throws -> Bool {
    switch breakpoint.kind {
    case .line(let file, let line):
      switch moment {
      case .statement(let code, _): return code.span.isLine(line, of: file)
      // A line inside a statement of several.
      case .part(let code, _, _):
        return map.calls.last?.statement?.line != line && code.span.isLine(line, of: file)
      default: return false
      }
    case .site(let pattern): return isAt(pattern, moment)
    case .notFinite: return try moment.tensors.contains { try isNotFinite($0) }
    case .normAbove(let limit):
      return try moment.tensors.contains { tensor in
        guard tensor.dtype.isFloat else { return false }
        return try interpreter.engine.sumOfSquares(tensor).squareRoot() > limit
      }
    case .condition(let statements, _): return holds(statements, at: moment)
    case .backward: return moment.phase == .backward
    case .optimizer: return moment.phase == .optimizer
    }
  }

  /// A site is met where its `forward` begins, where the backward pass enters it, and at its
  /// parameters.
  private func isAt(_ pattern: SitePattern, _ moment: Moment) -> Bool {
    switch moment {
    case .statement(_, let frame):
      guard frame === entered, frame.functionName == "forward", let path = frame.path else {
        return false
      }
      // What a site wraps stands at the same path.
      let isInside = map.calls.dropLast().contains { call in
        call.frame?.functionName == "forward" && call.frame?.path == path
      }
      return !isInside && pattern.matches(path)
    case .gradient(let node, _):
      if let path = map.parameter(of: node) { return SitePattern.covers(pattern, path) }
      guard let call = map.places[node.id]?.call, call !== latestGradientCall else { return false }
      return pattern.matches(call.path) && latestGradientCall?.path != call.path
    case .update(let update): return SitePattern.covers(pattern, update.slot.path)
    default: return false
    }
  }

  private func isNotFinite(_ tensor: Tensor) throws -> Bool {
    guard tensor.dtype.isFloat, tensor.hasValues else { return false }
    if try interpreter.engine.sumOfSquares(tensor).isFinite { return false }
    // A sum may overflow where no element does.
    return try tensor.doubles().contains { !$0.isFinite }
  }

  /// A condition that cannot be evaluated at a place does not hold there.
  private func holds(_ statements: [Statement], at moment: Moment) -> Bool {
    guard let frame = frame(of: moment) else { return false }
    let result = try? inPeace {
      var evaluation = FrameEvaluation(frame.snapshot(), namespace: names, it: moment.it)
      return try evaluation.run(statements)
    }
    guard let result else { return false }
    return (try? interpreter.truth(of: result, at: statements[0].span)) ?? false
  }

  /// The frame in which typed code runs at a moment.
  func frame(of moment: Moment) -> Frame? {
    switch moment {
    case .statement(_, let frame), .part(_, let frame, _), .failure(_, let frame?): frame
    case .gradient(let node, _): map.places[node.id]?.frame
    default: nil
    }
  }
}
