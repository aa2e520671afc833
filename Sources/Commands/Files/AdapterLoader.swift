import Checkpoints
import Interpreter
import Syntax
import Tensor

/// Loads a PEFT adapter's folder onto its base model.
struct AdapterLoader {
  let loader: ModelLoader

  var interpreter: Interpreter { loader.interpreter }

  func load(_ folder: AdapterFolder, base: Module?) throws -> Module {
    if folder.layout == .adapterHub { return try loadHub(folder, base: base) }
    let type = folder.config["peft_type"]?.string ?? ""
    let known = try Layout.all("peft", interpreter)
    let config = DefaultingTuple.value(JSONValue.object(folder.config).languageValue)
    guard let layout = try known.first(where: { try $0.type == type && fits($0, config) }) else {
      throw Mistake(
        "\(folder.path) holds an adapter of type \"\(type)\", which no library file declares",
        code: "E0704", note: "known: " + known.map(\.type).joined(separator: ", "))
    }
    try checkSettings(folder, layout)
    var model = try base ?? baseModel(folder, name: folder.config["base_model_name_or_path"]?.string)
    model = try addHead(to: model, folder, ExternalNaming(model, interpreter), layout)
    // Only now: a task's model has names with a prefix.
    let naming = try ExternalNaming(model, interpreter)
    let targets = layout.isWhole ? .empty : try self.targets(folder, model, naming, layout)
    var settings = folder.config
    for (name, pattern) in targets.lists { settings[name] = pattern.map { .string($0) } ?? .null }
    var values: [LanguageValue] = [
      DefaultingTuple.value(JSONValue.object(settings).languageValue),
      targets.rest.map { .string($0) } ?? .none,
    ]
    if case .function(let function) = layout.apply, function.signature.parameters.count > 3 {
      values.append(.function(shapes(folder, layout, try ExternalNaming(model, interpreter))))
    }
    return try adapt(model, layout, values, folder) { adapted in
      let naming = try ExternalNaming(adapted, interpreter)
      return { naming.adapterKey(of: $0.path, layout) }
    }
  }

  /// The model with the adapter that the settings describe and the folder's numbers in it. A model of shapes
  /// is adapted first: settings that do not fit the folder's tensors are refused before they take memory.
  func adapt(
    _ model: Module, _ layout: Layout, _ settings: [LanguageValue], _ folder: AdapterFolder,
    keys: (Module) throws -> (NamedParameter) -> String?
  ) throws -> Module {
    func adapted(_ model: Module) throws -> Module {
      let applied = try apply(layout, [.module(model)] + settings, folder)
      guard case .module(let adapted) = applied else { throw Mistake("the layout makes no model") }
      return adapted
    }
    let outline = try adapted(interpreter.outline(model, span: loader.span))
    _ = try checkedNames(outline, folder, keys(outline))
    let result = try adapted(model)
    return try fill(result, folder, keys(result))
  }

  /// What a layout finds wrong with a folder is a mistake of the `load` that the user wrote, not of the library's line.
  func apply(
    _ layout: Layout, _ values: [LanguageValue], _ folder: AdapterFolder
  ) throws -> LanguageValue {
    do {
      return try interpreter.call(layout.apply, Arguments(values: values), at: loader.span)
    } catch let failure as Failure where failure.diagnostic.code == "E0599" {
      let found = failure.diagnostic
      throw Mistake(found.message, code: found.code, note: found.note, fix: found.fix)
    } catch let failure as Failure {
      throw Mistake(
        "\(folder.path)/adapter_config.json does not describe an adapter of type \(layout.type) for this model",
        code: "E0714", note: failure.diagnostic.message,
        fix: "compare its settings with the tensors in the folder")
    }
  }

  func fits(_ layout: Layout, _ config: LanguageValue) throws -> Bool {
    if case .none = layout.when { return true }
    let answer = try interpreter.call(layout.when, Arguments(values: [config]), at: loader.span)
    return try interpreter.truth(of: answer, at: loader.span)
  }

  /// A setting that the method does not know here would give other numbers without a word.
  private func checkSettings(_ folder: AdapterFolder, _ layout: Layout) throws {
    for name in layout.refuses {
      guard let value = folder.config[name], !value.isUnset else { continue }
      throw Mistake(
        "\(folder.path) has \(name) = \(value.text()), which adapters of type \(layout.type) do not have here",
        code: "E0715", fix: "merge it into its base with PEFT (`merge_and_unload`), and load that model")
    }
  }

  func baseModel(_ folder: AdapterFolder, name: String?) throws -> Module {
    guard let name, !name.isEmpty else {
      throw Mistake(
        "\(folder.path) does not name its base model", code: "E0705",
        fix: "say which it is: `load(\"…\", base=load(\"path/to/base\"))`")
    }
    do { return try loader.load(name, base: nil) } catch let mistake as Mistake {
      throw Mistake(
        "the adapter's base model \"\(name)\" is not here", code: "E0705", note: mistake.note,
        fix: "say where it is: `load(\"…\", base=load(\"path/to/base\"))`")
    }
  }

