import Tensor

extension Tape {
  /// Axes split, joined, ordered and repeated by name (the notation of einops, Rogozhnikov 2022):
  /// `rearrange(x, "b t (h d) -> b h t d", ["h": 12])`.
  ///
  /// `(a b)` is one axis made of several; of a group on the left at most one size may be unknown;
  /// `1` is an axis of size 1; `...` stands for any axes; a name that is on the right alone, with a
  /// size given, is a new axis along which x is repeated.
  ///
  /// Made of reshape, permute and expand, which have the gradients.
  public func rearrange(
    _ x: Variable, _ pattern: String, _ sizes: [String: Int] = [:]
  ) throws -> Variable {
    let plan = try RearrangePlan(pattern, shape: x.shape, sizes: sizes)
    var result = x
    if plan.split != x.shape { result = try reshape(result, plan.split) }
    if plan.order != Array(plan.order.indices) { result = try permute(result, plan.order) }
    if plan.expanded != result.shape {
      result = try expand(reshape(result, plan.spaced), to: plan.expanded)
    }
    if plan.joined != result.shape { result = try reshape(result, plan.joined) }
    return result
  }
}

/// The shapes on the way: split into named axes, permuted, repeated, joined.
struct RearrangePlan {
  var split: [Int] = []
  var order: [Int] = []
  var spaced: [Int] = []
  var expanded: [Int] = []
  var joined: [Int] = []

  init(_ pattern: String, shape: [Int], sizes given: [String: Int]) throws {
    func fail(_ reason: String) -> TensorError {
      TensorError("rearrange", "'\(pattern)' on shape \(describe(shape)): \(reason)")
    }
    let sides = pattern.split(separator: "->", omittingEmptySubsequences: false).map(String.init)
    guard sides.count == 2 else { throw fail("a pattern is 'axes -> axes'") }
    var left = try Self.groups(sides[0], fail)
    var right = try Self.groups(sides[1], fail)
    let dots = shape.count - left.count { $0 != ["..."] }
    guard left.contains(["..."]) ? dots >= 0 : dots == 0 else {
      throw fail("the left side describes \(left.count) axes, but there are \(shape.count)")
    }
    let hidden = (0..<Swift.max(dots, 0)).map { "...\($0)" }
    left = left.flatMap { $0 == ["..."] ? hidden.map { [$0] } : [$0] }
    right = right.flatMap { $0 == ["..."] ? hidden.map { [$0] } : [$0] }
    right = right.map { group in group.flatMap { $0 == "..." ? hidden : [$0] } }
    let names = left.flatMap { $0 }
    let target = right.flatMap { $0 }
    guard Set(names).count == names.count, Set(target).count == target.count else {
      throw fail("an axis is named twice on one side")
    }
    let sizes = try Self.sizes(of: left, shape: shape, given: given, fail)
    if let lost = names.first(where: { !target.contains($0) }) {
      throw fail("axis '\(lost)' is missing on the right; use sum or mean to remove an axis")
    }
    if let unknown = target.first(where: { sizes[$0] == nil }) {
      throw fail("axis '\(unknown)' is new; give its size, as in \(unknown)=2")
    }
    if let unused = given.keys.sorted().first(where: { !target.contains($0) }) {
      throw fail("a size is given for '\(unused)', which is no axis of the pattern")
    }
    split = names.compactMap { sizes[$0] }
    order = target.compactMap { names.firstIndex(of: $0) }
    spaced = target.map { names.contains($0) ? sizes[$0] ?? 1 : 1 }
    expanded = target.compactMap { sizes[$0] }
    joined = right.map { $0.reduce(1) { $0 * (sizes[$1] ?? 1) } }
  }

  /// The sizes of the named axes, from the shape and what is given.
  private static func sizes(
    of left: [[String]], shape: [Int], given: [String: Int], _ fail: (String) -> TensorError
  ) throws -> [String: Int] {
    var sizes = given
    for (group, size) in zip(left, shape) {
      let unknown = group.filter { sizes[$0] == nil }
      let known = group.reduce(1) { $0 * (sizes[$1] ?? 1) }
      let name = "(" + group.joined(separator: " ") + ")"
      guard unknown.count <= 1 else {
        throw fail("give the size of all but one of \(name)")
      }
      guard unknown.isEmpty ? known == size : known > 0 && size % known == 0 else {
        throw fail("an axis of size \(size) cannot be \(name) with \(known) from the given sizes")
      }
      if let missing = unknown.first { sizes[missing] = size / known }
    }
    return sizes
  }

  /// "b (h d) 1" as [[b], [h, d], []].
  private static func groups(
    _ text: String, _ fail: (String) -> TensorError
  ) throws -> [[String]] {
    let spaced = text.reduce(into: "") { $0 += $1 == "(" || $1 == ")" ? " \($1) " : String($1) }
    var groups: [[String]] = []
    var open: [String]?
    for token in spaced.split(separator: " ").map(String.init) {
      switch (token, open) {
      case ("(", nil): open = []
      case (")", let group?):
        groups.append(group)
        open = nil
      case ("(", _), (")", _): throw fail("parentheses do not match")
      case ("1", _?): break
      case ("1", nil): groups.append([])
      case (_, var group?):
        group.append(token)
        open = group
      default: groups.append([token])
      }
    }
    guard open == nil else { throw fail("parentheses do not match") }
    return groups
  }
}
