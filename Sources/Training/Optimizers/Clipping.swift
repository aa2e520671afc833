import Autograd
import Tensor

/// The norm of all gradients together, and scaling them down when it is too large.
public enum GradientNorm {
  /// √Σ g² over every element of every gradient, summed in f64.
  public static func global(_ gradients: [Tensor], engine: Engine) throws -> Double {
    try gradients.reduce(0) { try $0 + engine.sumOfSquares($1) }.squareRoot()
  }

  /// Scales all gradients by `limit / (norm + 1e-6)` when that is below 1, else leaves them: the
  /// rule of PyTorch's `clip_grad_norm_`, from which the constant comes.
  public static func clip(
    _ gradients: [LeafKey: Tensor], norm: Double, limit: Double, engine: Engine
  ) throws -> [LeafKey: Tensor] {
    let factor = limit / (norm + 1e-6)
    guard factor < 1 else { return gradients }
    return try gradients.mapValues { try engine.affine($0, scale: factor) }
  }
}
