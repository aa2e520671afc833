import Tensor

/// The parts of a dataset. A part that was not asked for is empty.
public struct Splits: Sendable {
  public let train: Dataset
  public let validation: Dataset
  public let test: Dataset
}

extension Dataset {
  /// Splits at random; the same seed gives the same parts on every machine.
  ///
  /// A part below 1 is a fraction of the rows, else a number of rows. `stratified` gives every
  /// class its share of each part, to within one row (nil: if the task is `classify`).
  /// Throws `DatasetError` if the parts leave nothing to train on.
  public func split(
    validation: Double = 0, test: Double = 0, seed: UInt64 = 0, stratified: Bool? = nil
  ) throws -> Splits {
    let sizes = try (test: partSize(test, "test"), validation: partSize(validation, "validation"))
    guard sizes.test + sizes.validation < count else {
      throw DatasetError(
        path: name,
        "\(sizes.validation) rows for validation and \(sizes.test) for testing leave "
          + "none of the \(count) rows to train on.", remedy: "Choose smaller parts.")
    }
    var order = Philox(seed: seed, stream: hash64(name, "split")).permutation(count)
    var parts: [[Int]] = []
    for size in [sizes.test, sizes.validation] {
      let shares =
        stratified ?? (task == .classify) ? classShares(order, size) : [nil: size]
      var left = shares
      var part: [Int] = []
      var rest: [Int] = []
      for place in order {
        let key = shares.count == 1 && shares[nil] != nil ? nil : Optional(group(place))
        if let open = left[key], open > 0 {
          left[key] = open - 1
          part.append(place)
        } else {
          rest.append(place)
        }
      }
      parts.append(part)
      order = rest
    }
    return Splits(train: picking(order), validation: picking(parts[1]), test: picking(parts[0]))
  }

  /// Rows without a class are a group of their own.
  private func group(_ place: Int) -> Int { rows[place].label ?? -1 }

  private func partSize(_ part: Double, _ what: String) throws -> Int {
    guard part >= 0, part < 1 || part == part.rounded(), part <= Double(count) else {
      throw DatasetError(
        path: name,
        "The \(what) part \(part) is neither a fraction below 1 nor a number of rows "
          + "up to \(count).", remedy: "For example 0.1 for a tenth, or 100 for a hundred rows.")
    }
    return part < 1 ? Int((part * Double(count)).rounded()) : Int(part)
  }

  /// How many of `size` rows each class gives: its share rounded down, then one more to those with
  /// the largest remainders.
  private func classShares(_ order: [Int], _ size: Int) -> [Int?: Int] {
    var counts: [Int: Int] = [:]
    for place in order { counts[group(place), default: 0] += 1 }
    var shares: [Int?: Int] = [:]
    var remainders: [(group: Int, remainder: Int)] = []
    for (group, groupCount) in counts.sorted(by: { $0.key < $1.key }) {
      let (share, remainder) = (groupCount * size).quotientAndRemainder(
        dividingBy: max(order.count, 1))
      shares[group] = share
      remainders.append((group, remainder))
    }
    let missing = size - shares.values.reduce(0, +)
    remainders.sort { ($1.remainder, $0.group) < ($0.remainder, $1.group) }
    for entry in remainders.prefix(missing) { shares[entry.group, default: 0] += 1 }
    return shares
  }
}

// MARK: Choosing rows

extension Dataset {
  /// The rows at these places, in this order.
  public func picking(_ places: [Int]) -> Dataset { replacingRows(places.map { rows[$0] }) }

  /// All rows in random order.
  public func shuffled(seed: UInt64 = 0) -> Dataset {
    picking(Philox(seed: seed, stream: hash64(name, "shuffle")).permutation(count))
  }

  /// `size` rows at random, without repetition; all of them if there are no more.
  public func sample(_ size: Int, seed: UInt64 = 0) -> Dataset {
    let order = Philox(seed: seed, stream: hash64(name, "sample")).permutation(count)
    return picking(Array(order.prefix(max(size, 0))))
  }

  /// The first `size` rows.
  public func taking(_ size: Int) -> Dataset { replacingRows(Array(rows.prefix(max(size, 0)))) }

  /// Rows that satisfy a condition.
  public func filtered(_ keeps: (Row) throws -> Bool) rethrows -> Dataset {
    replacingRows(try rows.filter(keeps))
  }

  /// As many rows of each class as the rarest has, chosen at random, in their old order. Rows
  /// without a class are left out.
  public func balanced(seed: UInt64 = 0) -> Dataset {
    var groups = [[Int]](repeating: [], count: classes.count)
    let order = Philox(seed: seed, stream: hash64(name, "balance")).permutation(count)
    for place in order {
      if let label = rows[place].label, groups.indices.contains(label) {
        groups[label].append(place)
      }
    }
    let size = groups.map(\.count).filter { $0 > 0 }.min() ?? 0
    return picking(groups.flatMap { $0.prefix(size) }.sorted())
  }

  /// The rows of both. Throws `DatasetError` if task or classes differ.
  public func joined(with other: Dataset) throws -> Dataset {
    guard task == other.task && classes == other.classes else {
      throw DatasetError(
        path: name, "'\(other.name)' has another task or other classes.",
        remedy: "Read both with the same task and the same classes.")
    }
    return replacingRows(rows + other.rows)
  }
}
