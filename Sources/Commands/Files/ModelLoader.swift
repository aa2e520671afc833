import Checkpoints
import Foundation
import Interpreter
import Syntax
import Tensor
import Tokenizers

/// `load(name)`: a bundled model, a Hugging Face model folder, or a PEFT adapter's folder.
struct ModelLoader {
  let interpreter: Interpreter
  let paths: Paths
  let span: Span

  func load(_ name: String, base: Module?) throws -> Module {
    if let bundle = Embedded.model(name) { return try model(ModelFolder.open(bundle), name: name) }
    guard let path = try paths.existing(name) else {
      let known = Embedded.modelNames.joined(separator: ", ")
      throw Mistake(
        "there is no model \"\(name)\"", code: "E0702",
        note: "bundled: \(known); otherwise a folder, looked for in "
          + paths.readFolders.joined(separator: ", "),
        fix: Suggestion.nearest(name, Embedded.modelNames).map { "did you mean \"\($0)\"?" }
          ?? paths.near(name),
        argument: "name")
    }
    if FileManager.default.fileExists(atPath: path + "/adapter_config.json") {
      return try AdapterLoader(loader: self).load(AdapterFolder.open(path), base: base)
    }
    if GGUFFile.isGGUF(path) { return try model(ModelSource(GGUFModel.open(path)), name: name) }
    return try model(ModelFolder.open(path), name: name)
  }

  func model(_ folder: ModelFolder, name: String) throws -> Module {
    try model(ModelSource(folder), name: name)
  }

  private func model(_ source: ModelSource, name: String) throws -> Module {
    let known = try Architecture.all(interpreter)
    let fitting = known.filter { $0.type == source.type }
    guard let first = fitting.first else {
      throw Mistake(
        "\(source.path) holds a model of type \"\(source.type)\", which no library file declares",
        code: "E0703",
        note: "known: " + Set(known.map(\.type)).sorted().joined(separator: ", "))
    }
    let config = JSONValue.object(source.config).languageValue
    let weights = try source.weights()
    try ConfigurationCheck(source: source).run(tensorCount: weights.names.count)
    let settings = DefaultingTuple.value(config)
    let constructed = try construct(first, settings, source)
    try ConfigurationCheck(source: source).checkMissing(settings)
    let architecture = try fitting.first { try $0.covers(constructed, interpreter) } ?? first
    let reader = WeightReader(weights, architecture)
    var model = try attach(constructed, source, architecture, reader)
    model = model.settingAttribute("name", .string(name))
      .settingAttribute("architecture", .string(architecture.name))
      .settingAttribute("config", config)
    if let tokenizer = try source.tokenizer() {
      model = model.settingAttribute("tokenizer", .host(tokenizer))
    }
    if let length = source.maximumLength {
      model = model.settingAttribute("maximum_length", .int(length))
    }
    model = try head(model, source, architecture, reader)
    try reader.checkUnused()
    // An output matrix that a head took the place of is not missed.
    let kept = Set(model.parameters().map(\.path))
    try report(reader.missing.filter(kept.contains), among: kept.count, of: source, name)
    return model
  }

  /// What the weights lack starts anew, and is named. Where they lack more than they hold, they are another model's.
  private func report(
    _ missing: [String], among all: Int, of source: ModelSource, _ name: String
  ) throws {
    let names = missing.prefix(8).joined(separator: ", ")
      + (missing.count > 8 ? " and \(missing.count - 8) more" : "")
    guard 2 * missing.count <= all else {
      throw Mistake(
        "the weights of \(source.path) lack \(missing.count) of the model's \(all) parameters",
        code: "E0714", note: "they lack \(names)",
        fix: "take config.json and weights from the same model")
    }
    guard missing.count > 8 else {
      for path in missing { interpreter.output("note: \(path) is not in \(name); it starts anew\n") }
      return
    }
    interpreter.output(
      "note: \(missing.count) of \(all) parameters are not in \(name); they start anew: \(names)\n")
  }

  private func construct(
    _ architecture: Architecture, _ settings: Value, _ source: ModelSource
  ) throws -> Module {
    try blamingConfiguration(of: source, architecture, settings) {
      let built = try interpreter.call(architecture.build, Arguments(values: [settings]), at: span)
      guard case .module(let constructed) = built else {
        throw Mistake("the architecture \(architecture.name) builds no module")
      }
      return constructed
    }
  }

  private func attach(
    _ constructed: Module, _ source: ModelSource, _ architecture: Architecture,
    _ reader: WeightReader
  ) throws -> Module {
    try blamingConfiguration(of: source, architecture) {
      let attached = try interpreter.attachRoot(constructed, origin: .base) { path, shape in
        try reader.tensor(path, shape: shape)
      }
      return try reader.matchingType(attached)
    }
  }

  /// A mistake inside the library's file is the configuration's: nothing else went in.
  private func blamingConfiguration(
    of source: ModelSource, _ architecture: Architecture, _ settings: Value = .none,
    _ body: () throws -> Module
  ) throws -> Module {
    do { return try body() } catch let failure as Failure {
      let lacks = ConfigurationCheck.missing(settings)
      throw Mistake(
        "\(source.settings) does not describe a \(architecture.name) model", code: "E0714",
        note: lacks.isEmpty
          ? failure.diagnostic.message : "it lacks \(lacks.joined(separator: ", "))",
        fix: "take config.json and weights from the same model")
    }
  }

  /// The task's head, where the folder's class has one that a library file declares.
  private func head(
    _ model: Module, _ source: ModelSource, _ architecture: Architecture, _ reader: WeightReader
  ) throws -> Module {
    let name = source.config["architectures"]?.array?.first?.string
    guard let task = architecture.classes.first(where: { $0.name == name })?.task,
      let layout = try Layout.all("head", interpreter).first(where: { $0.type == task })
    else { return model }
    let count = source.config["num_labels"]?.int ?? source.config["id2label"]?.object?.count ?? 2
    return try attachHead(model, layout, count: count, architecture, reader)
  }

