import Syntax

extension Interpreter {
  /// `import`: runs a file in names of its own, then brings them in, under `alias.` if one is given.
  func importFile(
    _ path: String, at span: Span, as alias: String?, into namespace: Namespace
  ) throws {
    guard let readImport else { throw Mistake("files cannot be imported here", code: "E0580") }
    let source = try placing(at: span) { try readImport(path, span) }
    if let start = imports.firstIndex(of: source.name) {
      let cycle = (imports[start...] + [source.name]).joined(separator: " → ")
      throw failure("the import goes in a circle", at: span, code: "E0581", note: cycle)
    }
    let names: Namespace
    if let known = imported[source.name] {
      names = known
    } else {
      imports.append(source.name)
      defer { imports.removeLast() }
      let parsed = Parser.parse(source)
      if let first = parsed.errors.first { throw Failure(first) }
      names = Namespace(parent: library)
      try run(parsed.statements, in: names)
      imported[source.name] = names
    }
    let values = names.ownNames.compactMap { name in names.lookup(name).map { (name, $0) } }
    if let alias {
      namespace.define(alias, .tuple(values))
    } else {
      for (name, value) in values { namespace.define(name, value) }
    }
  }
}
