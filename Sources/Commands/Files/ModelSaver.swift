import Checkpoints
import Interpreter
import Syntax
import Tensor

/// `save(model, path)`: an adapter as a PEFT folder where the model has one, else the whole model as a Hugging Face folder.
struct ModelSaver {
  let interpreter: Interpreter
  let paths: Paths
  let span: Span

  func save(_ model: Module, to path: String, type: SafetensorsWriter.StoredType) throws {
    let target = try paths.writable(path)
    let naming = try ExternalNaming(model, interpreter)
    let adapters = model.modules().filter { $0.adapterName != nil && $0.base != nil && $0.addsParameters }
    if adapters.isEmpty {
      try saveWhole(model, naming, to: target, type: type)
    } else {
      try saveAdapter(model, adapters, naming, to: target)
    }
  }

  private func saveWhole(
    _ model: Module, _ naming: ExternalNaming, to path: String, type: SafetensorsWriter.StoredType
  ) throws {
    var tensors: [(name: String, tensor: Tensor)] = []
    for named in model.parameters() {
      guard let name = naming.external(named.path) else {
        throw Mistake(
          "\(named.path) has no name in the files of a \(naming.architecture.name) model",
          code: "E0708", fix: "save the part that has: `save(model.base, …)`")
      }
      let isTransposed = naming.architecture.transposed.contains { $0.matches(named.path) }
      let value = named.parameter.value
      tensors.append((name, isTransposed ? try interpreter.engine.contiguous(value.transposed()) : value))
    }
    var config = try self.config(model, naming)
    if let name = naming.className { config["architectures"] = .array([.string(name)]) }
    if let classes = try classCount(model) { config["num_labels"] = .int(classes) }
    var files: [(name: String, bytes: ByteRegion)] = []
    if case .host(let host)? = model.attribute("tokenizer"), let tokenizer = host as? TokenizerValue {
      files.append(("tokenizer.json", ByteRegion(copying: tokenizer.file)))
    }
    try ModelFolder.save(to: path, config: config, tensors: tensors, files: files, as: type)
  }

  /// The loaded config, or the one that the architecture's library file makes of the model.
  private func config(_ model: Module, _ naming: ExternalNaming) throws -> JSONObject {
    if let known = model.attribute("config"), case .object(let object) = try known.json() {
      return object
    }
    let made = try interpreter.call(
      naming.architecture.config, Arguments(values: [.module(model)]), at: span)
    guard case .object(let object) = try made.json() else {
      throw Mistake("the architecture's `config` makes no tuple")
    }
    return object
  }

  private func classCount(_ model: Module) throws -> Int? {
    guard case .int(let count)? = model.plainField("classes") else { return nil }
    return count
  }

  private func saveAdapter(
    _ model: Module, _ adapters: [Module], _ naming: ExternalNaming, to path: String
  ) throws {
    let layouts = try Layout.all("peft", interpreter)
    guard let first = adapters.first,
      let layout = layouts.first(where: { $0.module === first.type }),
      adapters.allSatisfy({ $0.type === first.type })
    else {
      let names = Set(adapters.map(\.type.name)).sorted().joined(separator: ", ")
      throw Mistake(
        "PEFT has no folder for this model's adapters (\(names))", code: "E0709",
        fix: "save the merged model: `save(merge(model), …)`")
    }
    var tensors = try wholeTensors(first, layout)
    for named in model.parameters() where named.parameter.origin == .added {
      if layout.isWhole, naming.head?.names.external(named.path) == nil { continue }
      guard let key = naming.adapterKey(of: named.path, layout) else {
        throw Mistake("\(named.path) has no name in a PEFT folder", code: "E0709")
      }
      tensors.append((key, named.parameter.value))
    }
    var config = try adapterConfig(first, model, layout)
    config["peft_type"] = .string(layout.type)
    config["task_type"] = naming.task.map { .string($0) } ?? .null
    config["base_model_name_or_path"] = model.attribute("name")?.stringValue.map { .string($0) } ?? .null
    config["inference_mode"] = .bool(true)
    if !layout.isWhole {
      for (name, value) in try targetLists(adapters, model, naming, layout) { config[name] = value }
      config["fan_in_fan_out"] = .bool(
        naming.architecture.transposed.contains { $0.matches(first.path + ".weight") })
    }
    config["modules_to_save"] = naming.head == nil ? .null : .array(headNames(model, naming))
    try AdapterFolder.save(to: path, config: config, tensors: tensors)
  }

