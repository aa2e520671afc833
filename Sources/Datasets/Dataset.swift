/// Examples of one task. A value: every operation makes a new one and leaves this one as it was.
public struct Dataset: Sendable {
  /// What is learnt from the examples.
  public enum Task: String, Sendable, CaseIterable {
    /// Text (or a pair of texts) to one of `classes`.
    case classify
    /// The next token: causal language modelling.
    case language
    /// Hidden tokens: masked language modelling.
    case masked
    /// Text (or a pair of texts) to a number.
    case regress
    /// Text to another text, the row's pair: what an encoder reads and a decoder writes.
    case pairs
    /// What the assistant writes in conversations; a row's text is the JSON of its messages.
    case chat
  }

  public let name: String
  public let task: Task
  public let rows: [Row]
  /// Names of the classes; a row's `label` is a place in this list. Empty unless the task is
  /// `classify`.
  public let classes: [String]
  /// Names of the columns of the file; `Row.fields` has one value for each.
  public let columns: [String]
  /// What reading left out or assumed, in sentences.
  public let notes: [String]

  public init(
    name: String, task: Task, rows: [Row], classes: [String] = [], columns: [String] = [],
    notes: [String] = []
  ) {
    self.name = name
    self.task = task
    self.rows = rows
    self.classes = classes
    self.columns = columns
    self.notes = notes
  }

  public var count: Int { rows.count }
  public var isEmpty: Bool { rows.isEmpty }
  public subscript(index: Int) -> Row { rows[index] }

  /// The same dataset with other rows.
  public func replacingRows(_ rows: [Row]) -> Dataset {
    Dataset(
      name: name, task: task, rows: rows, classes: classes, columns: columns, notes: notes)
  }

  public func renamed(_ name: String) -> Dataset {
    Dataset(
      name: name, task: task, rows: rows, classes: classes, columns: columns, notes: notes)
  }

  /// The class of a row; nil if it has none.
  public func className(of row: Row) -> String? {
    row.label.flatMap { classes.indices.contains($0) ? classes[$0] : nil }
  }

  /// The value of a column of the file in a row.
  public func field(_ column: String, of row: Row) -> String? {
    guard let place = columns.firstIndex(of: column), place < row.fields.count else { return nil }
    return row.fields[place]
  }
}

/// One example.
public struct Row: Sendable, Equatable {
  public let text: String
  /// The second text of a pair.
  public let pair: String?
  /// The class, as a place in `Dataset.classes`.
  public let label: Int?
  /// The number to predict, or the rating that the class was made from.
  public let score: Double?
  /// Every column as it stands in the file.
  public let fields: [String]
  /// The line of the file that the row begins on, counted from 1; 0 if it has none.
  public let line: Int

  public init(
    text: String, pair: String? = nil, label: Int? = nil, score: Double? = nil,
    fields: [String] = [], line: Int = 0
  ) {
    self.text = text
    self.pair = pair
    self.label = label
    self.score = score
    self.fields = fields
    self.line = line
  }
}
