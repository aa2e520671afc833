import Foundation
import Tensor

extension Printer {
  /// `tensor([1.0, 2.0])`, or the shape alone where there are many elements.
  func inline(_ tensor: Tensor) -> String {
    guard tensor.count <= 6, tensor.hasValues, let values = try? tensor.doubles() else {
      return "tensor \(tensor.dtype) \(describe(tensor.shape))"
    }
    if tensor.rank == 0 { return element(values[0], tensor.dtype) }
    if tensor.rank == 1 {
      return "tensor([" + values.map { element($0, tensor.dtype) }.joined(separator: ", ") + "])"
    }
    return "tensor \(tensor.dtype) \(describe(tensor.shape))"
  }

  func element(_ x: Double, _ dtype: DType) -> String {
    switch dtype {
    case .bool: x == 0 ? "false" : "true"
    case .i32, .i64: String(Int(x))
    default: number(x)
    }
  }

  /// A head line with shape and type, then the elements in aligned columns, the middle of long axes left out.
  func display(_ tensor: Tensor) -> String {
    guard tensor.hasValues else { return "tensor \(tensor.dtype) \(describe(tensor.shape)), shape only" }
    guard tensor.rank > 0 else { return inline(tensor) }
    let head = "tensor \(tensor.dtype) \(describe(tensor.shape))"
    if tensor.isEmpty { return head + ", empty" }
    let excerpt = Excerpt(tensor, width: width, printer: self)
    return style(head, .dim) + "\n" + excerpt.lines.joined(separator: "\n")
  }
}

/// The elements of a tensor that are shown, formatted to one width.
private struct Excerpt {
  private(set) var lines: [String] = []
  private let tensor: Tensor
  private let texts: [Int: String]
  private let cell: Int
  private let shown: [[Int?]]
  private let strides: [Int]

  init(_ tensor: Tensor, width: Int, printer: Printer) {
    self.tensor = tensor
    let columns = Swift.max(3, (width - 2 * tensor.rank) / 10)
    shown = tensor.shape.enumerated().map { axis, size in
      Excerpt.places(size, limit: axis == tensor.rank - 1 ? columns : (axis == tensor.rank - 2 ? 8 : 3))
    }
    strides = Tensor.rowMajorStrides(tensor.shape)
    let values = (try? tensor.doubles()) ?? []
    var indices: [Int] = [0]
    for (axis, places) in shown.enumerated() {
      let step = strides[axis]
      indices = indices.flatMap { base in places.compactMap { $0.map { base + $0 * step } } }
    }
    let format = Excerpt.format(indices.map { values[$0] }, tensor.dtype, printer)
    var texts: [Int: String] = [:]
    for index in indices { texts[index] = format(values[index]) }
    self.texts = texts
    cell = texts.values.map(\.count).max() ?? 1
    lines = render(axis: 0, base: 0, indent: "  ")
  }

  /// The indices shown of an axis; nil stands for those left out.
  private static func places(_ size: Int, limit: Int) -> [Int?] {
    if size <= limit { return Array(0..<size) }
    let head = (limit - 1 + 1) / 2
    let tail = limit - 1 - head
    return Array(0..<head).map(Optional.some) + [nil] + Array((size - tail)..<size).map(Optional.some)
  }

  /// One format for all: fixed point where the range allows it, else scientific.
  private static func format(
    _ values: [Double], _ dtype: DType, _ printer: Printer
  ) -> (Double) -> String {
    guard dtype.isFloat else { return { printer.element($0, dtype) } }
    let sizes = values.filter { $0.isFinite && $0 != 0 }.map { Swift.abs($0) }
    let largest = sizes.max() ?? 0
    let smallest = sizes.min() ?? 0
    func special(_ x: Double) -> String? { x.isFinite ? nil : printer.number(x) }
    if largest >= 1e5 || (largest > 0 && largest < 1e-3) || (smallest > 0 && largest / smallest > 1e6) {
      return { special($0) ?? String(format: "%.3e", $0) }
    }
    let decimals = largest >= 1000 ? 2 : (largest >= 10 ? 3 : 4)
    return { special($0) ?? String(format: "%.\(decimals)f", $0) }
  }

  private func render(axis: Int, base: Int, indent: String) -> [String] {
    if axis == tensor.rank - 1 {
      let parts = shown[axis].map { place in
        place.map { pad(texts[base + $0 * strides[axis]] ?? "") } ?? "…"
      }
      return [indent + parts.joined(separator: "  ")]
    }
    var result: [String] = []
    for place in shown[axis] {
      guard let place else {
        result.append(indent + "⋮")
        continue
      }
      if axis < tensor.rank - 2 { result.append(indent + "[\(place)]") }
      result += render(
        axis: axis + 1, base: base + place * strides[axis],
        indent: axis < tensor.rank - 2 ? indent + "  " : indent)
    }
    return result
  }

  private func pad(_ text: String) -> String {
    String(repeating: " ", count: Swift.max(0, cell - text.count)) + text
  }
}
