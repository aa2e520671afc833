import Autograd
import Datasets
import Interpreter
import Tensor

/// Mistakes in how a model was made.
extension Patient {
  func checkModel() throws {
    check(checkPatterns)
    try check(checkValues)
    check(checkTrainable)
    check(checkBase)
    try check {
      checkRandomBase()
      try checkRandomHead()
    }
    check(checkHeadSize)
    if !model.hasShapesOnly { try check(checkMerge) }
  }

  private var trained: [NamedParameter] {
    model.parameters().filter { $0.parameter.kind == .trained }
  }

  /// A pattern of which a part names nothing is a misspelt site.
  private func checkPatterns() {
    for edit in model.edits where !edit.unmatched.isEmpty && !edit.isOfTheLibrary {
      guard let pattern = edit.pattern else { continue }
      let near = edit.unmatched.compactMap { nearest($0).map { "\"\($0)\"" } }
      found(
        "target names",
        "\(edit.unmatched.map { "\"\($0)\"" }.joined(separator: ", ")) of the pattern "
          + "\"\(pattern)\" "
          + "\(edit.unmatched.count == 1 ? "names" : "name") nothing in this model"
          + (near.isEmpty ? "" : "; near: \(near.joined(separator: ", "))"),
        at: edit.places.last?.text.onOneLine ?? edit.command,
        mend: "sites(model)  # lists the names; then write the pattern anew")
    }
  }

  private func nearest(_ pattern: String) -> String? {
    let general = model.sites().map(\.path).filter { !$0.isEmpty }.map { path in
      path.split(separator: ".").map { Int($0) == nil ? String($0) : "*" }.joined(separator: ".")
    }
    return Suggestion.nearest(pattern, Array(Set(general)).sorted())
  }

  private func checkValues() throws {
    var broken: [String] = []
    for named in model.parameters()
    where named.parameter.value.dtype.isFloat && named.parameter.value.hasValues {
      try interpreter.poll()
      let value = named.parameter.value.dense
      if try !engine.sumOfSquares(value).isFinite,
        try value.doubles().contains(where: { !$0.isFinite })
      {
        broken.append(named.path)
      }
    }
    guard !broken.isEmpty else { return }
    found(
      "not finite",
      "\(count(broken.count, "parameter")) \(broken.count == 1 ? "holds" : "hold") NaN or "
        + "infinite numbers, and all that is computed with them will",
      at: paths(broken),
      mend: isRunning && (run?.run.stepCount ?? 0) > 0
        ? "rewind(\(line.run), to=0)" : "model = load(\"MODEL\")  # again, or from another file")
  }

  private func checkTrainable() {
    guard !trained.contains(where: \.parameter.isTrainable) else { return }
    let adapters = trained.filter { adapterOf[$0.parameter.key] != nil }
    found(
      "nothing trainable",
      adapters.isEmpty
        ? "all \(printer.grouped(trained.count)) parameters are frozen, and no method has added any"
        : "all parameters are frozen, those of the adapter too",
      at: paths((adapters.isEmpty ? trained : adapters).map(\.path), limit: 2),
      mend: adapters.first.flatMap { adapterOf[$0.parameter.key] }.map {
        "model = \(line.model) |> unfreeze(\"**.\($0)\")"
      } ?? "model = \(line.model) |> lora()  # or another of methods()")
  }

  /// A base that comes from no file and was never trained, frozen.
  private func checkRandomBase() {
    let base = trained.filter { $0.parameter.origin == .base }
    guard model.attribute("name") == nil, !base.isEmpty,
      trained.contains(where: \.parameter.isTrainable),
      base.allSatisfy({ !$0.parameter.isTrainable && $0.parameter.original == nil })
    else { return }
    found(
      "random base",
      "the base was made here, has never been trained, and is frozen: what is added can only pick "
        + "from random features",
      at: paths(base.map(\.path)),
      mend: "base = load(\"MODEL\")  # or train it first: model |> full()")
  }

  /// A head that was made here and frozen before it learnt anything: its bias, which any training
  /// or file would have moved, is 0 as at the start.
  private func checkRandomHead() throws {
    let heads = trained.filter {
      $0.parameter.origin == .added && adapterOf[$0.parameter.key] == nil
        && !$0.parameter.isTrainable && $0.parameter.value.hasValues
    }
    func isZero(_ named: NamedParameter) throws -> Bool {
      try engine.sumOfSquares(named.parameter.value) == 0
    }
    let biases = try heads.filter { try $0.parameter.value.rank == 1 && isZero($0) }
    let random = try heads.filter { named in
      try named.parameter.value.rank == 2 && !isZero(named)
        && biases.contains { $0.owner === named.owner }
    }
    guard let first = random.first, trained.contains(where: \.parameter.isTrainable) else { return }
    found(
      "random head",
      "the head was made here at random, has learnt nothing, and is frozen: what is trained must "
        + "make up for it",
      at: paths(random.map(\.path)),
      mend: "model = \(line.model) |> unfreeze(\"\(first.owner.path)\")")
  }

  /// Adapters beside a base that trains as well.
  private func checkBase() {
    let adapters = trained.filter { adapterOf[$0.parameter.key] != nil && $0.parameter.isTrainable }
    let base = trained.filter { $0.parameter.origin == .base }
    let open = base.filter(\.parameter.isTrainable)
    func size(_ parameters: [NamedParameter]) -> Int {
      parameters.reduce(0) { $0 + $1.parameter.value.count }
    }
    guard !adapters.isEmpty, 2 * size(open) > size(base) else { return }
    found(
      "base trains",
      "the adapter trains \(printer.grouped(size(adapters))) parameters, and "
        + "\(printer.grouped(size(open))) of the base train beside it: it was not frozen",
      at: paths(open.map(\.path)), mend: "model = \(line.model) |> freeze()")
  }

  private func checkHeadSize() {
    guard let data, data.task == .classify, case .int(let classes)? = model.plainValue("classes"),
      classes != data.classes.count, !data.classes.isEmpty
    else { return }
    found(
      "number of classes",
      "the head tells \(classes) classes apart, the data has \(data.classes.count): "
        + "\(data.classes.prefix(6).joined(separator: ", "))",
      at: "head", mend: "model = base |> classifier(classes=\(data.classes.count))")
  }

  // MARK: - Merging

  /// What trains is moved off its start, so that a merge that forgets something shows at once.
  private func checkMerge() throws {
    let types = model.modules().filter { $0.type.functions["merged"] != nil }
    guard !types.isEmpty, let batch = try probeBatch() else { return }
    let engine = engine
    let moving = Set(types.flatMap { module in module.ownParameters.map { ObjectIdentifier($0) } })
    let moved = try model.mappingParameters { path, parameter in
      guard moving.contains(ObjectIdentifier(parameter)), parameter.isTrainable else {
        return parameter
      }
      let noise = try Philox(seed: 1, stream: hash64("check", path, 0)).normal(
        parameter.value.shape, dtype: parameter.value.dtype)
      return parameter.with(
        value: try engine.add(parameter.value.dense, engine.affine(noise, scale: 0.1)))
    }
    let names = Array(Set(types.map(\.type.name))).sorted().joined(separator: ", ")
    let place = "\(names) at \(paths(types.map(\.path)))"
    // A model that fails by itself, or gives no numbers, is no matter of merging.
    let before = try? answer(moved, batch)
    try interpreter.poll()
    guard let before, let size = try? engine.max(engine.abs(before)).item(), size.isFinite else {
      return
    }
    do {
      let merged = try interpreter.merge(moved, at: span)
      guard let after = try answer(merged, batch) else { return }
      let gap = try engine.max(engine.abs(engine.sub(before, after))).item()
      // Rounding of one product more: well above f32's, well below what a forgotten factor makes.
      guard gap > 1e-3 * Swift.max(size, 1e-6) || gap.isNaN else { return }
      found(
        "merge",
        "the merged model gives other answers: they differ by up to \(number(gap)), with outputs "
          + "up to \(number(size))",
        at: place,
        mend:
          "fn merged() = base with (weight = …)  # in \(names): base(x) with this weight must be "
            + "what forward(x) is"
      )
    } catch let failure as Failure {
      found(
        "merge", "merging fails: \(failure.diagnostic.message)", at: place,
        mend: "source(\(types[0].type.name))")
    }
  }

  /// A few rows as the model gets them.
  func probeBatch() throws -> Value? {
    if let run { return (try? run.run.nextBatch() as? Batch)?.value }
    guard model.attribute("tokenizer") != nil else { return nil }
    return try ModelInput.collator(for: model, task: .classify).collate([
      Row(text: "The first text that a model is tried on."), Row(text: "And a second one."),
    ]).value
  }

  private func answer(_ model: Module, _ batch: Value) throws -> Tensor? {
    let result = try interpreter.tape.withoutRecording {
      try interpreter.call(.module(model), Arguments(values: [batch]), at: span)
    }
    guard case .tuple(let tuple) = result else { return nil }
    if case .tensor(let logits)? = tuple["logits"] { return logits.value }
    if case .tensor(let hidden)? = tuple["hidden"] { return hidden.value }
    return nil
  }
}

extension Edit {
  /// Whether a library file itself writes the pattern: it then names the sites of several
  /// architectures, of which a model has some.
  fileprivate var isOfTheLibrary: Bool {
    places.contains { place in
      place.source.name.hasPrefix("library/")
        && place.source.text.contains("\"\(pattern ?? "")\"")
    }
  }
}

extension Module {
  /// The parameters and states of this module itself.
  var ownParameters: [Parameter] { type.fieldNames.compactMap(parameterField) }
}
