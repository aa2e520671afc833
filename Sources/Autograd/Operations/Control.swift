import Tensor

/// Operations that exist for their gradient.
extension Tape {
  /// The same value, to which no gradient flows.
  public func stopGradient(_ x: Variable) -> Variable {
    finish("stopGradient", [x], Variable(x.value))
  }

  /// The same value with the gradient −scale · g (Ganin and Lempitsky 2015).
  public func reverseGradient(_ x: Variable, scale: Double = 1) -> Variable {
    let e = engine
    return record(
      "reverseGradient", x.value, Input(x) { g in try e.affine(g, scale: -scale) })
  }

  /// An operation given by the caller.
  ///
  /// - Parameters:
  ///   - name: What traces and errors call it.
  ///   - forward: From the inputs' values to the result.
  ///   - backward: From the result's gradient, the inputs' values, the result and which inputs want
  ///     their gradients, to one entry an input, of its shape and type (nil: no gradient).
  public func custom(
    _ name: String, _ inputs: [Variable], forward: ([Tensor]) throws -> Tensor,
    backward:
      @escaping (
        _ gradient: Tensor, _ inputs: [Tensor], _ output: Tensor, _ wanted: [Bool]
      ) throws -> [Tensor?]
  ) throws -> Variable {
    let values = inputs.map(\.value)
    let output = try forward(values)
    return record(name, output, joint: inputs) { g, wanted in
      let gradients = try backward(g, values, output, wanted)
      guard gradients.count == values.count else {
        throw TensorError(
          name,
          "its backward returned \(gradients.count) gradients for \(values.count) inputs; "
            + "return one an input, nil where there is none")
      }
      return gradients
    }
  }
}
