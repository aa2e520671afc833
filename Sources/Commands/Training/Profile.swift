import Autograd
import Interpreter
import Tensor
import Terminal

/// Times each operation of a step as the tape runs it: what passes between two of its calls belongs
/// to the later one.
final class ProfileObserver: TapeObserver {
  struct Entry {
    var calls = 0
    var seconds = 0.0
    /// Multiplications and additions, for products; 0 for the rest.
    var operations = 0.0
  }

  var seesValues: Bool { false }

  private(set) var forward: [String: Entry] = [:]
  private(set) var backward: [String: Entry] = [:]
  private var last = Terminal.Progress.monotonicSeconds()
  /// Of each recorded product, by its node: the size that is summed over.
  private var depths: [Int: Int] = [:]

  func didRun(operation: String, inputs: [Variable], output: Variable, tag: Int) {
    var work = 0.0
    if operation == "crossEntropy", inputs.count > 1 {
      // Of logits that were never there as a whole: their product, and those of the gradients.
      let products = 1 + inputs.prefix(2).count { $0.node != nil }
      let rows = inputs[0].shape.reduce(1, *)
      work = 2 * Double(rows) * Double(inputs[1].shape[0]) * Double(products)
    } else if let depth = ProfileObserver.depth(operation, inputs) {
      work = 2 * Double(output.shape.reduce(1, *)) * Double(depth)
      if let node = output.node { depths[node.id] = depth }
    }
    note(operation, work, in: &forward)
  }

  func didRunBackward(node: Node, gradient: Tensor, inputGradients: [Tensor?]) {
    var work = 0.0
    if let depth = depths[node.id] {
      let products = inputGradients.prefix(2).count { $0 != nil }
      work = 2 * Double(gradient.count) * Double(depth) * Double(products)
    }
    note(node.operation, work, in: &backward)
  }

  private static func depth(_ operation: String, _ inputs: [Variable]) -> Int? {
    guard operation == "linear" || operation == "matmul", let x = inputs.first else { return nil }
    return x.shape.last
  }

  private func note(_ operation: String, _ work: Double, in entries: inout [String: Entry]) {
    let now = Terminal.Progress.monotonicSeconds()
    entries[operation, default: Entry()].calls += 1
    entries[operation, default: Entry()].seconds += now - last
    entries[operation, default: Entry()].operations += work
    last = now
  }
}

/// `profile(run)`: where a step's time goes.
enum ProfileReport {
  static func table(_ observer: ProfileObserver, seconds: Double) -> TableValue {
    var rows: [(String, String, ProfileObserver.Entry)] =
      observer.forward.map { ($0.key, "forward", $0.value) }
      + observer.backward.map { ($0.key, "backward", $0.value) }
    rows.sort { ($0.2.seconds, $1.0, $1.1) > ($1.2.seconds, $0.0, $0.1) }
    let known = rows.reduce(0) { $0 + $1.2.seconds }
    var cells = rows.map { operation, direction, entry -> [Value] in
      [
        .string(operation), .string(direction), .int(entry.calls),
        .float((entry.seconds * 1e3).rounded(to: 4)),
        .float((100 * entry.seconds / seconds).rounded(to: 3)),
        entry.operations == 0
          ? Value.none : .float((entry.operations / entry.seconds / 1e9).rounded(to: 3)),
      ]
    }
    let rest = Swift.max(0, seconds - known)
    cells.append([
      .string("the rest: batch, optimiser, report"), .string(""), Value.none,
      .float((rest * 1e3).rounded(to: 4)), .float((100 * rest / seconds).rounded(to: 3)),
      Value.none,
    ])
    let work = rows.reduce(0) { $0 + $1.2.operations }
    let rate = (work / seconds / 1e9).rounded(to: 3)
    return TableValue(
      ["operation", "pass", "calls", "ms", "percent", "GFLOP/s"], cells,
      footer: "\(duration(seconds)) in all; products make \(rate) GFLOP/s of it")
  }
}
