/// The candidate most like `name`, if one is like enough: at most a third of its letters differ.
///
/// Letter case does not count as a difference; swapped neighbours count as one.
public func didYouMean(_ name: String, _ candidates: some Sequence<String>) -> String? {
  suggestions(for: name, among: candidates, limit: 1).first
}

/// The candidates that are like `name`, best first, ties in alphabetical order.
public func suggestions(
  for name: String, among candidates: some Sequence<String>, limit: Int = 3
) -> [String] {
  let wanted = Array(name.lowercased())
  let allowed = max(1, wanted.count / 3)
  var found: [(distance: Int, name: String)] = []
  for candidate in Set(candidates) where candidate != name {
    let letters = Array(candidate.lowercased())
    guard abs(letters.count - wanted.count) <= allowed else { continue }
    let distance = editDistance(wanted, letters)
    if distance <= allowed, distance < max(wanted.count, letters.count) {
      found.append((distance, candidate))
    }
  }
  return found.sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }
    .prefix(limit).map(\.name)
}

/// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`
/// (optimal string alignment).
public func editDistance(_ a: [Character], _ b: [Character]) -> Int {
  if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
  var before: [Int] = []
  var previous = Array(0...b.count)
  for i in 1...a.count {
    var row = [i]
    for j in 1...b.count {
      let same = a[i - 1] == b[j - 1]
      var best = min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (same ? 0 : 1))
      if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
        best = min(best, before[j - 2] + 1)
      }
      row.append(best)
    }
    before = previous
    previous = row
  }
  return previous[b.count]
}
