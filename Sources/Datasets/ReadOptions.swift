/// How a data file is to be read. What is left nil is found out from the file.
public struct ReadOptions: Sendable {
  public enum Format: String, Sendable, CaseIterable {
    /// Tab-separated, without quoting.
    case tsv
    /// Comma-separated with quoting (RFC 4180).
    case csv
    /// One JSON object a line.
    case jsonl
    /// Plain text.
    case text
  }

  /// What one row of a plain text file is.
  public enum Unit: String, Sendable, CaseIterable {
    /// A line that is not blank.
    case line
    /// Lines up to a blank one.
    case paragraph
    /// The whole file.
    case document
  }

  /// Columns by name, or by number counted from 0 where there is no header.
  public struct Columns: Sendable, Equatable {
    public var text: String?
    public var pair: String?
    public var label: String?

    public init(text: String? = nil, pair: String? = nil, label: String? = nil) {
      self.text = text
      self.pair = pair
      self.label = label
    }
  }

  /// Makes two classes of a rating: class 1 from `positive` up, class 0 from `negative` down; rows
  /// between them are dropped.
  public struct Thresholds: Sendable, Equatable {
    public var negative: Double
    public var positive: Double
    public var names: [String]

    public init(
      negative: Double, positive: Double, names: [String] = ["negative", "positive"]
    ) {
      self.negative = negative
      self.positive = positive
      self.names = names
    }
  }

  public var format: Format?
  /// `classify` if a column of labels is found, else `language`.
  public var task: Dataset.Task?
  public var columns: Columns
  public var delimiter: Character?
  public var header: Bool?
  public var thresholds: Thresholds?
  /// The classes in the order that they shall have; a label outside is an error.
  public var classes: [String]?
  public var unit: Unit
  /// Rows without a label are read too, with `label` and `score` nil.
  public var allowsMissingLabels: Bool

  public init(
    format: Format? = nil, task: Dataset.Task? = nil, columns: Columns = Columns(),
    delimiter: Character? = nil, header: Bool? = nil, thresholds: Thresholds? = nil,
    classes: [String]? = nil, unit: Unit = .line, allowsMissingLabels: Bool = false
  ) {
    self.format = format
    self.task = task
    self.columns = columns
    self.delimiter = delimiter
    self.header = header
    self.thresholds = thresholds
    self.classes = classes
    self.unit = unit
    self.allowsMissingLabels = allowsMissingLabels
  }
}
