import Checkpoints
import Interpreter
import Syntax
import Tensor

/// How an adapter's parameters are named in AdapterHub's folders: behind the module that holds the site, `adapters` or
/// `loras` and the adapter's own name.
struct HubNaming {
  let naming: ExternalNaming
  let layout: Layout
  let adapterName: String

  /// The classes that AdapterHub gives its models' names by.
  static let classes = ["bert": "BertAdapterModel", "roberta": "RobertaAdapterModel"]

  /// The key of an adapter's parameter; nil for what is none of this layout's.
  func key(_ named: NamedParameter, in model: Module) -> String? {
    for module in model.modules() where module.type === layout.module && module.adapterName != nil {
      let start = module.ownPath + "."
      guard named.path.hasPrefix(start), named.parameter.origin == .added else { continue }
      return key(site: module.path, tensor: String(named.path.dropFirst(start.count)))
    }
    return nil
  }

  func key(site: String, tensor: String) -> String? {
    let inner = layout.tensors.first { $0.field == tensor }?.name ?? layout.names.external(tensor)
    guard let inner, let owner = owner(of: site) else { return nil }
    return "\(owner).\(layout.type).\(adapterName).\(inner)"
  }

  /// A projection by its own name; the end of a sublayer by the module that holds its norm.
  private func owner(of site: String) -> String? {
    let architecture = naming.architecture
    if let name = architecture.names.external(site) { return architecture.prefix + name }
    guard let norm = architecture.names.external(site + ".norm"), norm.hasSuffix(".LayerNorm")
    else {
      return nil
    }
    return architecture.prefix + norm.dropLast(".LayerNorm".count)
  }
}

extension AdapterLoader {
  /// Puts an AdapterHub folder's adapter onto its base model.
  func loadHub(_ folder: AdapterFolder, base: Module?) throws -> Module {
    let config = DefaultingTuple.value(JSONValue.object(folder.config).languageValue)
    let layouts = try Layout.all("adapterhub", interpreter)
    guard let layout = try layouts.first(where: { try fits($0, config) }) else {
      throw Mistake(
        "\(folder.path) holds an AdapterHub adapter of a kind that no library file declares",
        code: "E0704",
        note:
          "known: bottlenecks (seq_bn, double_seq_bn, par_bn), lora and ia3, with their usual settings"
      )
    }
    var model = try base ?? baseModel(folder, name: folder.config["model_name"]?.string)
    if let tensors = folder.headTensors { model = try hubHead(tensors, on: model, folder) }
    let hub = HubNaming(
      naming: try ExternalNaming(model, interpreter), layout: layout,
      adapterName: folder.config["name"]?.string ?? "")
    let shape = hubShapes(folder, hub)
    return try adapt(model, layout, [config, .function(shape)], folder) { adapted in
      { hub.key($0, in: adapted) }
    }
  }

  /// The model with the folder's head: its own with other numbers, or a new one of as many classes.
  private func hubHead(
    _ tensors: SafetensorsFile, on base: Module, _ folder: AdapterFolder
  ) throws -> Module {
    var model = base
    var naming = try ExternalNaming(model, interpreter)
    if naming.head == nil, model.inherited("classification_head") != nil,
      let layout = try Layout.all("head", interpreter).first(where: { $0.type == "SEQ_CLS" })
    {
      let names = ["head.out.weight", "head.weight"].compactMap { naming.architecture.head($0, layout) }
      guard let count = names.lazy.compactMap({ tensors.shape(of: $0)?.first }).first else {
        throw CheckpointError(
          path: tensors.path, "It holds no head of the kind that this model has.",
          remedy: "Save the head of a model with one static head, or none.")
      }
      let made = try apply(layout, [.module(model), .int(count)], folder)
      guard case .module(let wrapped) = made else { throw Mistake("the layout makes no model") }
      model = try interpreter.attachRoot(wrapped)
      naming = try ExternalNaming(model, interpreter)
    }
    return try model.mappingParameters { path, parameter in
      guard parameter.origin == .added, let name = naming.architecture.head(path, naming.head) else {
        return parameter
      }
      let value = try tensors.tensor(name)
      guard value.shape == parameter.value.shape else {
        throw CheckpointError(
          path: tensors.path, at: .tensor(name),
          "'\(name)' has shape \(describe(value.shape)), but \(describe(parameter.value.shape)) is "
            + "needed here.", remedy: "Load it onto the base model that it was trained on.")
      }
      return parameter.with(value: value)
    }
  }