  /// A head among the saved modules: made with as many classes as its weights have rows.
  private func addHead(
    to model: Module, _ folder: AdapterFolder, _ naming: ExternalNaming, _ adapter: Layout
  ) throws -> Module {
    guard let task = folder.config["task_type"]?.string,
      let layout = try Layout.all("head", interpreter).first(where: { $0.type == task }),
      !model.modules().contains(where: { $0.type === layout.module }),
      // A base without a head for classes is another architecture's: its targets will not be found either.
      model.inherited("classification_head") != nil
    else { return model }
    // The last layer of a head has a row for each class.
    let probes = ["head.out.weight", "head.weight"].compactMap { naming.architecture.head($0, layout) }
    let counts = probes.lazy.compactMap { folder.tensors.shape(of: adapter.modelPrefix + $0)?.first }
    guard let count = counts.first else { return model }
    let made = try interpreter.call(
      layout.apply, Arguments(values: [.module(model), .int(count)]), at: loader.span)
    guard case .module(let wrapped) = made else { return model }
    return try interpreter.attachRoot(wrapped)
  }

  /// The sites that a folder's lists of modules name, as patterns.
  private struct Targets {
    /// `target_modules`, less what the layout's own lists name.
    let rest: String?
    let lists: [(name: String, pattern: String?)]

    static let empty = Targets(rest: nil, lists: [])
  }

  private func targets(
    _ folder: AdapterFolder, _ model: Module, _ naming: ExternalNaming, _ layout: Layout
  ) throws -> Targets {
    var rest = try sites(folder, model, naming)
    var lists: [(name: String, pattern: String?)] = []
    for list in layout.lists {
      let names = folder.config[list.name]?.array?.compactMap(\.string) ?? []
      let found = rest.filter { path in
        naming.external(path).map { Self.isNamed($0, in: names) } ?? false
      }
      rest.removeAll(where: found.contains)
      lists.append((list.name, Self.pattern(found)))
    }
    return Targets(rest: Self.pattern(rest), lists: lists)
  }

  private static func pattern(_ paths: [String]) -> String? {
    paths.isEmpty ? nil : "{" + paths.joined(separator: ",") + "}"
  }

  private static func isNamed(_ name: String, in list: [String]) -> Bool {
    list.contains { name == $0 || name.hasSuffix("." + $0) }
  }

  /// A setting that names modules: a list of the ends of their names, or a regular expression for whole names.
  private func selection(_ setting: String, _ folder: AdapterFolder) throws -> ((String) -> Bool)? {
    let value = folder.config[setting]
    if let names = value?.array?.compactMap(\.string) { return { Self.isNamed($0, in: names) } }
    guard let pattern = value?.string else { return nil }
    guard let expression = try? Regex(pattern) else {
      throw Mistake(
        "\(folder.path) has a pattern for \(setting) that is no regular expression: \(pattern)",
        code: "E0706", fix: "list the modules' names in adapter_config.json")
    }
    return { $0.wholeMatch(of: expression) != nil }
  }

  /// The sites whose external names `target_modules` selects.
  private func sites(
    _ folder: AdapterFolder, _ model: Module, _ naming: ExternalNaming
  ) throws -> [String] {
    guard let isTarget = try selection("target_modules", folder) else {
      throw Mistake(
        "\(folder.path) does not say which are its target modules", code: "E0706",
        fix: "list the modules' names in adapter_config.json")
    }
    let isExcluded = try selection("exclude_modules", folder)
    let layers = folder.config["layers_to_transform"].flatMap { value in
      value.array?.compactMap(\.int) ?? value.int.map { [$0] }
    }
    let found = model.sites().map(\.path).filter { path in
      guard let name = naming.external(path), isTarget(name) else { return false }
      if isExcluded?(name) ?? false { return false }
      guard let layers else { return true }
      return name.split(separator: ".").contains { Int($0).map(layers.contains) ?? false }
    }
    guard !found.isEmpty else {
      throw Mistake(
        "none of the adapter's target modules is in the base model", code: "E0706",
        note: "targets: " + (folder.config["target_modules"]?.text() ?? ""),
        fix: "list the modules' names in adapter_config.json")
    }
    return found
  }

  /// `shape(site, tensor)`: the shape that a site's tensor has in the folder, by our path and name.
  private func shapes(
    _ folder: AdapterFolder, _ layout: Layout, _ naming: ExternalNaming
  ) -> Function {
    let signature = Signature("shape", [ParameterSpec("site"), ParameterSpec("tensor")])
    let native = Native(signature) { call in
      let (site, field) = (try call.string(0), try call.string(1))
      guard let stem = naming.external(site),
        let name = layout.tensors.first(where: { $0.field == field })?.name,
        let shape = folder.tensors.shape(of: "base_model.model.\(stem).\(name)")
      else {
        throw CheckpointError(
          path: folder.path, "The adapter has no \(field) for the site \(site).",
          remedy: "Load it onto the base model that it was trained on.")
      }
      return .list(shape.map { .int($0) })
    }
    return Function(name: "shape", kind: .native([native]))
  }

