import Interpreter
import Syntax
import Terminal

/// A method as the unified view sees it (He et al. 2021, arXiv:2110.04366): edits of hidden states. Read off a model that the
/// method was applied to: which sites it edited, and what its modules' sources say.
struct UnifiedView {
  struct Edit: Hashable {
    let module: String
    let equation: Equation
  }

  /// Each kind of edit with the sites where it is, in the model's order.
  private(set) var edits: [(edit: Edit, paths: [String])] = []
  /// The model's own parameters that train, where no hidden state is edited.
  private(set) var ownParameters: [String] = []
  private(set) var types: [ModuleType] = []

  init(_ model: Module) {
    var seen: Set<ObjectIdentifier> = []
    for module in model.modules() where module.adapterName != nil {
      guard seen.insert(ObjectIdentifier(module)).inserted else { continue }
      let (type, equations) = UnifiedView.equations(of: module)
      if !types.contains(where: { $0 === type }) { types.append(type) }
      for equation in equations {
        add(Edit(module: type.name, equation: equation), at: module.path.isEmpty ? "the model" : module.path)
      }
    }
    ownParameters = model.parameters()
      .filter { $0.parameter.isTrainable && $0.parameter.origin == .base }
      .map { UnifiedView.general($0.path) }
  }

  private static func equations(of module: Module) -> (ModuleType, [Equation]) {
    if case .module(let edit)? = module.plainField("edit"), module.type.source.hasSuffix("{ … }") {
      return (edit.type, Equation.behind(edit))
    }
    return (module.type, Equation.all(of: module))
  }

  private mutating func add(_ edit: Edit, at path: String) {
    let general = UnifiedView.general(path)
    if let place = edits.firstIndex(where: { $0.edit == edit }) {
      if !edits[place].paths.contains(general) { edits[place].paths.append(general) }
    } else {
      edits.append((edit, [general]))
    }
  }

  private static func general(_ path: String) -> String {
    path.split(separator: ".").map { Int($0) == nil ? String($0) : "*" }.joined(separator: ".")
  }

  /// `blocks.*.attn.q` and `blocks.*.attn.v` as `blocks.*.attn.{q,v}`: what differs in one part is one pattern.
  static func pattern(_ paths: [String]) -> String {
    var groups: [[[String]]] = []
    for path in paths {
      let parts = path.split(separator: ".").map { [String($0)] }
      let fits = groups.firstIndex { group in
        group.count == parts.count && zip(group, parts).count { $0 != $1 } == 1
      }
      guard let fits, let place = zip(groups[fits], parts).enumerated().first(where: { $1.0 != $1.1 })?.offset
      else {
        if !groups.contains(parts) { groups.append(parts) }
        continue
      }
      if !groups[fits][place].contains(parts[place][0]) { groups[fits][place] += parts[place] }
    }
    let patterns = groups.map { group in
      group.map { $0.count == 1 ? $0[0] : "{\($0.joined(separator: ","))}" }.joined(separator: ".")
    }
    return patterns.count > 3
      ? patterns.prefix(3).joined(separator: ", ") + ", …" : patterns.joined(separator: ", ")
  }

  var sites: String {
    let paths = edits.flatMap(\.paths)
    if !paths.isEmpty { return UnifiedView.pattern(paths) }
    return ownParameters.isEmpty ? "" : "parameters: " + UnifiedView.pattern(ownParameters)
  }

  /// The different words of the edits, in their order.
  func words(_ word: (Equation) -> String) -> String {
    edits.map { word($0.edit.equation) }.reduce(into: [String]()) { known, word in
      if !known.contains(word) { known.append(word) }
    }.joined(separator: ", ")
  }
}

/// What the catalogue's methods are applied to: a classifier on a small BERT, of shapes and of values, and batches of one
/// example for methods that ask for some.
struct CatalogueProbe {
  let shapes: Module
  let values: Module
  let examples: Value

  init(_ interpreter: Interpreter) throws {
    func model(_ base: String) throws -> Module {
      guard case .module(let model) = try interpreter.evaluate("\(base) |> classifier(2)", with: []) else {
        throw Mistake("the library has no model to apply methods to")
      }
      return try interpreter.attachRoot(model)
    }
    let base = "Bert(100, 64, 2, 2, positions=600)"
    shapes = try model("shapes(\(base))")
    values = try model(base)
    examples = try interpreter.evaluate(
      "[(ids=tensor([[2, 5, 3]]), mask=ones([1, 3], \"bool\"), segments=tensor([[0, 0, 0]]), labels=tensor([1]))]",
      with: [])
  }
}

/// What the catalogue says of a method beyond its own line: all of it read off its file and off what it does to a small model.
struct CatalogueEntry {
  let method: Function
  let view: UnifiedView?
  let paper: String
  let files: String

  init(_ method: Function, probe: CatalogueProbe, interpreter: Interpreter, span: Span) {
    self.method = method
    // Of shapes, which is at once; of values for a method that looks at those.
    let model =
      CatalogueEntry.applied(method, to: probe.shapes, probe, interpreter, span)
      ?? CatalogueEntry.applied(method, to: probe.values, probe, interpreter, span)
    view = model.map { UnifiedView($0) }
    let types = view?.types ?? []
    let texts = [method.documentation.joined(separator: " ")] + types.map { $0.documentation.joined(separator: " ") }
    paper = texts.lazy.compactMap(CatalogueEntry.paper).first ?? ""
    files = CatalogueEntry.files(of: types, interpreter)
  }

