import Checkpoints
import Interpreter
import Tensor

/// What of an adapter's folder concerns the whole model: tensors under no site's name, lists of sites.
extension ModelSaver {
  /// The head's parameters, and the tensors that the layout makes of an adapter under no site's name.
  func wholeTensors(
    of adapter: Module, _ model: Module, _ naming: ExternalNaming, _ layout: Layout
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
    var tensors = try zip(tuple.names, tuple.elements).map { name, value in
      guard case .tensor(let tensor) = value else {
        throw Mistake("the layout's `saves` makes \(value.typeWithArticle), not a tensor")
      }
      return (name: name, tensor: try interpreter.engine.contiguous(tensor.value))
    }
    for named in model.parameters() where named.parameter.origin == .added {
      if let name = naming.architecture.head(named.path, naming.head) {
        tensors.append((layout.modelPrefix + name, named.parameter.value))
      }
    }
    return tensors
  }

  /// `target_modules`, and the layout's own lists of some of them.
  func targetLists(
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

  /// What Transformers asks of a model whose matrices are NF4: of which they are not, too.
  static func quantization(
    _ packed: Set<String>, among tensors: [(name: String, tensor: Tensor)]
  ) -> JSONValue {
    let plain = tensors.filter { $0.tensor.rank == 2 && !packed.contains($0.name) }.map(\.name)
    let modules = plain.filter { $0.hasSuffix(".weight") }.map { $0.dropLast(".weight".count) }
    let isNested = tensors.contains { $0.tensor.quantization?.scaleCodes != nil }
    return .object([
      "quant_method": "bitsandbytes", "load_in_4bit": true, "load_in_8bit": false,
      "bnb_4bit_quant_type": "nf4", "bnb_4bit_use_double_quant": .bool(isNested),
      "bnb_4bit_compute_dtype": "float32", "bnb_4bit_quant_storage": "uint8",
      "llm_int8_skip_modules": .array(modules.sorted().map { .string(String($0)) }),
    ])
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
}

extension Module {
  /// Whether parameters of its own, or of what it holds beside the module that it wraps, were added.
  var addsParameters: Bool {
    let inner = Set(base.map { $0.parameters().map(\.parameter.key) } ?? [])
    return parameters().contains {
      $0.parameter.origin == .added && !inner.contains($0.parameter.key)
    }
  }
}