  /// The tensors of an adapter that stands under no site's name.
  private func wholeTensors(
    _ adapter: Module, _ layout: Layout
  ) throws -> [(name: String, tensor: Tensor)] {
    guard let saves = layout.saves else { return [] }
    let made = try interpreter.tape.withoutRecording {
      try interpreter.call(saves, Arguments(values: [.module(adapter)]), at: span)
    }
    guard case .tuple(let tuple) = made else {
      throw Mistake(
        "PEFT computes otherwise with adapters such as this `\(adapter.type.name)`", code: "E0709",
        fix: "make it with `dialect=\"peft\"`")
    }
    return try zip(tuple.names, tuple.elements).map { name, value in
      guard case .tensor(let tensor) = value else {
        throw Mistake("the layout's `saves` makes \(value.typeWithArticle), not a tensor")
      }
      return (name, try interpreter.engine.contiguous(tensor.value))
    }
  }

  private func adapterConfig(_ adapter: Module, _ model: Module, _ layout: Layout) throws -> JSONObject {
    var arguments: [Value] = [.module(adapter)]
    if case .function(let function) = layout.config, function.signature.parameters.count > 1 {
      arguments.append(.module(model))
    }
    let made = try interpreter.call(layout.config, Arguments(values: arguments), at: span)
    guard case .object(let config) = try made.json() else {
      throw Mistake("the layout's `config` makes no tuple")
    }
    return config
  }

  /// `target_modules`, and the layout's own lists of some of them.
  private func targetLists(
    _ adapters: [Module], _ model: Module, _ naming: ExternalNaming, _ layout: Layout
  ) throws -> [(name: String, value: JSONValue)] {
    let all = model.sites().compactMap { naming.external($0.path) }
    var rest = adapters
    var targets: Set<String> = []
    var result: [(name: String, value: JSONValue)] = []
    for list in layout.lists {
      let part = try rest.filter { adapter in
        let holds = try interpreter.call(
          list.contains, Arguments(values: [.module(adapter)]), at: span)
        if case .bool(true) = holds { return true }
        return false
      }
      rest.removeAll { adapter in part.contains { $0 === adapter } }
      let names = Self.endings(of: part.compactMap { naming.external($0.path) }, among: all)
      targets.formUnion(names)
      result.append((list.name, .array(names.map { .string($0) })))
    }
    targets.formUnion(Self.endings(of: rest.compactMap { naming.external($0.path) }, among: all))
    result.append(("target_modules", .array(targets.sorted().map { .string($0) })))
    return result
  }

  /// The shortest ends of the names in `chosen` that no other name has: what PEFT finds modules by.
  static func endings(of chosen: [String], among all: [String]) -> [String] {
    let others = Set(all).subtracting(chosen).map { "." + $0 }
    let endings = chosen.map { name in
      let parts = name.split(separator: ".")
      let lengths = parts.isEmpty ? 1..<1 : 1..<parts.count
      for length in lengths {
        let ending = parts.suffix(length).joined(separator: ".")
        if !others.contains(where: { $0.hasSuffix("." + ending) }) { return ending }
      }
      return name
    }
    return Set(endings).sorted()
  }

  /// The first parts of the head's external names, such as `classifier`.
  private func headNames(_ model: Module, _ naming: ExternalNaming) -> [JSONValue] {
    var names: [String] = []
    for named in model.parameters() {
      guard let external = naming.head?.names.external(named.path),
        let first = external.split(separator: ".").first.map(String.init), !names.contains(first)
      else { continue }
      names.append(first)
    }
    return names.map { .string($0) }
  }
}

extension Module {
  /// Whether parameters of its own, or of what it holds beside the module that it wraps, were added.
  fileprivate var addsParameters: Bool {
    let inner = Set(base.map { $0.parameters().map(\.parameter.key) } ?? [])
    return parameters().contains {
      $0.parameter.origin == .added && !inner.contains($0.parameter.key)
    }
  }
}
