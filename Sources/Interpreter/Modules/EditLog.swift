import Syntax

/// One edit of a model: which command, on which sites or parameters, and the calls that led to it.
public struct Edit {
  public let command: String
  /// Nil: everywhere.
  public let pattern: String?
  /// The name of the method that was running, outermost; nil for an edit at the prompt.
  public let method: String?
  /// The name under which parameters that it added stand.
  public let label: String?
  /// How many sites or parameters it met.
  public let matched: Int
  /// What the pattern also names, where nothing is.
  public let unmatched: [String]
  /// The edit's own place in the source, then those of the calls that led there, innermost first.
  public let places: [Span]
}

/// The edits that made a model what it is, oldest first: `model.edits`.
public final class EditLog: HostValue {
  public let edits: [Edit]

  init(_ edits: [Edit]) { self.edits = edits }

  public var typeName: String { "edits" }
  public var count: Int? { edits.count }
  public var memberNames: [String] { [] }

  public func element(at index: Value) throws -> Value? {
    guard case .int(let position) = index else { return nil }
    let place = position < 0 ? position + edits.count : position
    guard edits.indices.contains(place) else {
      throw Mistake("edit \(position) is outside: there are \(edits.count)", code: "E0514")
    }
    let edit = edits[place]
    return .tuple([
      ("command", .string(edit.command)), ("at", edit.pattern.map { .string($0) } ?? .none),
      ("method", edit.method.map { .string($0) } ?? .none), ("matched", .int(edit.matched)),
      ("unmatched", .list(edit.unmatched.map { .string($0) })),
      ("source", .string(edit.places.last?.text.onOneLine ?? "")),
    ])
  }

  public func description(for printer: Printer) -> String {
    let lines = edits.map { edit in
      let place = edit.pattern.map { " at \"\($0)\"" } ?? ""
      let method = edit.method.map { ", by \($0)" } ?? ""
      let missing =
        edit.unmatched.isEmpty ? "" : "; nothing at \(edit.unmatched.joined(separator: ", "))"
      return "\(edit.command)\(place): \(edit.matched)\(method)\(missing)"
    }
    return lines.isEmpty ? "no edits" : lines.joined(separator: "\n")
  }
}

extension Module {
  /// The edits that made this model.
  public var edits: [Edit] {
    if case .host(let host)? = attribute("edits"), let log = host as? EditLog { return log.edits }
    return []
  }
}

extension Interpreter {
  /// The model with one more edit in its log. What hooks do within steps is no part of how the
  /// model was made.
  public func noting(
    _ command: String, at pattern: String?, label: String? = nil, matched: Int,
    among paths: [String] = [], covering: Bool = false, on model: Module, span: Span
  ) -> Module {
    guard !isTraining, weightSource == nil else { return model }
    let missing = pattern.flatMap {
      try? SitePattern.unmatched($0, among: paths, covering: covering)
    }
    let edit = Edit(
      command: command, pattern: pattern, method: methodNames.first, label: label,
      matched: matched, unmatched: missing ?? [],
      places: [span] + callStack.reversed().map(\.span))
    return model.settingAttribute("edits", .host(EditLog(model.edits + [edit])))
  }
}

extension SitePattern {
  /// The alternatives of a pattern that meet none of `paths`, where another one does.
  static func unmatched(_ text: String, among paths: [String], covering: Bool) throws -> [String] {
    guard text.contains("{") else { return [] }
    return try expand(text).filter { alternative in
      let pattern = try SitePattern(alternative)
      return !paths.contains { covering ? covers(pattern, $0) : pattern.matches($0) }
    }
  }
}

extension String {
  /// A piece of source as one line.
  public var onOneLine: String {
    split(whereSeparator: \.isNewline).map { line in
      String(line.drop { $0 == " " || $0 == "\t" })
    }.joined(separator: " ")
  }
}
