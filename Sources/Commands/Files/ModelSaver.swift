import Checkpoints
import Interpreter
import Syntax
import Tensor

/// `save(model, path)`: an adapter as a PEFT folder where the model has one, else the whole model as a Hugging Face folder.
struct ModelSaver {
  let interpreter: Interpreter
  let paths: Paths
  let span: Span

  func save(
    _ model: Module, to path: String, type: SafetensorsWriter.StoredType, shardBytes: Int? = nil
  ) throws {
    try interpreter.needValues(model)
    try model.refuseComputed()
    let target = try paths.writable(path)
    let naming = try ExternalNaming(model, interpreter)
    let adapters = model.modules().filter { $0.adapterName != nil && $0.base != nil && $0.addsParameters }
    if adapters.isEmpty {
      try saveWhole(model, naming, to: target, type: type, shardBytes: shardBytes)
    } else {
      try saveAdapter(model, adapters, naming, to: target)
    }
  }

  private func saveWhole(
    _ model: Module, _ naming: ExternalNaming, to path: String, type: SafetensorsWriter.StoredType,
    shardBytes: Int?
  ) throws {
    try refuseHooks(model)
    var tensors: [(name: String, tensor: Tensor)] = []
    var packed: Set<String> = []
    for named in model.parameters() {
      guard let name = naming.external(named.path) else {
        throw Mistake(
          "\(named.path) has no name in the files of a \(naming.architecture.name) model",
          code: "E0708", fix: "save the part that has: `save(model.base, …)`")
      }
      let isTransposed = naming.architecture.transposed.contains { $0.matches(named.path) }
      let value = named.parameter.value
      let isPacked = value.quantization?.kind == .nf4 && type == .unchanged
      if isPacked { packed.insert(name) }
      tensors.append(
        (name, isTransposed && !isPacked ? try interpreter.engine.contiguous(value.dense.transposed()) : value))
    }
    var config = try self.config(model, naming)
    config["quantization_config"] = packed.isEmpty ? nil : Self.quantization(packed, among: tensors)
    if let name = naming.className { config["architectures"] = .array([.string(name)]) }
    let tokenizer: TokenizerValue? = model.attribute("tokenizer").flatMap {
      if case .host(let host) = $0 { return host as? TokenizerValue }
      return nil
    }
    if let classes = try classCount(model) {
      config["num_labels"] = .int(classes)
      // Without it Transformers does not know where the rows of a batch end.
      if config["pad_token_id"]?.isNull ?? true, let id = tokenizer?.tokenizer.special.pad {
        config["pad_token_id"] = .int(Int(id))
      }
    }
    var files: [(name: String, bytes: ByteRegion)] = []
    if let tokenizer {
      files.append(("tokenizer.json", ByteRegion(copying: tokenizer.file)))
      files += tokenizer.companions.map { ($0.name, ByteRegion(copying: $0.bytes)) }
    }
    try ModelFolder.save(to: path, config: config, tensors: tensors, files: files, as: type,
      shardBytes: shardBytes)
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

  func classCount(_ model: Module) throws -> Int? {
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
      let folds = adapters.allSatisfy { $0.type.functions["merged"] != nil }
      throw Mistake(
        "PEFT has no folder for this model's adapters (\(names))", code: "E0709",
        note: folds ? nil : "nor can they be folded into the weights",
        fix: folds ? "save the merged model: `save(merge(model), …)`" : nil)
    }
    try refuseAdaptedHead(adapters, naming)
    try refuseHooks(model, layout)
    try refuseChangedBase(model, adapters, layout)
    let tensors =
      layout.isWhole
      ? try wholeTensors(of: first, model, naming, layout)
      : try adapterTensors(model, adapters, naming, layout)
    var config = try adapterConfig(first, model, layout)
    for other in adapters where try adapterConfig(other, model, layout) != config {
      throw Mistake(
        "a PEFT folder has one setting for all sites, but those of \(first.path) and \(other.path) "
          + "differ", code: "E0709", fix: "save the merged model: `save(merge(model), …)`")
    }
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

  private func adapterConfig(
    _ adapter: Module, _ model: Module, _ layout: Layout
  ) throws -> JSONObject {
    var arguments: [LanguageValue] = [.module(adapter)]
    if case .function(let function) = layout.config, function.signature.parameters.count > 1 {
      arguments.append(.module(model))
    }
    let made = try interpreter.call(layout.config, Arguments(values: arguments), at: span)
    guard case .object(let config) = try made.json() else {
      throw Mistake("the layout's `config` makes no tuple")
    }
    return config
  }

  /// The head's parameters, and of each adapter the members that the layout names.
  private func adapterTensors(
    _ model: Module, _ adapters: [Module], _ naming: ExternalNaming, _ layout: Layout
  ) throws -> [(name: String, tensor: Tensor)] {
    var tensors: [(name: String, tensor: Tensor)] = []
    let paths = Set(adapters.map(\.ownPath))
    let computes = layout.tensors.contains { adapters[0].parameterField($0.field) == nil }
    for named in model.parameters() where named.parameter.origin == .added {
      if let key = naming.adapterKey(of: named.path, layout) {
        tensors.append((key, named.parameter.value))
      } else if !paths.contains(named.owner.ownPath)
        || (named.parameter.kind == .trained && !computes)
      {
        throw Mistake("\(named.path) has no name in a PEFT folder", code: "E0709")
      }
    }
    for adapter in adapters {
      for (field, name) in layout.tensors where adapter.parameterField(field) == nil {
        guard let site = naming.external(adapter.path),
          case .tensor(let value) = try interpreter.called(adapter, field, at: span)
        else { throw Mistake("\(adapter.ownPath).\(field) is no tensor", code: "E0709") }
        tensors.append(("base_model.model.\(site).\(name)", value.value))
      }
    }
    return tensors
  }

  /// The first parts of the head's external names, such as `classifier`.
  private func headNames(_ model: Module, _ naming: ExternalNaming) -> [JSONValue] {
    var names: [String] = []
    for named in model.parameters() {
      guard let external = naming.architecture.head(named.path, naming.head),
        let first = external.split(separator: ".").first.map(String.init), !names.contains(first)
      else { continue }
      names.append(first)
    }
    return names.map { .string($0) }
  }
}

extension Interpreter {
  /// A member of a module, or what it gives where it is a function.
  func called(_ module: Module, _ name: String, at span: Span) throws -> LanguageValue {
    try tape.withoutRecording {
      let value = try member(name, of: .module(module))
      guard case .function = value else { return value }
      return try call(value, Arguments(values: []), at: span)
    }
  }
}
