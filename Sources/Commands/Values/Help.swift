import Foundation
import Interpreter
import Syntax
import Terminal

/// The texts of `help` and `source`, made from records, signatures and `##` lines.
struct Help {
  private let interpreter: Interpreter

  init(_ interpreter: Interpreter) { self.interpreter = interpreter }

  func text(for value: Value) throws -> String {
    switch value {
    case .none: return overview()
    case .string(let name): return try text(named: name)
    case .function(let function): return try text(of: function)
    case .module(let module):
      return (module.type.documentation + [module.type.signature.description]).joined(separator: "\n")
    default: return "\(value.typeName): " + interpreter.members(of: value).joined(separator: ", ")
    }
  }

  private func text(named name: String) throws -> String {
    guard let value = interpreter.globals.lookup(name) else {
      if let text = LanguageHelp.text(name, wrap: wrap) { return text }
      throw Mistake(
        "there is nothing called `\(name)`", code: "E0401",
        fix: Suggestion.nearest(name, interpreter.globals.visibleNames).map { "did you mean `\($0)`?" },
        argument: "name")
    }
    if case .function(let function) = value { return try text(of: function) }
    return "\(name): \(value.typeName)"
  }

  private func text(of function: Function) throws -> String {
    let records = interpreter.records.filter { $0.name == function.name }
    if case .native = function.kind, !records.isEmpty {
      return records.map(text(of:)).joined(separator: "\n\n")
    }
    var lines = [function.signature.description]
    lines += function.documentation.map { "  " + $0 }
    if let method = function.method { lines.append("  method, class: \(method.category)") }
    lines.append("  source(\(function.name)) shows how it is written")
    return lines.joined(separator: "\n")
  }

  private func text(of record: CommandRecord) -> String {
    var lines = [record.signature.description, "  " + record.summary]
    if !record.help.isEmpty { lines += wrap(record.help).map { "  " + $0 } }
    for example in record.examples {
      lines.append("")
      lines.append("  > \(example.code)")
      if let result = example.result {
        lines += result.split(separator: "\n", omittingEmptySubsequences: false).map { "  \($0)" }
      }
    }
    return lines.joined(separator: "\n")
  }

  private func overview() -> String {
    var lines = ["Type an expression to see its value; `?name` explains a name, `??name` shows its source."]
    for category in CommandRecord.Category.allCases {
      let names = interpreter.records.filter { $0.category == category }.map(\.name)
      var unique: [String] = []
      for name in names where !unique.contains(name) { unique.append(name) }
      guard !unique.isEmpty else { continue }
      lines.append("")
      lines.append(category.rawValue)
      lines += wrap(unique.joined(separator: "  ")).map { "  " + $0 }
    }
    let methods = interpreter.catalogue.map(\.name).sorted()
    lines += ["", "methods"] + wrap(methods.joined(separator: "  ")).map { "  " + $0 }
    let words = LanguageHelp.entries.map(\.word)
    lines += ["", "words of the language"] + wrap(words.joined(separator: "  ")).map { "  " + $0 }
    return lines.joined(separator: "\n")
  }

  private func wrap(_ text: String) -> [String] {
    // Names stand two blanks apart, and a line may break between the two.
    text.wrapped(to: Swift.max(20, interpreter.printer.width - 4)).map {
      $0.trimmingCharacters(in: .whitespaces)
    }
  }

  func source(of value: Value) throws -> String {
    switch value {
    case .string(let name):
      guard let found = interpreter.globals.lookup(name) else {
        throw Mistake(
          "there is nothing called `\(name)`", code: "E0401",
          fix: Suggestion.nearest(name, interpreter.globals.visibleNames).map { "did you mean `\($0)`?" },
          argument: "function")
      }
      return try source(of: found)
    case .module(let module): return module.type.source
    case .function(let function):
      guard let text = function.declaration else {
        throw Mistake(
          "`\(function.name)` is a command, written in Swift", code: "E0712",
          fix: "`?\(function.name)` says what it does")
      }
      let parts = function.method == nil ? [] : modules(of: text)
      return (parts + [text]).map { documented($0.documentation, $0.source) }
        .joined(separator: "\n\n")
    default: throw Mistake("\(value.typeWithArticle) has no source", code: "E0712", argument: "function")
    }
  }

  /// The modules that a method's text names and its file declares: without them it could not be understood.
  private func modules(of method: Function.Declaration) -> [Function.Declaration] {
    var found: [Function.Declaration] = []
    var seen: Set<String> = []
    for token in Lexer.lex(Source(method.source)).tokens where token.kind == .name {
      guard seen.insert(token.text).inserted,
        case .function(let function)? = interpreter.globals.lookup(token.text),
        case .constructor = function.kind, let part = function.declaration, part.file == method.file
      else { continue }
      found.append(part)
    }
    return found
  }

  private func documented(_ documentation: [String], _ source: String) -> String {
    (documentation.map { "## " + $0 } + [source]).joined(separator: "\n")
  }
}
