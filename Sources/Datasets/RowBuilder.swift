/// Turns the records of a table into the rows of a task.
struct RowBuilder {
  let table: Table
  let options: ReadOptions
  let path: String

  func dataset(name: String) throws -> Dataset {
    if table.records.isEmpty {
      throw DatasetError(
        path: path, "The file has a header but no rows.",
        remedy: "Check that it was written to the end.")
    }
    let roles = try ColumnRoles(table, options, path: path)
    let task = options.task ?? (roles.label == nil ? .language : .classify)
    switch task {
    case .pairs:
      let rows = try table.records.map { try row($0, roles) }
      guard rows.allSatisfy({ $0.pair != nil }) else {
        throw DatasetError(
          path: path, "The task `pairs` needs a column with the text that is to be written.",
          remedy: "Name it: `pair=\"…\"`, beside `text=\"…\"` for the one that is read.")
      }
      return Dataset(name: name, task: task, rows: rows, columns: table.columns)
    case .language, .masked, .chat:
      let rows = try table.records.map { try row($0, roles) }
      return Dataset(name: name, task: task, rows: rows, columns: table.columns)
    case .regress:
      let rows = try table.records.map { try row($0, roles, score: try score($0, roles)) }
      return Dataset(name: name, task: task, rows: rows, columns: table.columns)
    case .classify:
      if let thresholds = options.thresholds {
        return try thresholded(name, roles, thresholds)
      }
      return try classified(name, roles)
    }
  }

  // MARK: Classes

  private func classified(_ name: String, _ roles: ColumnRoles) throws -> Dataset {
    let labels = try table.records.map { try label($0, roles) }
    let classes = options.classes ?? RowBuilder.sortedClasses(Set(labels.compactMap { $0 }))
    let places = Dictionary(zip(classes, classes.indices)) { first, _ in first }
    var rows: [Row] = []
    rows.reserveCapacity(labels.count)
    for (record, label) in zip(table.records, labels) {
      guard let label else {
        rows.append(try row(record, roles))
        continue
      }
      guard let place = places[label] else {
        throw failure(
          record, "The label '\(label)' is none of the classes \(classes.joined(separator: ", ")).",
          "Correct the label, or add it to the classes.")
      }
      rows.append(try row(record, roles, label: place))
    }
    return Dataset(
      name: name, task: .classify, rows: rows, classes: classes, columns: table.columns)
  }

  /// Whole numbers by value, everything else by code points.
  static func sortedClasses(_ labels: Set<String>) -> [String] {
    let numbers = labels.compactMap(Int.init)
    if numbers.count == labels.count {
      return labels.sorted { (Int($0) ?? 0, $0) < (Int($1) ?? 0, $1) }
    }
    return labels.sorted { $0.unicodeScalars.lexicographicallyPrecedes($1.unicodeScalars) }
  }

  private func thresholded(
    _ name: String, _ roles: ColumnRoles, _ thresholds: ReadOptions.Thresholds
  ) throws -> Dataset {
    guard thresholds.negative < thresholds.positive, thresholds.names.count == 2 else {
      throw DatasetError(
        path: path, "The thresholds need negative < positive and two class names.",
        remedy: "For example negative -0.5, positive 0.5.")
    }
    var rows: [Row] = []
    var dropped = 0
    for record in table.records {
      guard let score = try score(record, roles) else {
        rows.append(try row(record, roles))
        continue
      }
      if score >= thresholds.positive {
        rows.append(try row(record, roles, label: 1, score: score))
      } else if score <= thresholds.negative {
        rows.append(try row(record, roles, label: 0, score: score))
      } else {
        dropped += 1
      }
    }
    if rows.isEmpty {
      throw DatasetError(
        path: path, "All \(dropped) rows lie between the thresholds.",
        remedy: "Choose thresholds within the range of the ratings.")
    }
    let range = "\(thresholds.negative) and \(thresholds.positive)"
    let note = "\(dropped) of \(table.records.count) rows rated between \(range) were left out."
    return Dataset(
      name: name, task: .classify, rows: rows, classes: thresholds.names, columns: table.columns,
      notes: dropped == 0 ? [] : [note])
  }

  // MARK: Fields

  private func row(
    _ record: Table.Record, _ roles: ColumnRoles, label: Int? = nil, score: Double? = nil
  ) throws -> Row {
    guard let text = record.fields[roles.text] else {
      throw failure(
        record, "There is no text: '\(table.columns[roles.text])' is missing.",
        "Give every row a text, or name another column.")
    }
    return Row(
      text: text, pair: roles.pair.flatMap { record.fields[$0] }, label: label, score: score,
      fields: record.fields.map { $0 ?? "" }, line: record.line)
  }

  /// The label's text; nil if it is missing and may be.
  private func label(_ record: Table.Record, _ roles: ColumnRoles) throws -> String? {
    guard let column = roles.label else {
      if options.allowsMissingLabels { return nil }
      throw DatasetError(
        path: path, "No column of labels was found.",
        remedy: "Name text and label, as in text=\"\(table.columns[roles.text])\", label=\"…\"; "
          + "the columns are \(table.columns.joined(separator: ", ")).")
    }
    let text = record.fields[column].map(ColumnRoles.trimmed) ?? ""
    if text.isEmpty {
      if options.allowsMissingLabels { return nil }
      throw failure(
        record, "The label is missing (column '\(table.columns[column])').",
        "Give every row a label, or allow rows without.")
    }
    if text.lowercased() == "nan" {
      throw failure(
        record, "The label is NaN (column '\(table.columns[column])').",
        "Correct or remove the row.")
    }
    return text
  }

  private func score(_ record: Table.Record, _ roles: ColumnRoles) throws -> Double? {
    guard let text = try label(record, roles) else { return nil }
    guard let value = Double(text), value.isFinite else {
      throw failure(record, "'\(text)' is not a finite number.", "Correct or remove the row.")
    }
    return value
  }

  private func failure(_ record: Table.Record, _ problem: String, _ remedy: String) -> DatasetError
  {
    DatasetError(
      path: path, line: record.line, excerpt: record.excerpt, problem, remedy: remedy)
  }
}