  /// The method on a model: with its defaults, or as an `Example:` line of its `##` lines has it.
  private static func applied(
    _ method: Function, to base: Module, _ probe: CatalogueProbe, _ interpreter: Interpreter, _ span: Span
  ) -> Module? {
    let example = method.documentation.first { $0.hasPrefix("Example: `") }
    let result: Value?
    if let example, let code = example.split(separator: "`").dropFirst().first {
      result = try? interpreter.evaluate(
        String(code), with: [("base", .module(base)), ("examples", probe.examples)])
    } else {
      result = try? interpreter.call(method, Arguments(values: [.module(base)]), at: span)
    }
    if case .module(let model)? = result { return model }
    return nil
  }

  /// `Hu et al. 2021, arXiv:2106.09685` of `LoRA (Hu et al. 2021, arXiv:2106.09685): …`
  private static func paper(in text: String) -> String? {
    guard let mark = text.firstRange(of: "arXiv:") else {
      return text.firstMatch(of: /\(([^()]* (19|20)\d\d)\)/).map { String($0.1) }
    }
    let end = text[mark.upperBound...].firstIndex { !$0.isNumber && $0 != "." } ?? text.endIndex
    let before = text[..<mark.lowerBound]
    let number = text[mark.lowerBound..<end]
    guard let open = before.lastIndex(of: "(") else { return String(number) }
    return String(before[before.index(after: open)...] + number)
  }

  private static func files(of types: [ModuleType], _ interpreter: Interpreter) -> String {
    var found: [String] = []
    for layout in interpreter.layouts["peft"] ?? [] {
      guard case .tuple(let tuple) = layout, case .function(let function)? = tuple["module"],
        case .constructor(let type) = function.kind, case .string(let name)? = tuple["type"],
        types.contains(where: { $0 === type }), !found.contains(name)
      else { continue }
      found.append(name)
    }
    return found.joined(separator: ", ")
  }

  var category: String { method.method?.category ?? "" }

  var row: [Value] {
    [
      .string(method.name), .string(method.method?.category ?? ""), .string(view?.sites ?? ""),
      .string(view?.words(\.insertion) ?? ""), .string(view?.words(\.composition) ?? ""),
      .string(paper), .string(files), .string(view?.words { "\($0.state) ← \($0.text)" } ?? ""),
      .string(method.documentation.first ?? ""),
    ]
  }

  static let titles = [
    "method", "class", "edits", "insertion", "composition", "paper", "peft files", "form", "what it does",
  ]
}

/// `methods()`: a table whose printed columns are those that tell methods apart; the others are members.
final class Catalogue: HostValue {
  private let table: TableValue
  /// One table a class.
  private let parts: [(category: String, table: TableValue)]

  init(_ entries: [CatalogueEntry]) {
    table = TableValue(CatalogueEntry.titles, entries.map(\.row))
    var classes: [String] = []
    for entry in entries where classes.last != entry.category { classes.append(entry.category) }
    parts = classes.map { category in
      let own = entries.filter { $0.category == category }
      return (
        category,
        TableValue(
          ["method", "edits", "insertion", "composition"],
          own.map { [$0.row[0], $0.row[2], $0.row[3], $0.row[4]] })
      )
    }
  }

  var typeName: String { "table" }
  var count: Int? { table.count }
  var memberNames: [String] { table.memberNames }
  func member(_ name: String) throws -> Value? { try table.member(name) }
  func element(at index: Value) throws -> Value? { try table.element(at: index) }

  func description(for printer: Printer) -> String {
    let tables = parts.map { "\($0.category)\n\($0.table.description(for: printer))" }
    let more = "`methods()[0]` says more of one: its paper, files and form; `unified(lora)` writes one out."
    return (tables + [more]).joined(separator: "\n\n")
  }
}

/// `unified(method)`: each edit as `h ← …`.
final class UnifiedReport: HostValue {
  private let title: String
  private let view: UnifiedView

  init(_ title: String, _ view: UnifiedView) {
    self.title = title
    self.view = view
  }

  var typeName: String { "unified view" }
  var count: Int? { view.edits.count }
  var memberNames: [String] { ["sites", "equations", "insertion", "composition"] }

  func member(_ name: String) throws -> Value? {
    switch name {
    case "sites": .list(view.edits.map { .string(UnifiedView.pattern($0.paths)) })
    case "equations": .list(view.edits.map { .string(UnifiedReport.equation($0.edit)) })
    case "insertion": .list(view.edits.map { .string($0.edit.equation.insertion) })
    case "composition": .list(view.edits.map { .string($0.edit.equation.composition) })
    default: nil
    }
  }

  private static func equation(_ edit: UnifiedView.Edit) -> String {
    "\(edit.equation.state) ← \(edit.equation.text)"
  }

  func description(for printer: Printer) -> String {
    var lines = title.isEmpty ? [] : [title]
    for (edit, paths) in view.edits {
      lines.append("at \(UnifiedView.pattern(paths)), by \(edit.module):")
      lines += UnifiedReport.equation(edit).wrapped(to: Swift.max(20, printer.width - 6))
        .enumerated().map { ($0 == 0 ? "    " : "      ") + $1.drop { $0 == " " } }
      lines.append("    \(edit.equation.composition), \(edit.equation.insertion)")
    }
    if view.edits.isEmpty {
      lines.append(
        view.ownParameters.isEmpty
          ? "no hidden state is edited: only the head trains"
          : "no hidden state is edited; these parameters themselves move: "
            + UnifiedView.pattern(view.ownParameters))
    }
    return lines.joined(separator: "\n")
  }
}
