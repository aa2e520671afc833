import Syntax
import Tensor

/// A shape in a signature: `[B, T, In]`, `[..., Out]`.
struct ShapePattern {
  let dimensions: [ShapeSignature.Dimension]
  let span: Span

  init(_ signature: ShapeSignature) {
    dimensions = signature.dimensions
    span = signature.span
  }

  var text: String { span.text }
}

/// What the symbols of one call's signature stand for, and which argument said so.
struct ShapeBindings {
  private var sizes: [String: (size: Int, from: String)] = [:]

  mutating func check(_ code: FunctionCode, _ frame: Frame) throws {
    for (index, pattern) in code.shapes.enumerated() {
      guard let pattern, let value = frame.slots[index], case .tensor(let tensor) = value else {
        continue
      }
      try match(pattern, tensor.shape, "`\(code.signature.parameters[index].name)`", code)
    }
  }

  mutating func checkResult(_ pattern: ShapePattern, _ value: Value, of code: FunctionCode) throws {
    guard case .tensor(let tensor) = value else { return }
    try match(pattern, tensor.shape, "the result", code)
  }

  private mutating func match(
    _ pattern: ShapePattern, _ shape: [Int], _ what: String, _ code: FunctionCode
  ) throws {
    let dimensions = pattern.dimensions
    let ellipsis = dimensions.firstIndex { $0.kind == .ellipsis }
    let fixed = dimensions.count - (ellipsis == nil ? 0 : 1)
    guard ellipsis == nil ? shape.count == fixed : shape.count >= fixed else {
      throw Mistake(
        "\(what) of `\(code.name)` has shape \(describe(shape)), where \(pattern.text) is declared",
        code: "E0570", note: "the number of dimensions differs")
    }
    for (position, dimension) in dimensions.enumerated() {
      if let ellipsis, position == ellipsis { continue }
      let fromEnd = ellipsis.map { position > $0 } ?? false
      let axis = fromEnd ? shape.count - (dimensions.count - position) : position
      try match(dimension, shape[axis], axis, pattern, shape, what, code)
    }
  }

  private mutating func match(
    _ dimension: ShapeSignature.Dimension, _ size: Int, _ axis: Int, _ pattern: ShapePattern,
    _ shape: [Int], _ what: String, _ code: FunctionCode
  ) throws {
    switch dimension.kind {
    case .ellipsis, .any: return
    case .size(let expected):
      guard size == expected else {
        throw Mistake(
          "\(what) of `\(code.name)` has shape \(describe(shape)), where \(pattern.text) is declared",
          code: "E0571", note: "dimension \(axis) is \(size), not \(expected)")
      }
    case .name(let name):
      guard let known = sizes[name] else {
        sizes[name] = (size, what)
        return
      }
      guard known.size == size else {
        let places =
          known.from == what
          ? "both \(known.size) and \(size) in \(what)"
          : "\(known.size) in \(known.from) but \(size) in \(what)"
        throw Mistake(
          "`\(name)` is \(places) of `\(code.name)`", code: "E0572",
          note: "\(what) has shape \(describe(shape)), declared as \(pattern.text)")
      }
    }
  }
}
