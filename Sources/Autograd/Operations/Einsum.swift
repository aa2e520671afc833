import Tensor

extension Tape {
  /// Einstein's summation: `einsum("b i d, b j d -> b i j", q, k)`. An axis is a letter, or a name
  /// where spaces stand between names; an axis that is missing on the right is summed over; `...`
  /// stands for any leading axes; a name that is repeated within an operand takes the diagonal;
  /// without `->` the names that occur once stand in alphabetical order.
  ///
  /// Made of permute, reshape, sum, mul and matmul, which have the gradients.
  public func einsum(_ pattern: String, _ operands: [Variable]) throws -> Variable {
    let plan = try EinsumPlan(pattern, shapes: operands.map(\.shape))
    var terms: [Term] = []
    for (operand, names) in zip(operands, plan.inputs) {
      terms.append(try withoutRepeats(Term(variable: operand, names: names)))
    }
    var result = terms.removeFirst()
    while !terms.isEmpty {
      let next = terms.removeFirst()
      let later = Set(plan.output).union(terms.flatMap(\.names))
      result = try contract(result, next, keeping: later)
    }
    result = try summed(result, keeping: Set(plan.output))
    let order = plan.output.compactMap { result.names.firstIndex(of: $0) }
    return order == Array(order.indices) ? result.variable : try permute(result.variable, order)
  }

  private struct Term {
    var variable: Variable
    var names: [String]
  }

  private func withoutRepeats(_ term: Term) throws -> Term {
    var term = term
    while let name = term.names.first(where: { name in
      term.names.count(where: { $0 == name }) > 1
    }) {
      let places = term.names.indices.filter { term.names[$0] == name }
      let rest = term.names.indices.filter { $0 != places[0] && $0 != places[1] }
      let turned = try permute(term.variable, rest + [places[0], places[1]])
      term = Term(variable: try diag(turned), names: rest.map { term.names[$0] } + [name])
    }
    return term
  }

  private func summed(_ term: Term, keeping kept: Set<String>) throws -> Term {
    let axes = term.names.indices.filter { !kept.contains(term.names[$0]) }
    guard !axes.isEmpty else { return term }
    return Term(
      variable: try sum(term.variable, axes: axes), names: term.names.filter(kept.contains))
  }

  /// One product of two terms: axes in both that are needed later are batches, the others in both
  /// are contracted.
  private func contract(_ a: Term, _ b: Term, keeping kept: Set<String>) throws -> Term {
    let left = try summed(a, keeping: kept.union(b.names))
    let right = try summed(b, keeping: kept.union(a.names))
    let shared = left.names.filter(right.names.contains)
    let batch = shared.filter(kept.contains)
    let inner = shared.filter { !kept.contains($0) }
    let rows = left.names.filter { !shared.contains($0) }
    let columns = right.names.filter { !shared.contains($0) }
    let x = try arranged(left, [batch, rows, inner])
    let y = try arranged(right, [batch, inner, columns])
    let product = try inner.isEmpty ? mul(x, y) : matmul(x, y)
    let sizes = Dictionary(
      zip(left.names + right.names, left.variable.shape + right.variable.shape),
      uniquingKeysWith: { first, _ in first })
    let names = batch + rows + columns
    return Term(variable: try reshape(product, names.compactMap { sizes[$0] }), names: names)
  }

  /// A term's axes in the order of the groups, each group as one axis.
  private func arranged(_ term: Term, _ groups: [[String]]) throws -> Variable {
    let order = groups.flatMap { $0 }.compactMap { term.names.firstIndex(of: $0) }
    let turned =
      order == Array(order.indices) ? term.variable : try permute(term.variable, order)
    var shape: [Int] = []
    var next = 0
    for group in groups {
      shape.append(turned.shape[next..<next + group.count].reduce(1, *))
      next += group.count
    }
    return shape == turned.shape ? turned : try reshape(turned, shape)
  }
}

/// The names of each operand's axes and of the result's.
struct EinsumPlan {
  let inputs: [[String]]
  let output: [String]

  init(_ pattern: String, shapes: [[Int]]) throws {
    let sides = pattern.split(separator: "->", omittingEmptySubsequences: false).map(String.init)
    let spaced = Self.isSpaced(pattern)
    let lists = sides[0].split(separator: ",", omittingEmptySubsequences: false)
      .map { Self.names(String($0), spaced: spaced) }
    guard sides.count <= 2, lists.count == shapes.count else {
      throw TensorError(
        "einsum",
        "'\(pattern)' describes \(lists.count) operands, but \(shapes.count) are given")
    }
    var sizes: [String: Int] = [:]
    var hidden: [String] = []
    var inputs: [[String]] = []
    for (list, shape) in zip(lists, shapes) {
      let names = try Self.expanded(list, rank: shape.count, pattern: pattern, shape: shape)
      for (name, size) in zip(names, shape) {
        if let known = sizes.updateValue(size, forKey: name), known != size {
          throw TensorError(
            "einsum",
            "axis '\(name)' of '\(pattern)' has size \(known) in one place and \(size) in another")
        }
      }
      let dots = names.filter { $0.hasPrefix("...") }
      if dots.count > hidden.count { hidden = dots }
      inputs.append(names)
    }
    self.inputs = inputs
    let all = inputs.flatMap { $0 }
    if sides.count == 2 {
      output = Self.names(sides[1], spaced: spaced).flatMap { $0 == "..." ? hidden : [$0] }
    } else {
      let once = Set(all.filter { name in all.count(where: { $0 == name }) == 1 })
      output = hidden + once.filter { !$0.hasPrefix("...") }.sorted()
    }
    if let stranger = output.first(where: { sizes[$0] == nil }) {
      throw TensorError(
        "einsum", "axis '\(stranger)' of the result is in no operand of '\(pattern)'")
    }
    guard Set(output).count == output.count else {
      throw TensorError("einsum", "the result of '\(pattern)' names an axis twice")
    }
  }

  /// Whether axes have names set apart by spaces, which one operand with a space inside decides for
  /// all: in "out in, rank in, rank -> out rank" the third is one name and not four letters.
  private static func isSpaced(_ pattern: String) -> Bool {
    pattern.split(whereSeparator: { ",->".contains($0) })
      .contains { $0.split(separator: " ").count > 1 }
  }

  /// "bij" as three names, or with `spaced` "b i2 j"; "..." as one.
  private static func names(_ text: String, spaced: Bool) -> [String] {
    if spaced { return text.split(separator: " ").map(String.init) }
    var names: [String] = []
    var rest = Substring(text)
    while let first = rest.first {
      if rest.hasPrefix("...") {
        names.append("...")
        rest = rest.dropFirst(3)
      } else {
        if first != " " { names.append(String(first)) }
        rest = rest.dropFirst()
      }
    }
    return names
  }

  /// With `...` replaced by hidden names, numbered from the right so that operands align.
  private static func expanded(
    _ names: [String], rank: Int, pattern: String, shape: [Int]
  ) throws -> [String] {
    let free = rank - names.count { $0 != "..." }
    let dots = names.count { $0 == "..." }
    guard dots == 1 ? free >= 0 : dots == 0 && free == 0 else {
      throw TensorError(
        "einsum",
        "'\(names.joined(separator: " "))' in '\(pattern)' does not fit an operand of shape "
          + describe(shape))
    }
    return names.flatMap { name in
      name == "..." ? (0..<free).reversed().map { "...\($0)" } : [name]
    }
  }
}
