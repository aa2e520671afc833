import Foundation
import Syntax
import Tensor

/// How values look at the prompt, in strings and in messages.
public struct Printer {
  /// Columns that a line may take.
  public var width: Int
  /// Significant digits of a number outside tensors.
  public var digits: Int
  /// Of a list with more elements only the first and the last are shown.
  public var longestList = 24
  /// Marks the roles of text, such as a path or a dimmed remark; the session colours them.
  public var style: @Sendable (String, Role) -> String

  public enum Role: Sendable {
    case number, string, dim, heading
    /// A part of a message, or of source with a mark under it.
    case message(DiagnosticRenderer.Role)
  }

  public init(
    width: Int = 80, digits: Int = 6,
    style: @escaping @Sendable (String, Role) -> String = { text, _ in text }
  ) {
    self.width = width
    self.digits = digits
    self.style = style
  }

  public static var plain: Printer { Printer() }

  /// As an interpolation shows it: a string without quotes.
  public func text(_ value: Value) -> String {
    if case .string(let text) = value { return text }
    return inline(value)
  }

  /// On one line.
  public func inline(_ value: Value) -> String { inline(value, depth: 0) }

  /// Lists within lists below this depth are left out, so that no value is too deep to print.
  private static let depthLimit = 100

  private func inline(_ value: Value, depth: Int) -> String {
    switch value {
    case .none: return "none"
    case .bool(let x): return x ? "true" : "false"
    case .int(let x): return String(x)
    case .float(let x): return number(x)
    case .string(let x): return quoted(x)
    case .list(let list): return "[" + inline(list.elements, depth: depth).joined(separator: ", ") + "]"
    case .tuple(let tuple):
      if depth >= Self.depthLimit { return "(…)" }
      let parts = zip(tuple.names, inline(tuple.elements, depth: depth)).map { $0.isEmpty ? $1 : "\($0)=\($1)" }
      return "(" + parts.joined(separator: ", ") + (parts.count == 1 && tuple.names[0].isEmpty ? ",)" : ")")
    case .tensor(let variable): return inline(variable.value)
    case .module(let module):
      return module.path.isEmpty ? module.type.name : "\(module.type.name) at \(module.path)"
    case .function(let function): return function.signature.description
    case .host(let host):
      let lines = host.description(for: self).split(separator: "\n", omittingEmptySubsequences: false)
      return lines.count > 1 ? "\(lines[0]) …" : String(lines.first ?? "")
    }
  }

  private func inline(_ elements: [Value], depth: Int) -> [String] {
    if depth >= Self.depthLimit, !elements.isEmpty { return ["…"] }
    func inline(_ value: Value) -> String { self.inline(value, depth: depth + 1) }
    guard elements.count > longestList else { return elements.map(inline) }
    let end = longestList / 2
    return elements.prefix(end).map(inline) + ["… \(elements.count - 2 * end) more …"]
      + elements.suffix(end).map(inline)
  }

  /// What a bare expression prints; may have several lines.
  public func display(_ value: Value) -> String {
    switch value {
    case .tensor(let variable): return display(variable.value)
    case .module(let module): return display(module)
    case .host(let host): return host.description(for: self)
    case .function(let function): return display(function)
    case .tuple(let tuple):
      let line = inline(value)
      if displayWidth(of: line) <= width { return line }
      return lines("(", zip(tuple.names, tuple.elements).map { ($0, $1) }, ")")
    case .list(let list):
      let line = inline(value)
      if list.elements.count > longestList {
        let count = list.elements.count
        return line + "\n" + style("\(count) elements; print(_, whole=true) shows them all", .dim)
      }
      if displayWidth(of: line) <= width { return line }
      return lines("[", list.elements.map { ("", $0) }, "]")
    default: return inline(value)
    }
  }

  private func lines(_ open: String, _ parts: [(String, Value)], _ close: String) -> String {
    let rows = parts.map { name, value in
      let text = inline(value)
      return "  " + (name.isEmpty ? text : "\(name) = \(text)")
    }
    return ([open] + rows + [close]).joined(separator: "\n")
  }

  private func display(_ function: Function) -> String {
    let head = function.signature.description
    let first = function.documentation.first.map { "  # " + $0 } ?? ""
    return head + first
  }

  /// Shortest form with at most `digits` significant digits; a float always shows that it is one.
  public func number(_ x: Double) -> String {
    if x.isNaN { return "nan" }
    if x.isInfinite { return x < 0 ? "-inf" : "inf" }
    if x == 0 { return x.sign == .minus ? "-0.0" : "0.0" }
    let text = String(format: "%.\(digits)g", x)
    if text.contains("e") {
      let parts = text.split(separator: "e", maxSplits: 1)
      return "\(parts[0])e\(Int(parts[1]) ?? 0)"
    }
    return text.contains(".") ? text : text + ".0"
  }

  public func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\r": result += "\\r"
      default:
        if scalar.value < 32 || scalar.value == 127 {
          result += "\\u{\(String(scalar.value, radix: 16))}"
        } else {
          result.unicodeScalars.append(scalar)
        }
      }
    }
    return result + "\""
  }

  /// Columns, without looking into wide characters: enough to decide where to break.
  func displayWidth(of text: String) -> Int { text.count }
}

extension Function {
  /// The `##` lines above a function of the language.
  public var documentation: [String] {
    switch kind {
    case .closure(let code, _, _): code.documentation
    case .constructor(let type): type.documentation
    case .native: []
    }
  }
}
