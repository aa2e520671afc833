import Interpreter
import Syntax
import Tensor

/// A session with the few commands that the evaluator's own tests need.
struct Bench {
  let interpreter: Interpreter

  init(math: Math = .exact) {
    interpreter = Interpreter(engine: Engine(math: math))
    // Tests run on threads with small stacks.
    interpreter.callLimit = 60
    let shape = [ParameterSpec("shape")]
    interpreter.define(
      Native(Signature("zeros", shape)) { call in
        .tensor(Tensor.zeros(try Bench.shape(call[0])))
      })
    interpreter.define(
      Native(Signature("draw", shape)) { call in
        .tensor(try call.interpreter.randomStream("normal").normal(Bench.shape(call[0])))
      })
    interpreter.define(
      Native(Signature("range", [ParameterSpec("end")])) { call in
        guard case .int(let end) = call[0] else { throw Mistake("an int") }
        return .host(RangeValue(start: 0, end: end, step: 1))
      })
    interpreter.define(
      Native(Signature("map", [ParameterSpec("values"), ParameterSpec("function")])) { call in
        .list(
          try call.interpreter.elements(of: call[0]).map {
            try call.interpreter.call(call[1], $0, at: call.span)
          })
      })
    interpreter.define(
      Native(Signature("replace", ["model", "at", "with"].map { ParameterSpec($0) })) { call in
        guard case .module(let model) = call[0], case .string(let at) = call[1] else {
          throw Mistake("a model and a pattern")
        }
        return .module(try call.interpreter.replace(model, at: at, with: call[2], span: call.span))
      })
    interpreter.define(
      Native(Signature("freeze", [ParameterSpec("model")])) { call in
        guard case .module(let model) = call[0] else { throw Mistake("a model") }
        return .module(try call.interpreter.setTrainable(model, false, at: nil, only: .base, span: call.span))
      })
    interpreter.define(
      Native(Signature("merge", [ParameterSpec("model")])) { call in
        guard case .module(let model) = call[0] else { throw Mistake("a model") }
        return .module(try call.interpreter.merge(model, at: call.span))
      })
  }

  private static func shape(_ value: Value) throws -> [Int] {
    guard case .list(let list) = value else { throw Mistake("a shape is a list") }
    return try list.elements.map {
      guard case .int(let size) = $0 else { throw Mistake("a size is an int") }
      return size
    }
  }

  /// Runs a program; the last statement's value.
  @discardableResult
  func run(_ text: String) throws -> Value {
    let parsed = Parser.parse(Source(text, name: "test.peft"))
    if let first = parsed.errors.first { throw Failure(first) }
    var last: Value = .none
    for statement in parsed.statements { last = try interpreter.run(statement) }
    return last
  }

  /// The last statement's value as an interpolation would show it.
  func show(_ text: String) throws -> String { Printer.plain.inline(try run(text)) }

  /// The diagnostic that a program ends with; nil if it ends well.
  func mistake(_ text: String) -> Failure? {
    do {
      try run(text)
      return nil
    } catch let failure as Failure { return failure } catch { return nil }
  }
}
