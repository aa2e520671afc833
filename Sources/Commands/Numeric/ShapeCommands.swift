import Autograd
import Interpreter
import Tensor

extension Registry {
  /// The same elements in other shapes and orders.
  static func shapeCommands() -> [CommandRecord] {
    let x = ParameterSpec("x")
    return [
      CommandRecord(
        "reshape", [x, ParameterSpec("shape")], .shapes,
        "the same elements under another shape; one size may be -1"
      ) { call in
        let sizes = try call.list(1).map { element -> Int in
          guard case .int(let size) = element else {
            throw Mistake("a shape is a list of whole numbers", code: "E0548", argument: "shape")
          }
          return size
        }
        return .tensor(try call.tape.reshape(call.tensor(0), sizes))
      },
      CommandRecord(
        "rearrange",
        [x, ParameterSpec("pattern"), ParameterSpec("sizes", named: true)], .shapes,
        "axes named, grouped and reordered, as in \"b t (h d) -> b h t d\"",
        examples: [.init("rearrange(arange(6), \"(a b) -> b a\", a=2).shape", "[3, 2]")]
      ) { call in
        var sizes: [String: Int] = [:]
        if case .tuple(let named) = call[2] {
          for (name, value) in zip(named.names, named.elements) {
            guard case .int(let size) = value else {
              throw Mistake("the size of `\(name)` must be a whole number", code: "E0548", argument: name)
            }
            sizes[name] = size
          }
        }
        return .tensor(try call.tape.rearrange(call.tensor(0), call.string(1), sizes))
      },
      CommandRecord(
        "transpose",
        [x, ParameterSpec("first", default: .int(-2)), ParameterSpec("second", default: .int(-1))],
        .shapes, "two axes exchanged"
      ) { call in .tensor(try call.tape.transpose(call.tensor(0), call.int(1), call.int(2))) },
      CommandRecord(
        "concat", [ParameterSpec("tensors"), ParameterSpec("axis", default: .int(0))], .shapes,
        "tensors joined along an axis"
      ) { call in
        let parts = try call.list(0).map { try call.interpreter.variable(from: $0) }
        return .tensor(try call.tape.concatenate(parts, axis: call.int(1)))
      },
      CommandRecord(
        "stack", [ParameterSpec("tensors"), ParameterSpec("axis", default: .int(0))], .shapes,
        "tensors joined along a new axis"
      ) { call in
        let parts = try call.list(0).map { try call.interpreter.variable(from: $0) }
        return .tensor(try call.tape.stack(parts, axis: call.int(1)))
      },
      CommandRecord(
        "expand", [x, ParameterSpec("shape")], .shapes, "x repeated along axes of size 1"
      ) { call in .tensor(try call.tape.expand(call.tensor(0), to: call.shape(1))) },
      CommandRecord(
        "topk", [x, ParameterSpec("k"), ParameterSpec("axis", default: .int(-1))], .shapes,
        "(values, indices) of the k largest, falling"
      ) { call in
        let found = try call.tape.topK(call.tensor(0), call.int(1), axis: call.int(2))
        return .tuple([("values", .tensor(found.values)), ("indices", .tensor(found.indices))])
      },
      CommandRecord(
        "sort",
        [x, ParameterSpec("axis", default: .int(-1)), ParameterSpec("descending", default: .bool(false))],
        .shapes, "(values, indices) in order along an axis", firstTypes: ["tensor"]
      ) { call in
        let found = try call.tape.sort(call.tensor(0), axis: call.int(1), descending: call.bool(2))
        return .tuple([("values", .tensor(found.values)), ("indices", .tensor(found.indices))])
      },
    ]
  }
}
