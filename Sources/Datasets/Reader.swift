/// Reads data files: TSV, CSV, JSON lines, plain text.
public enum Reader {
  /// Reads a file. The format goes by `options.format`, else by the name's ending (`.tsv`, `.csv`,
  /// `.jsonl`, `.ndjson`, `.txt`). Throws `DatasetError`.
  public static func read(_ path: String, _ options: ReadOptions = ReadOptions()) throws -> Dataset
  {
    let format = try options.format ?? format(of: path)
    return try dataset(try SourceText.read(path), format, options, name: name(of: path))
  }

  /// Reads bytes in memory. `path` names them in errors, and its ending gives the format.
  public static func read(
    _ bytes: [UInt8], path: String, _ options: ReadOptions = ReadOptions()
  ) throws -> Dataset {
    let format = try options.format ?? format(of: path)
    let source = try SourceText(path: path, bytes: bytes)
    return try dataset(source, format, options, name: name(of: path))
  }

  /// The file's name without folder and ending.
  private static func name(of path: String) -> String {
    let file = path.split(separator: "/").last.map(String.init) ?? path
    return file.split(separator: ".").first.map(String.init) ?? file
  }

  static func format(of path: String) throws -> ReadOptions.Format {
    let file = path.split(separator: "/").last ?? ""
    let ending = file.contains(".") ? file.split(separator: ".").last?.lowercased() ?? "" : ""
    switch ending {
    case "tsv", "tab": return .tsv
    case "csv": return .csv
    case "jsonl", "ndjson": return .jsonl
    case "txt", "text", "": return .text
    default:
      throw DatasetError(
        path: path, "The ending '.\(ending)' does not tell the format.",
        remedy: "Pass a format: tsv, csv, jsonl or text.")
    }
  }

  private static func dataset(
    _ source: SourceText, _ format: ReadOptions.Format, _ options: ReadOptions, name: String
  ) throws -> Dataset {
    switch format {
    case .text:
      let records = PlainTextParser(source: source, unit: options.unit).records()
      return try plain(
        Table(columns: ["text"], records: records, hasNames: true), source, options, name)
    case .jsonl:
      let table = try JSONLinesParser(source: source).table()
      return try RowBuilder(table: table, options: options, path: source.path).dataset(name: name)
    case .tsv, .csv:
      let table = try delimited(source, format, options)
      return try RowBuilder(table: table, options: options, path: source.path).dataset(name: name)
    }
  }

  private static func plain(
    _ table: Table, _ source: SourceText, _ options: ReadOptions, _ name: String
  ) throws -> Dataset {
    let task = options.task ?? .language
    if (task == .classify || task == .regress) && !options.allowsMissingLabels {
      throw DatasetError(
        path: source.path, "Plain text has no labels, but the task '\(task.rawValue)' needs them.",
        remedy: "Use a .tsv, .csv or .jsonl file, or the task 'language' or 'masked'.")
    }
    var options = options
    options.task = task
    return try RowBuilder(table: table, options: options, path: source.path).dataset(name: name)
  }

  private static func delimited(
    _ source: SourceText, _ format: ReadOptions.Format, _ options: ReadOptions
  ) throws -> Table {
    let delimiter = options.delimiter ?? (format == .tsv ? "\t" : ",")
    guard let byte = delimiter.asciiValue, byte != 10, byte != 13, byte != 34 else {
      throw DatasetError(
        path: source.path, "A delimiter must be one ASCII character, and no quote or line break.",
        remedy: "Use a comma, a tab, a semicolon or a bar.")
    }
    // Quoting is CSV's; tab-separated data sets write quotes as they are.
    let quoting = format == .csv
    var records = try DelimitedParser(source: source, delimiter: byte, quoting: quoting).records()
    let hasHeader = options.header ?? ColumnRoles.looksLikeHeader(records)
    guard let first = records.first else {
      throw DatasetError(
        path: source.path, "The file has no rows.", remedy: "Check that it is the right file.")
    }
    if hasHeader { records.removeFirst() }
    let columns =
      hasHeader
      ? first.fields.map { ColumnRoles.trimmed($0 ?? "") } : first.fields.indices.map(String.init)
    return Table(columns: columns, records: records, hasNames: hasHeader)
  }
}
