import Interpreter
import Terminal

/// Rows under headings, as commands such as `params` and `methods` return them.
public final class TableValue: HostValue {
  public let titles: [String]
  public let rows: [[Value]]
  /// Printed above and below the table.
  let caption: String?
  let footer: String?

  public init(_ titles: [String], _ rows: [[Value]], caption: String? = nil, footer: String? = nil) {
    self.titles = titles
    self.rows = rows
    self.caption = caption
    self.footer = footer
  }

  public var typeName: String { "table" }
  public var count: Int? { rows.count }
  public var memberNames: [String] { titles.map(TableValue.key) + ["columns"] }

  /// A column under its heading, spaces as underscores.
  public func member(_ name: String) throws -> Value? {
    if name == "columns" { return .list(titles.map { .string($0) }) }
    guard let column = titles.firstIndex(where: { TableValue.key($0) == name }) else { return nil }
    return .list(rows.map { $0[column] })
  }

  public func element(at index: Value) throws -> Value? {
    guard case .int(let position) = index else { return nil }
    let place = position < 0 ? position + rows.count : position
    guard rows.indices.contains(place) else {
      throw Mistake("row \(position) is outside: there are \(rows.count) rows", code: "E0514")
    }
    return .tuple(Array(zip(titles.map(TableValue.key), rows[place])))
  }

  public func description(for printer: Printer) -> String {
    let texts = rows.map { $0.map { TableValue.cell($0, printer) } }
    let body = Table(titles, rows: texts).render(width: printer.width)
    return [caption, body.trimmingTrailingNewline, footer].compactMap { $0 }.joined(separator: "\n")
  }

  private static func key(_ title: String) -> String {
    String(title.map { $0 == " " ? "_" : $0 })
  }

  private static func cell(_ value: Value, _ printer: Printer) -> String {
    switch value {
    case .int(let number): printer.grouped(number)
    case .none: ""
    default: printer.text(value)
    }
  }
}

extension String {
  var trimmingTrailingNewline: String { hasSuffix("\n") ? String(dropLast()) : self }
}
