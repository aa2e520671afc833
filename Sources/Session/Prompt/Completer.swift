import Commands
import Foundation
import Interpreter
import Syntax
import Terminal

/// Answers Tab: names, members, arguments, sites and paths. It reads values and never calls anything of the user's.
final class Completer {
  private unowned let session: Session
  /// What the debugger asks, while its prompt is there.
  var question: DebugQuestion?

  init(_ session: Session) { self.session = session }

  /// The lexer's words, and those that are words in their places only.
  static let keywords =
    Token.Kind.reservedWords
    + ["as", "method", "module", "new", "param", "state", "with", "within"]

  /// The candidates for what stands before the cursor, a place in UTF-8 bytes.
  func completion(in cell: String, at cursor: Int) -> Completion {
    let before = String(decoding: Array(cell.utf8.prefix(cursor)), as: UTF8.self)
    let (prefix, candidates) = answer(before)
    return Completion(replaceFrom: cursor - prefix.utf8.count, candidates: candidates)
  }

  private func answer(_ text: String) -> (prefix: String, candidates: [String]) {
    let trimmed = text.drop(while: \.isWhitespace)
    if let question, let answer = place(String(trimmed), question) { return answer }
    if trimmed.first == ":" { return command(String(trimmed.dropFirst())) }
    if trimmed.first == "?" {
      let word = String(trimmed.drop { $0 == "?" || $0 == " " })
      let context = CompletionContext(word)
      return (context.prefix, candidates(context))
    }
    let context = CompletionContext(text)
    if case .string(let opener) = context.place { return inString(opener, context) }
    return (context.prefix, candidates(context))
  }

  private func candidates(_ context: CompletionContext) -> [String] {
    let prefix = context.prefix
    switch context.place {
    case .name:
      let arguments = keywordArguments(context).filter { $0.hasPrefix(prefix) }
      let names = visibleNames + Self.keywords
      // All names at once would help nobody; arguments come first where there are any.
      if prefix.isEmpty, !arguments.isEmpty { return arguments }
      if prefix.isEmpty, let question { return sorted(Array(question.values.keys), "") }
      return arguments + sorted(names, prefix)
    case .member(let chain):
      guard let value = value(of: chain) else { return [] }
      return sorted(session.interpreter.members(of: value), prefix)
    case .string, .nothing: return []
    }
  }

  private var visibleNames: [String] {
    session.interpreter.globals.visibleNames + (question.map { Array($0.values.keys) } ?? [])
  }

  /// A command of the debugger's, or the place behind one; nil where code stands.
  private func place(_ text: String, _ question: DebugQuestion) -> (String, [String])? {
    guard let space = text.firstIndex(of: " ") else {
      let context = CompletionContext(text)
      guard context.place == .name, context.prefix == text else { return nil }
      return (text, sorted(question.commands + visibleNames, text))
    }
    let argument = String(text[text.index(after: space)...].drop { $0 == " " })
    guard question.placing.contains(String(text[..<space])), !argument.hasPrefix("if ") else {
      return nil
    }
    return (argument, sorted(question.places(), argument))
  }

  private func sorted(_ names: [String], _ prefix: String) -> [String] {
    Set(names.filter { $0.hasPrefix(prefix) && !$0.isEmpty }).sorted()
  }

  /// The value of `a.b.c`: reads names and members only.
  private func value(of chain: [String]) -> Value? {
    guard let first = chain.first,
      var value = question?.values[first] ?? session.interpreter.globals.lookup(first)
    else { return nil }
    for name in chain.dropFirst() {
      guard let next = try? session.interpreter.member(name, of: value) else { return nil }
      value = next
    }
    return value
  }

  /// `rank=` for the parameters that the open call has not named yet.
  private func keywordArguments(_ context: CompletionContext) -> [String] {
    guard let call = context.call, let callee = value(of: call.callee) else { return [] }
    var names: [String] = []
    switch callee {
    case .function(let function):
      switch function.kind {
      case .native(let forms): names = forms.flatMap { $0.signature.parameters.map(\.name) }
      default: names = function.signature.parameters.map(\.name)
      }
    default: return []
    }
    var seen: Set<String> = []
    let given = call.inside.matches(of: /([A-Za-z_]\w*)\s*=(?!=)/).map { String($0.output.1) }
    return names.filter { seen.insert($0).inserted && !given.contains($0) }.map { $0 + "=" }
  }

