/// What one should know of a dataset before training on it.
public struct QualityReport: Sendable, Equatable {
  public struct ClassCount: Sendable, Equatable {
    public let name: String
    public let count: Int
  }

  /// Of the texts' lengths in words (runs without white space; a pair counts both texts).
  public struct Lengths: Sendable, Equatable {
    public let shortest: Int
    public let median: Int
    /// 95 of 100 rows are no longer.
    public let percentile95: Int
    public let longest: Int
    public let mean: Double
  }

  public let name: String
  public let rows: Int
  /// Rows whose text is empty or blank.
  public let emptyRows: Int
  /// Rows whose text (and pair) stood in an earlier row already.
  public let duplicates: Int
  /// Rows whose text stood in an earlier row under another label.
  public let contradictions: Int
  public let unlabelled: Int
  public let classes: [ClassCount]
  public let lengths: Lengths
}

extension Dataset {
  public func qualityReport() -> QualityReport {
    var labels: [String: Int?] = [:]
    var (empty, duplicates, contradictions, unlabelled) = (0, 0, 0, 0)
    var counts = [Int](repeating: 0, count: classes.count)
    var lengths: [Int] = []
    for row in rows {
      let length = Dataset.words(row.text) + (row.pair.map(Dataset.words) ?? 0)
      lengths.append(length)
      if length == 0 { empty += 1 }
      let key = Dataset.key(row)
      if let earlier = labels[key] {
        duplicates += 1
        if earlier != row.label { contradictions += 1 }
      } else {
        labels[key] = .some(row.label)
      }
      if let label = row.label, counts.indices.contains(label) { counts[label] += 1 }
      if task == .classify && row.label == nil || task == .regress && row.score == nil {
        unlabelled += 1
      }
    }
    return QualityReport(
      name: name, rows: count, emptyRows: empty, duplicates: duplicates,
      contradictions: contradictions, unlabelled: unlabelled,
      classes: zip(classes, counts).map { .init(name: $0, count: $1) },
      lengths: QualityReport.Lengths(lengths))
  }

  /// How many rows of this dataset have a text that `other` has too, as between test and training.
  public func overlap(with other: Dataset) -> Int {
    let keys = Set(other.rows.map(Dataset.key))
    return rows.count { keys.contains(Dataset.key($0)) }
  }

  private static func key(_ row: Row) -> String { row.text + "\u{0}" + (row.pair ?? "") }

  private static func words(_ text: String) -> Int {
    text.split(whereSeparator: \.isWhitespace).count
  }
}

extension QualityReport.Lengths {
  init(_ lengths: [Int]) {
    let sorted = lengths.sorted()
    /// The smallest value that `percent` of the values do not exceed.
    func percentile(_ percent: Int) -> Int {
      sorted.isEmpty ? 0 : sorted[max(0, (sorted.count * percent + 99) / 100 - 1)]
    }
    shortest = sorted.first ?? 0
    median = percentile(50)
    percentile95 = percentile(95)
    longest = sorted.last ?? 0
    mean = sorted.isEmpty ? 0 : Double(sorted.reduce(0, +)) / Double(sorted.count)
  }
}

extension QualityReport {
  /// The report as lines of text; warnings begin with an exclamation mark.
  public var lines: [String] {
    var lines = ["\(name): \(rows) rows"]
    let labelled = classes.reduce(0) { $0 + $1.count }
    for entry in classes {
      let share = labelled == 0 ? 0 : (1000 * entry.count + labelled / 2) / labelled
      lines.append("  \(entry.name): \(entry.count) (\(share / 10).\(share % 10) %)")
    }
    let tenths = Int((lengths.mean * 10).rounded())
    lines.append(
      "  words: \(lengths.shortest) to \(lengths.longest), median \(lengths.median), "
        + "mean \(tenths / 10).\(tenths % 10), 95 % up to \(lengths.percentile95)")
    func warn(_ count: Int, _ what: String) {
      if count > 0 { lines.append("! \(count) \(count == 1 ? "row" : "rows") \(what)") }
    }
    warn(emptyRows, "without text")
    warn(duplicates, "with a text that stood before")
    warn(contradictions, "with a text that stood before under another label")
    warn(unlabelled, "without a label")
    let sizes = classes.map(\.count)
    if let rarest = sizes.min(), let commonest = sizes.max(), commonest > 4 * rarest {
      lines.append("! the classes are out of balance: \(rarest) to \(commonest) rows")
    }
    return lines
  }
}