  /// The folder's names of the adapter's parameters by their paths. One that is not there, of another shape
  /// or too many is an error.
  private func checkedNames(
    _ model: Module, _ folder: AdapterFolder, _ key: (NamedParameter) -> String?
  ) throws -> [String: String] {
    var names: [String: String] = [:]
    for named in model.parameters() where named.parameter.origin == .added {
      guard let name = key(named) else { continue }
      guard let shape = folder.tensors.shape(of: name) else {
        throw CheckpointError(
          path: folder.path, at: .tensor(name), "The adapter has no tensor '\(name)'.",
          remedy: "Load it onto the base model that it was trained on.")
      }
      let needed = named.parameter.value.shape
      guard shape == needed else {
        throw CheckpointError(
          path: folder.path, at: .tensor(name),
          "Its shape is \(describe(shape)), but \(describe(needed)) is needed here.",
          remedy: "Load it onto the base model that it was trained on.")
      }
      names[named.path] = name
    }
    let used = Set(names.values)
    if let extra = folder.tensors.names.first(where: { !used.contains($0) }) {
      throw CheckpointError(
        path: folder.path, at: .tensor(extra), "'\(extra)' belongs to no site of this model.",
        remedy: "Load the adapter onto the base model that it was trained on.")
    }
    return names
  }

  /// Puts the folder's numbers into the adapter's parameters.
  private func fill(
    _ model: Module, _ folder: AdapterFolder, _ key: (NamedParameter) -> String?
  ) throws -> Module {
    let names = try checkedNames(model, folder, key)
    return try model.mappingParameters { path, parameter in
      guard let name = names[path], parameter.origin == .added else { return parameter }
      return parameter.with(value: try folder.tensors.tensor(name))
    }
  }
}

/// The names of a model's parts in other tools' files.
struct ExternalNaming {
  let architecture: Architecture
  let head: Layout?
  private let model: Module

  init(_ model: Module, _ interpreter: Interpreter) throws {
    self.model = model
    let all = try Architecture.all(interpreter)
    let name = model.attribute("architecture")?.stringValue
    let inner = model.innermost
    guard
      let architecture = try all.first(where: { $0.name == name }) 
        ?? all.first(where: { try $0.covers(inner, interpreter) })
    else {
      throw Mistake(
        "this model is of no architecture that other tools' files have names for", code: "E0707",
        fix: "save a model that was loaded, or built by one of: "
          + Set(all.map(\.type)).sorted().joined(separator: ", "))
    }
    self.architecture = architecture
    let types = model.modules().map(\.type)
    head = try Layout.all("head", interpreter).first { layout in
      types.contains { $0 === layout.module }
    }
  }

  /// `SEQ_CLS`, `CAUSAL_LM`, … or nil for a bare model.
  var task: String? {
    head?.type ?? architecture.classes.lazy.compactMap(\.task).first { $0 != "SEQ_CLS" }
  }

  var className: String? { architecture.classes.first { $0.task == task }?.name }

  /// A path as the model's own files name it: with the prefix where the model is part of a task's.
  func external(_ path: String) -> String? {
    if let name = architecture.head(path, head) { return name }
    if let name = architecture.outside.external(path) { return name }
    return architecture.names.external(path).map { (task == nil ? "" : architecture.prefix) + $0 }
  }

  /// The key of an adapter's or head's parameter in a PEFT folder; nil for the base model's.
  func adapterKey(of path: String, _ layout: Layout) -> String? {
    if let name = architecture.head(path, head) { return layout.modelPrefix + name }
    guard let dot = path.lastIndex(of: ".") else { return nil }
    let owner = String(path[..<dot])
    let field = String(path[path.index(after: dot)...])
    if layout.isWhole { return layout.tensors.first { $0.field == field }?.name }
    guard let module = modulesByOwnPath[owner], module.type === layout.module,
      let name = layout.tensors.first(where: { $0.field == field })?.name,
      let site = external(module.path)
    else { return nil }
    return "\(layout.modelPrefix)\(site).\(name)"
  }

  private var modulesByOwnPath: [String: Module] {
    var result: [String: Module] = [:]
    for module in model.modules() where module.adapterName != nil { result[module.ownPath] = module }
    return result
  }
}

extension Module {
  /// The model inside heads and other wrappers of the whole.
  var innermost: Module { base?.innermost ?? self }
}

extension JSONValue {
  /// True for what PEFT writes where a setting is not used.
  fileprivate var isUnset: Bool {
    switch self {
    case .null, .bool(false): return true
    case .string(let text): return text == "none"
    case .array(let elements): return elements.isEmpty
    case .object(let object): return object.count == 0
    default: return false
    }
  }
}
