/// Finds out what the columns of a table mean.
struct ColumnRoles {
  var text: Int
  var pair: Int?
  var label: Int?

  static let textNames = [
    "text", "sentence", "review", "content", "document", "body", "comment", "tweet", "premise",
    "sentence1", "question1", "text_a", "question", "query", "prompt", "input",
  ]
  static let pairNames = [
    "pair", "text_pair", "sentence2", "hypothesis", "question2", "text_b", "answer", "response",
    "target_text",
  ]
  /// Conversations.
  static let chatNames = ["messages", "conversation", "conversations"]
  /// What is to be written, where a text is to be made of another.
  static let targetNames = ["target", "output", "translation", "summary", "completion"]
  static let labelNames = [
    "label", "labels", "class", "category", "target", "sentiment", "intent", "gold_label", "y",
    "score", "rating", "stars", "similarity", "mean", "value",
  ]

  /// True if the first record names columns: it holds a known name, or words above numbers.
  static func looksLikeHeader(_ records: [Table.Record]) -> Bool {
    guard let first = records.first else { return false }
    let names = first.fields.map { normal($0 ?? "") }
    if names.contains("") || Set(names).count != names.count { return false }
    let known = Set(textNames + pairNames + labelNames)
    if names.contains(where: known.contains) { return true }
    let rest = records.dropFirst().prefix(100)
    if rest.isEmpty || names.contains(where: { Double($0) != nil }) { return false }
    return names.indices.contains { column in
      rest.allSatisfy { number($0.fields[column]) != nil }
    }
  }

  static func normal(_ name: String) -> String {
    let bytes = name.utf8.drop(while: SourceText.isSpace)
    return String(decoding: bytes, as: UTF8.self).lowercased()
  }

  static func number(_ field: String?) -> Double? {
    field.flatMap { Double(trimmed($0)) }
  }

  static func trimmed(_ text: String) -> String {
    var text = Substring(text)
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}

// MARK: Detection

extension ColumnRoles {
  /// Columns that the options name, then columns of known names, then by what they hold.
  init(_ table: Table, _ options: ReadOptions, path: String) throws {
    let finder = ColumnFinder(table: table, path: path)
    let named = try (
      text: options.columns.text.map(finder.column), pair: options.columns.pair.map(finder.column),
      label: options.columns.label.map(finder.column)
    )
    let taken = Set([named.text, named.pair, named.label].compactMap { $0 })
    let chat = options.task == .chat ? finder.known(Self.chatNames, except: taken) : nil
    let text =
      named.text ?? chat ?? finder.known(Self.textNames, except: taken)
      ?? finder.longest(except: taken)
    guard let text else {
      throw DatasetError(
        path: path, "No column of text was found.", remedy: "Name the column that holds the text.")
    }
    self.text = text
    pair = named.pair ?? finder.known(Self.pairNames, except: taken.union([text]))
    if named.text != nil && named.pair == nil { pair = nil }
    if options.task == .pairs {
      let known = finder.known(Self.targetNames, except: taken.union([text]))
      let others = table.columns.indices.filter { $0 != text }
      pair = pair ?? known ?? (others.count == 1 ? others.first : nil)
      if !table.hasNames, named.text == nil, named.pair == nil, table.columns.count == 2 {
        (self.text, pair) = (0, 1)
      }
    }
    let others = taken.union([text, pair].compactMap { $0 })
    let wantsLabel = options.task.map { $0 == .classify || $0 == .regress } ?? true
    label = named.label
    if label == nil && wantsLabel {
      let wantsNumber = options.task == .regress || options.thresholds != nil
      label =
        finder.known(Self.labelNames, except: others)
        ?? finder.labels(except: others, numeric: wantsNumber)
    }
  }
}

/// Looks at names and contents of columns.
struct ColumnFinder {
  let table: Table
  let path: String
  /// Enough rows to judge a column by.
  private var sample: ArraySlice<Table.Record> { table.records.prefix(1000) }

  /// A column by its name, or by its number where there are no names.
  func column(_ name: String) throws -> Int {
    let wanted = ColumnRoles.normal(name)
    if let place = table.columns.firstIndex(of: name)
      ?? table.columns.firstIndex(where: { ColumnRoles.normal($0) == wanted })
    {
      return place
    }
    if let place = Int(name), table.columns.indices.contains(place) { return place }
    let names = table.columns.map { "'\($0)'" }.joined(separator: ", ")
    throw DatasetError(
      path: path, "There is no column '\(name)'.",
      remedy: table.hasNames
        ? "The columns are \(names)."
        : "The file has no header; its columns are numbered 0 to \(table.columns.count - 1).")
  }

  func known(_ names: [String], except taken: Set<Int>) -> Int? {
    guard table.hasNames else { return nil }
    let normal = table.columns.map(ColumnRoles.normal)
    for name in names {
      if let place = normal.firstIndex(of: name), !taken.contains(place) { return place }
    }
    return nil
  }

  /// The column with the longest values on average, the first of equals; one of numbers only where there is no other.
  func longest(except taken: Set<Int>) -> Int? {
    let free = table.columns.indices.filter { !taken.contains($0) }
    let words = free.filter { column in
      !sample.allSatisfy { ColumnRoles.number($0.fields[column]) != nil }
    }
    let candidates = words.isEmpty ? free : words
    return candidates.max { left, right in
      let (a, b) = (length(left), length(right))
      return a != b ? a < b : left > right
    }
  }

  private func length(_ column: Int) -> Int {
    sample.reduce(0) { $0 + ($1.fields[column]?.utf8.count ?? 0) }
  }

  /// The column that most looks like labels: numbers with fractions or signs if numbers are wanted,
  /// else the fewest different values, at least two. Identifiers (all different) are no labels.
  func labels(except taken: Set<Int>, numeric: Bool) -> Int? {
    var best: (column: Int, distinct: Int)?
    for column in table.columns.indices where !taken.contains(column) {
      let values = sample.compactMap { $0.fields[column] }
      let distinct = Set(values).count
      if numeric {
        let numbers = values.compactMap { ColumnRoles.number($0) }
        if numbers.count != values.count || values.isEmpty { continue }
        let isCounter = distinct == values.count && numbers.allSatisfy { $0 == $0.rounded() }
        if isCounter && values.count > 2 { continue }
      } else if distinct < 2 || distinct > max(2, values.count / 2) || distinct > 1000 {
        continue
      }
      if best.map({ numeric ? false : distinct < $0.distinct }) ?? true {
        best = (column, distinct)
      }
    }
    return best?.column
  }
}
