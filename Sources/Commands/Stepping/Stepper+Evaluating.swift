import Autograd
import Interpreter
import Syntax
import Tensor

/// Typed code at a stop.
extension Stepper {
  /// The value, and the new `it` where it was assigned.
  func evaluate(_ text: String, at moment: Moment, it: Value?) throws -> (value: Value, it: Value?)
  {
    let parsed = Parser.parse(Source(text, name: "<debug>"))
    if let error = parsed.errors.first { throw Failure(error) }
    let frame = chosenFrame ?? self.frame(of: moment) ?? Frame.bare(interpreter)
    var evaluation = FrameEvaluation(frame, namespace: names, it: chosen == nil ? it : nil)
    let value: Value
    do { value = try inPeace { try evaluation.run(parsed.statements) } } catch let error as Failure
      where evaluation.it == nil && error.diagnostic.code == "E0401"
      && error.diagnostic.span?.text == FrameEvaluation.itName
    {
      throw Mistake(
        "nothing is at hand here under the name `it`", code: "E0401",
        fix: "`part` goes on to an operation, whose result `it` is")
    }
    guard evaluation.changedIt, let new = evaluation.it else { return (value, nil) }
    return (value, try checked(new, at: moment))
  }

  /// Runs code that makes no moments, draws nothing from the step's streams, and can be
  /// interrupted.
  func inPeace<R>(_ body: () throws -> R) throws -> R {
    let state = interpreter.state
    let stops = interpreter.isInterrupted
    let wasBusy = isBusy
    isBusy = true
    interpreter.isInterrupted = isInterruptedOutside
    defer {
      isBusy = wasBusy
      interpreter.isInterrupted = stops
      interpreter.state = state
    }
    return try body()
  }

  var chosenFrame: Frame? {
    chosen.flatMap { map.calls.indices.contains($0) ? map.calls[$0].frame : nil }
  }

  /// A gradient and a parameter's value keep their shapes.
  private func checked(_ new: Value, at moment: Moment) throws -> Value {
    let expected: [Int]
    switch moment {
    case .gradient(_, let gradient): expected = gradient.shape
    case .update(let update): expected = update.new.shape
    default: return new
    }
    let variable = try interpreter.variable(from: new, like: moment.tensors.first?.dtype ?? .f32)
    guard variable.shape == expected else {
      throw Mistake(
        "`it` has shape \(describe(expected)) here, the new value \(describe(variable.shape))",
        code: "E0554")
    }
    return .tensor(variable)
  }

  /// `gradient(x)`: what has arrived at a value of the frame, or at a parameter by its path.
  func defineGradient() {
    let signature = Signature("gradient", [ParameterSpec("of")])
    let native = Native(signature) { [unowned self] call in
      .tensor(Variable(try gradient(of: call[0])))
    }
    names.define("gradient", .function(Function(name: "gradient", kind: .native([native]))))
  }

  private func gradient(of value: Value) throws -> Tensor {
    var found: Tensor?
    switch value {
    case .string(let path):
      guard let key = map.key(ofPath: path) else {
        throw Mistake(
          "no parameter `\(path)` was read in what runs", code: "E0591",
          fix: "give the path of a trainable parameter")
      }
      found = arrivedLeaves[key]
    case .tensor(let variable):
      guard let node = variable.node else {
        throw Mistake(
          "no gradient flows to this tensor", code: "E0591",
          note: "it is a constant: frozen, whole numbers, or made where nothing is recorded")
      }
      found = node.key.flatMap { arrivedLeaves[$0] } ?? arrived[node.id]
    default:
      throw Mistake("`gradient` takes a tensor or a parameter's path", code: "E0547")
    }
    guard let found else {
      throw Mistake(
        "no gradient has arrived here", code: "E0591",
        note: "the backward pass goes from the loss to the first operation",
        fix: "`continue backward` goes to its start, `into` one gradient on")
    }
    return found
  }
}
