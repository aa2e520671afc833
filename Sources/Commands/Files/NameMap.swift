import Interpreter
import Syntax

/// How an architecture's paths are named in checkpoint files: rules of dotted names, `*` standing for a number.
struct NameMap {
  private let rules: [(ours: [String], theirs: [String])]

  init(_ value: Value?) throws {
    guard case .list(let list)? = value else {
      rules = []
      return
    }
    rules = try list.elements.map { element in
      guard case .list(let pair) = element, pair.elements.count == 2,
        case .string(let ours) = pair.elements[0], case .string(let theirs) = pair.elements[1]
      else { throw Mistake("`names` is a list of pairs [ours, theirs]", argument: "names") }
      return (ours.split(separator: ".").map(String.init), theirs.split(separator: ".").map(String.init))
    }
  }

  /// `blocks.3.attn.q.weight` → `encoder.layer.3.attention.self.query.weight`; nil where no rule is for it.
  func external(_ path: String) -> String? {
    NameMap.translate(path, rules.map { ($0.ours, $0.theirs) })
  }

  /// The way back.
  func own(_ name: String) -> String? {
    NameMap.translate(name, rules.map { ($0.theirs, $0.ours) })
  }

  /// The rule with the longest matching head decides; the rest of the name stays.
  private static func translate(
    _ name: String, _ rules: [(from: [String], to: [String])]
  ) -> String? {
    let parts = name.split(separator: ".").map(String.init)
    var best: (length: Int, result: [String])?
    for rule in rules where rule.from.count <= parts.count && rule.from.count > (best?.length ?? 0) {
      var numbers: [String] = []
      let fits = zip(rule.from, parts).allSatisfy { pattern, part in
        guard pattern == "*" else { return pattern == part }
        numbers.append(part)
        return Int(part) != nil
      }
      guard fits else { continue }
      var rest = numbers[...]
      let head = rule.to.map { $0 == "*" ? (rest.popFirst() ?? "*") : $0 }
      best = (rule.from.count, head + parts.dropFirst(rule.from.count))
    }
    return best?.result.joined(separator: ".")
  }
}

/// What an `architecture(…)` statement of a library file declared.
struct Architecture {
  let name: String
  /// `model_type` of config.json.
  let type: String
  let module: ModuleType?
  let build: Value
  let config: Value
  let prefix: String
  let names: NameMap
  /// Parts that stand beside the prefix, such as an output matrix.
  let outside: NameMap
  /// The parts of a task's head, where they are not named as the head's own layout says.
  let heads: NameMap
  /// Says of a constructed model whether it is of this architecture; none: its module decides.
  let fits: Value
  let transposed: [SitePattern]
  /// (class name in config.json, task type or nil)
  let classes: [(name: String, task: String?)]

  static func all(_ interpreter: Interpreter) throws -> [Architecture] {
    try (interpreter.layouts["architecture"] ?? []).compactMap { value in
      guard case .tuple(let tuple) = value else { return nil }
      return try Architecture(tuple)
    }
  }

  private init(_ tuple: TupleValue) throws {
    name = tuple.string("name") ?? ""
    type = tuple.string("type") ?? name
    module = tuple.moduleType("module")
    build = tuple["build"] ?? .none
    config = tuple["config"] ?? .none
    prefix = tuple.string("prefix") ?? ""
    names = try NameMap(tuple["names"])
    outside = try NameMap(tuple["outside"])
    heads = try NameMap(tuple["heads"])
    fits = tuple["fits"] ?? .none
    transposed = try (tuple["transposed"]?.strings ?? []).map { try SitePattern($0) }
    var classes: [(String, String?)] = []
    if case .list(let list)? = tuple["classes"] {
      for element in list.elements {
        guard case .list(let pair) = element, pair.elements.count == 2,
          case .string(let name) = pair.elements[0]
        else { continue }
        classes.append((name, pair.elements[1].stringValue))
      }
    }
    self.classes = classes
  }

  /// Whether a constructed model is one of these.
  func covers(_ model: Module, _ interpreter: Interpreter) throws -> Bool {
    guard model.type === module else { return false }
    guard case .function = fits else { return true }
    let answer = try interpreter.call(
      fits, .module(model), at: Span(0, 0, Source("", name: name)))
    if case .bool(let isOne) = answer { return isOne }
    return false
  }

  /// A head's parameter as files name it.
  func head(_ path: String, _ layout: Layout?) -> String? {
    guard let layout else { return nil }
    return heads.external(path) ?? layout.names.external(path)
  }
}

/// What a `layout(…)` statement declared: of an adapter, or of a task's head.
struct Layout {
  let type: String
  let module: ModuleType
  let apply: Value
  let tensors: [(field: String, name: String)]
  let config: Value
  let names: NameMap
  /// Settings that `apply` does not know, and that must not be passed over.
  let refuses: [String]
  /// Whether the layout is the one for a file's configuration, where several have one type.
  let when: Value
  /// Makes the file's tensors of the adapter, where they stand under no site's name; none otherwise.
  let saves: Value?
  /// Further lists of modules in the configuration, and what is true for their adapters.
  let lists: [(name: String, contains: Value)]

  /// Whether the file's names are the model's own, not a site's.
  var isWhole: Bool { saves != nil }

  /// What PEFT puts before the names of the model's own parameters.
  var modelPrefix: String { isWhole ? "base_model." : "base_model.model." }

  static func all(_ format: String, _ interpreter: Interpreter) throws -> [Layout] {
    try (interpreter.layouts[format] ?? []).compactMap { value in
      guard case .tuple(let tuple) = value, let module = tuple.moduleType("module") else { return nil }
      var tensors: [(String, String)] = []
      if case .tuple(let fields)? = tuple["tensors"] {
        tensors = zip(fields.names, fields.elements).compactMap { field, name in
          name.stringValue.map { (field, $0) }
        }
      }
      return Layout(
        type: tuple.string("type") ?? "", module: module, apply: tuple["apply"] ?? .none,
        tensors: tensors, config: tuple["config"] ?? .none, names: try NameMap(tuple["names"]),
        refuses: tuple["refuses"]?.strings ?? [],
        when: tuple["when"] ?? .none,
        saves: tuple["saves"].flatMap { $0.ifGiven }, lists: tuple.pairs("lists"))
    }
  }
}

extension TupleValue {
  func string(_ name: String) -> String? { self[name]?.stringValue }

  func moduleType(_ name: String) -> ModuleType? {
    guard case .function(let function)? = self[name], case .constructor(let type) = function.kind
    else { return nil }
    return type
  }
}

extension TupleValue {
  /// The named members of a tuple inside.
  fileprivate func pairs(_ name: String) -> [(name: String, contains: Value)] {
    guard case .tuple(let inner)? = self[name] else { return [] }
    return zip(inner.names, inner.elements).map { ($0, $1) }
  }
}

extension Value {
  var ifGiven: Value? {
    if case .none = self { return nil }
    return self
  }

  var stringValue: String? {
    if case .string(let text) = self { return text }
    return nil
  }

  var strings: [String] {
    if case .list(let list) = self { return list.elements.compactMap(\.stringValue) }
    return []
  }
}

/// The language's values, where another room's type of the same name is in sight.
typealias LanguageValue = Value