  func attachHead(
    _ model: Module, _ layout: Layout, count: Int, _ architecture: Architecture,
    _ reader: WeightReader
  ) throws -> Module {
    let made = try interpreter.call(
      layout.apply, Arguments(values: [.module(model), .int(count)]), at: span)
    guard case .module(let wrapped) = made else { throw Mistake("a head's layout makes no module") }
    return try reader.matchingType(
      interpreter.attachRoot(wrapped, origin: .added) { path, shape in
        try reader.tensor(path, shape: shape, name: architecture.head(path, layout))
      })
  }
}

/// Reads a model's tensors from a checkpoint by our paths.
final class WeightReader {
  private let weights: any TensorSource
  private let architecture: Architecture
  private(set) var missing: [String] = []
  private var used: Set<String> = []
  /// The floating type of the last tensor that was read.
  private var loadedType: DType?

  init(_ weights: any TensorSource, _ architecture: Architecture) {
    self.weights = weights
    self.architecture = architecture
  }

  /// The tensor of a path, or nil (and a note) where the checkpoint has none. A wrong shape is an error.
  func tensor(_ path: String, shape: [Int]) throws -> Tensor? {
    let name = architecture.outside.external(path) ?? architecture.names.external(path)
    return try tensor(path, shape: shape, name: name)
  }

  func tensor(_ path: String, shape: [Int], name stem: String?) throws -> Tensor? {
    guard let stem, let name = candidates(stem).first(where: weights.contains) else {
      try checkSize(path, shape)
      missing.append(path)
      return nil
    }
    let isTransposed =
      architecture.transposed.contains { $0.matches(path) } && !weights.isPacked(name)
    let expected = isTransposed ? Array(shape.reversed()) : shape
    guard weights.shape(of: name) == expected else {
      // A damaged one has no shape to speak of.
      _ = try weights.tensor(name)
      throw CheckpointError(
        path: weights.path, at: .tensor(name),
        "'\(name)' has shape \(describe(weights.shape(of: name) ?? [])), but the configuration asks for "
          + "\(describe(expected)).",
        remedy: "Take config.json and weights from the same model.")
    }
    used.insert(name)
    // A head may have the path of the output matrix that it took the place of.
    missing.removeAll { $0 == path }
    let value = try weights.tensor(name)
    if value.dtype.isFloat { loadedType = value.dtype }
    return isTransposed ? try value.dense.transposed() : value
  }

  /// What the weights lack starts anew, in memory; so it may not be of a size that only a wrong
  /// configuration can ask for.
  private func checkSize(_ path: String, _ shape: [Int]) throws {
    let largest = weights.names.lazy.compactMap { self.weights.shape(of: $0)?.reduce(1, *) }.max() ?? 0
    var bound = max(1 << 24, 4 * largest)
    for size in shape where size > 0 { bound /= size }
    if bound > 0, shape.allSatisfy({ $0 >= 0 }) { return }
    throw CheckpointError(
      path: weights.path, at: .tensor(path),
      "The weights lack it, and the configuration asks for a size of \(describe(shape)).",
      remedy: "Take config.json and weights from the same model.")
  }

  /// A tensor that the architecture has a name for, but this model no place, shows that the configuration is another
  /// model's. Others, such as the heads of tasks, are passed over.
  func checkUnused() throws {
    for name in weights.names where !used.contains(name) {
      let stem = name.hasPrefix(architecture.prefix) ? name.dropFirst(architecture.prefix.count) : name[...]
      guard architecture.names.own(String(stem)) != nil else { continue }
      throw CheckpointError(
        path: weights.path, at: .tensor(name),
        "The weights hold it, but the configuration asks for no such part.",
        remedy: "Take config.json and weights from the same model.")
    }
  }

  /// What is not in the checkpoint starts in the type of what is: a model in f64 has its new head in f64.
  func matchingType(_ model: Module) throws -> Module {
    guard let type = loadedType, !missing.isEmpty else { return model }
    let paths = Set(missing)
    return try model.mappingParameters { path, parameter in
      guard paths.contains(path), parameter.value.dtype.isFloat, parameter.value.dtype != type
      else { return parameter }
      return parameter.with(value: try Engine().cast(parameter.value, to: type))
    }
  }

  /// Names as files have them: with or without the prefix, norms by their old names too.
  private func candidates(_ stem: String) -> [String] {
    var stems = [stem]
    if stem.hasSuffix("LayerNorm.weight") { stems.append(stem.dropLast(6) + "gamma") }
    if stem.hasSuffix("LayerNorm.bias") { stems.append(stem.dropLast(4) + "beta") }
    return stems + stems.map { architecture.prefix + $0 }
  }
}

/// A config whose missing members read as none: files of different ages name different things.
enum DefaultingTuple {
  static func value(_ config: Value) -> Value {
    guard case .tuple(let tuple) = config else { return config }
    return .host(ConfigValue(tuple))
  }
}

final class ConfigValue: HostValue {
  let tuple: TupleValue
  /// The names that were asked for in vain, in order.
  private(set) var missing: [String] = []
  init(_ tuple: TupleValue) { self.tuple = tuple }
  var typeName: String { "config" }
  var memberNames: [String] { tuple.names }
  /// What is inside defaults too.
  func member(_ name: String) throws -> Value? {
    let value = tuple[name] ?? Value.none
    if case .none = value, !missing.contains(name) { missing.append(name) }
    return DefaultingTuple.value(value)
  }
  func description(for printer: Printer) -> String { printer.display(.tuple(tuple)) }
}