  // MARK: Session commands

  private func command(_ text: String) -> (String, [String]) {
    guard let space = text.firstIndex(of: " ") else {
      let names = SessionCommands.all.map { $0.argument.isEmpty ? $0.name : $0.name + " " }
      return (text, sorted(names, text))
    }
    let argument = String(text[text.index(after: space)...])
    switch text[..<space] {
    case "save", "load": return path(argument)
    case "doc", "help", "time":
      let context = CompletionContext(argument)
      return (context.prefix, candidates(context))
    case "set": return (argument, sorted(["color ", "digits ", "width "], argument))
    default: return ("", [])
    }
  }

  // MARK: Strings

  private func inString(_ opener: String, _ context: CompletionContext) -> (String, [String]) {
    let before = opener.trimmingCharacters(in: .whitespaces)
    let prefix = context.prefix
    if before.hasSuffix("[") {
      let chain = CompletionContext.chain(Array(before.dropLast()), before: before.count - 1)
      if let sites = sites(of: value(of: chain)) { return (prefix, sorted(sites, prefix)) }
    }
    let isSite = before.firstMatch(of: /\bat\s*=$/) != nil
    let editing = ["replace", "before", "after", "sites", "freeze", "unfreeze"]
    if isSite || (context.call.map { editing.contains($0.callee.last ?? "") } ?? false) {
      return (prefix, sorted(sites(of: model(near: context)) ?? [], prefix))
    }
    switch context.call?.callee.last {
    case "load"?: return names(Embedded.modelNames, or: prefix)
    case "read"?: return names(Embedded.dataNames, or: prefix)
    case "save"?: return path(prefix)
    case "help"?, "source"?:
      return (prefix, sorted(session.interpreter.globals.visibleNames, prefix))
    default: return before.hasSuffix("import") ? path(prefix) : (prefix, [])
    }
  }

  /// The paths of a model's sites, and their patterns over layers.
  private func sites(of value: Value?) -> [String]? {
    guard case .module(let module)? = value else { return nil }
    let paths = module.sites().map(\.path).filter { !$0.isEmpty }
    let patterns = paths.map { path in
      path.split(separator: ".").map { Int($0) == nil ? String($0) : "*" }.joined(separator: ".")
    }
    return paths + patterns
  }

  /// The model that the open call works on: its first argument, what is piped into it, or the latest that was bound.
  private func model(near context: CompletionContext) -> Value? {
    if let call = context.call {
      let inside = call.inside.prefix { $0 != "," && $0 != ")" && $0 != "\"" }
      let piped = call.before.split(separator: "\n").last.map(String.init) ?? ""
      let head = piped.components(separatedBy: "=").last?.components(separatedBy: "|>").first ?? ""
      for text in [String(inside), head] {
        let word = text.trimmingCharacters(in: .whitespaces)
        let found = value(of: CompletionContext.chain(Array(word), before: word.count))
        if case .module? = found { return found }
      }
    }
    return session.interpreter.globals.ownNames.reversed().lazy
      .compactMap { self.session.interpreter.globals.lookup($0) }
      .first { if case .module = $0 { true } else { false } }
  }

  private func names(_ names: [String], or prefix: String) -> (String, [String]) {
    let (word, paths) = path(prefix)
    return word == prefix ? (prefix, sorted(names, prefix) + paths) : (word, paths)
  }

  /// Files and folders that begin like this; only the last part is replaced.
  private func path(_ text: String) -> (String, [String]) {
    let slash = text.lastIndex(of: "/")
    let folder = slash.map { String(text[...$0]) } ?? ""
    let word = slash.map { String(text[text.index(after: $0)...]) } ?? text
    let place = folder.isEmpty ? "." : (folder as NSString).expandingTildeInPath
    let found = (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []
    let names = found.filter { $0.hasPrefix(word) && (!$0.hasPrefix(".") || word.hasPrefix(".")) }
    return (
      word,
      names.sorted().map { name in
        var isFolder: ObjCBool = false
        _ = FileManager.default.fileExists(atPath: place + "/" + name, isDirectory: &isFolder)
        return isFolder.boolValue ? name + "/" : name
      }
    )
  }
}
