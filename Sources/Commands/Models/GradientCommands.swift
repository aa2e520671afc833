import Autograd
import Interpreter
import Tensor

extension Registry {
  static func gradientCommands() -> [CommandRecord] {
    [
      CommandRecord(
        "grad", [ParameterSpec("loss"), ParameterSpec("wrt")], .gradients,
        "the gradient of a scalar with respect to a tensor, several, or a model's trainable parameters",
        help: """
          For a tensor: a tensor of its shape. For a list: a list. For a model: a tuple with one gradient a trainable \
          parameter, under its path. Nothing is accumulated anywhere.
          """,
        examples: [.init("x = tensor([1.0, 2.0]); grad(sum(x * x), wrt=x)", "tensor f32 [2]\n  2.0000  4.0000")]
      ) { call in
        let loss = try call.tensor(0)
        guard loss.value.count == 1 else {
          throw Mistake(
            "the gradient of a tensor of shape \(describe(loss.shape)) was asked for", code: "E0590",
            note: "a gradient is taken of one number", fix: "sum it, or take its mean", argument: "loss")
        }
        switch call[1] {
        case .tensor(let variable):
          return .tensor(try gradient(of: loss, wrt: [variable], call)[0])
        case .list(let list):
          let variables = try list.elements.map { element -> Variable in
            guard case .tensor(let variable) = element else {
              throw Mistake("`wrt` lists tensors, not \(element.typeWithArticle)", argument: "wrt")
            }
            return variable
          }
          return .list(try gradient(of: loss, wrt: variables, call).map { .tensor($0) })
        case .module(let module): return try gradients(of: loss, model: module, call)
        default:
          throw Mistake(
            "`wrt` is a tensor, a list of tensors or a model, not \(call[1].typeWithArticle)",
            code: "E0547", argument: "wrt")
        }
      },
      CommandRecord(
        "stop_gradient", [ParameterSpec("x")], .gradients,
        "x, through which no gradient flows"
      ) { call in .tensor(Variable(try call.tensor(0).value)) },
      CommandRecord(
        "reverse_gradient", [ParameterSpec("x"), ParameterSpec("scale", default: .float(1))],
        .gradients, "x, through which the gradient flows times -scale"
      ) { call in
        .tensor(try call.tape.reverseGradient(call.tensor(0), scale: call.double(1)))
      },
    ]
  }

  private static func gradient(
    of loss: Variable, wrt variables: [Variable], _ call: NativeCall
  ) throws -> [Tensor] {
    for variable in variables where variable.node == nil {
      throw Mistake(
        "no gradient is kept for this tensor", code: "E0591",
        note: "it is a constant: frozen, whole numbers, or made where nothing is recorded",
        argument: "wrt")
    }
    let found = try call.tape.gradients(of: loss, wrt: variables)
    return zip(found, variables).map { $0 ?? Tensor.zeros($1.shape, dtype: $1.dtype) }
  }

  private static func gradients(
    of loss: Variable, model: Module, _ call: NativeCall
  ) throws -> Value {
    let parameters = model.parameters().filter(\.parameter.isTrainable)
    let found = try call.tape.gradients(of: loss, leaves: Set(parameters.map(\.parameter.key)))
    return .tuple(
      parameters.map { named in
        let value = named.parameter.value
        let gradient =
          found[named.parameter.key] ?? Tensor.zeros(value.shape, dtype: value.dtype)
        return (named.path, .tensor(gradient))
      })
  }
}