  /// `shape(site, tensor)`: the shape that a site's tensor has in the folder.
  private func hubShapes(_ folder: AdapterFolder, _ hub: HubNaming) -> Function {
    let signature = Signature("shape", [ParameterSpec("site"), ParameterSpec("tensor")])
    let native = Native(signature) { call in
      let (site, tensor) = (try call.string(0), try call.string(1))
      guard let key = hub.key(site: site, tensor: tensor), let shape = folder.tensors.shape(of: key)
      else {
        throw CheckpointError(
          path: folder.path, "The adapter has no \(tensor) for the site \(site).",
          remedy: "Load it onto the base model that it was trained on.")
      }
      return .list(shape.map { .int($0) })
    }
    return Function(name: "shape", kind: .native([native]))
  }
}

extension ModelSaver {
  /// Writes an adapter as a folder that AdapterHub's library loads.
  func saveHub(_ model: Module, to path: String) throws {
    try model.refuseComputed()
    try refuseHooks(model)
    let naming = try ExternalNaming(model, interpreter)
    let adapters = model.modules().filter {
      $0.adapterName != nil && $0.base != nil && $0.addsParameters
    }
    guard let first = adapters.first, adapters.allSatisfy({ $0.type === first.type }),
      let layout = try Layout.all("adapterhub", interpreter).first(where: {
        $0.module === first.type
      }),
      let modelClass = HubNaming.classes[naming.architecture.name]
    else {
      throw Mistake(
        "AdapterHub's folders as written here have no place for this model's adapters",
        code: "E0709",
        note:
          "known: Pfeiffer's, Houlsby's and parallel adapters, LoRA and (IA)³, on BERT and RoBERTa")
    }
    try refuseChangedBase(model, adapters, layout)
    let hub = HubNaming(naming: naming, layout: layout, adapterName: first.adapterName ?? "adapter")
    var tensors: [(name: String, tensor: Tensor)] = []
    var head: [(name: String, tensor: Tensor)] = []
    for named in model.parameters() where named.parameter.kind == .trained {
      if named.parameter.origin == .added, let name = naming.architecture.head(named.path, naming.head) {
        head.append((name, named.parameter.value))
      } else if let key = hub.key(named, in: model) {
        tensors.append((key, named.parameter.value))
      } else if named.parameter.origin == .added || named.parameter.isTrainable {
        throw Mistake(
          "\(named.path) has no place in an AdapterHub folder, which holds the adapter alone",
          code: "E0709", fix: "save it as a PEFT folder, or the merged model")
      }
    }
    let settings = try hubConfig(first, model, layout)
    for other in adapters where try hubConfig(other, model, layout) != settings {
      throw Mistake(
        "an AdapterHub folder has one setting for all sites, but those of \(first.path) and "
          + "\(other.path) differ", code: "E0709")
    }
    var config = JSONObject()
    config["hidden_size"] = .int(model.innermost.plainInt("width") ?? 0)
    config["model_class"] = .string(head.isEmpty ? modelClass : naming.className ?? modelClass)
    config["model_name"] = .string(model.attribute("name")?.stringValue ?? "")
    config["model_type"] = .string(naming.architecture.type)
    config["version"] = "adapters.1.3.0"
    var headConfig = config
    config["config"] = .object(settings)
    config["name"] = .string(hub.adapterName)
    if let classes = try classCount(model) {
      var labels = JSONObject()
      for label in 0..<classes { labels["LABEL_\(label)"] = .int(label) }
      headConfig["label2id"] = .object(labels)
      headConfig["num_labels"] = .int(classes)
    }
    headConfig["config"] = .null
    headConfig["name"] = .null
    try AdapterFolder.save(
      to: path, config: config, tensors: tensors, layout: .adapterHub,
      head: head.isEmpty ? nil : .init(config: headConfig, tensors: head))
  }

  private func hubConfig(_ adapter: Module, _ model: Module, _ layout: Layout) throws -> JSONObject
  {
    let made = try interpreter.tape.withoutRecording {
      try interpreter.call(
        layout.config, Arguments(values: [.module(adapter), .module(model)]), at: span)
    }
    guard case .object(let config) = try made.json() else {
      throw Mistake("the layout's `config` makes no tuple")
    }
    return config
  }
}

extension Module {
  fileprivate func plainInt(_ name: String) -> Int? {
    if case .int(let value)? = plainField(name) { return value }
    return nil
  }
}
