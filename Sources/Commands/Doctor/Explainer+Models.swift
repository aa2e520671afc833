import Autograd
import Interpreter
import Tensor
import Training

/// Parameters and modules.
extension Explainer {
  func explain(parameter named: NamedParameter, of model: Module, in run: RunValue?) throws
    -> Explanation
  {
    let parameter = named.parameter
    let kind = parameter.kind == .trained ? "parameter" : "state"
    let shape = describe(parameter.value.shape)
    var rows = [
      row("trains", reason(named, of: model)),
      .init(title: "formula", lines: formula(of: named.owner.type)),
    ]
    let name = named.path.split(separator: ".").last.map(String.init) ?? named.path
    if let start = named.owner.type.initialiser(of: name) {
      let loaded = parameter.origin == .base && model.attribute("name") != nil
      rows.append(
        row(
          "starts as",
          loaded
            ? "what the file holds; without one: \(start.text.onOneLine)" : start.text.onOneLine))
    }
    rows.append(.init(title: "made by", lines: origin(named, name, of: model)))
    rows.append(row("values", try values(of: parameter.value.dense)))
    if let original = parameter.original?.dense, original.shape == parameter.value.shape,
      original.hasValues
    {
      let change = try engine.sumOfSquares(engine.sub(parameter.value.dense, original)).squareRoot()
      let size = try engine.sumOfSquares(original).squareRoot()
      rows.append(
        row(
          "changed",
          change == 0
            ? "not since it was pretrained"
            : "by \(number(change)) since it was pretrained, \(number(change / size)) of its size"))
    }
    if let run { rows += try training(of: named, in: run) }
    rows.append(row("memory", memory(of: parameter, in: run)))
    return Explanation(
      "\(named.path): \(kind) of \(named.owner.type.name), \(parameter.value.dtype.name) \(shape)",
      rows)
  }

  /// Why it is trainable or frozen.
  private func reason(_ named: NamedParameter, of model: Module) -> String {
    let parameter = named.parameter
    if parameter.kind == .kept { return "no: a state is kept and saved, never trained" }
    let last = model.edits.last { edit in
      guard edit.covers(named.path) else { return false }
      return edit.command == "unfreeze" || edit.command == "freeze" && parameter.origin == .base
    }
    let by =
      last.map { edit in
        " (\(edit.command)\(edit.pattern.map { " at \"\($0)\"" } ?? "")\(edit.method.map { " in `\($0)`" } ?? ""))"
      } ?? ""
    if parameter.isTrainable {
      if last?.command == "unfreeze" { return "yes: it was made trainable" + by }
      if let adapter = model.adapterNames()[parameter.key] { return "yes: `\(adapter)` added it" }
      return parameter.origin == .added
        ? "yes: it is part of a head, which `freeze` leaves open" : "yes: nothing has frozen it"
    }
    return parameter.value.dtype.isFloat
      ? "no: it is part of the pretrained model and was frozen" + by
      : "no: whole numbers have no gradient"
  }

  /// The lines that led to a parameter: the user's, the method's, the module's.
  private func origin(_ named: NamedParameter, _ name: String, of model: Module) -> [String] {
    var lines: [String] = []
    if let adapter = model.adapterNames()[named.parameter.key],
      let edit = model.edits.last(where: { edit in
        (edit.label == nil || adapter.hasPrefix(edit.label ?? "")) && edit.pattern != nil
          && edit.covers(named.path)
          && !["freeze", "unfreeze", "parameter_group"].contains(edit.command)
      })
    {
      lines = chain(edit)
    }
    if let place = named.owner.type.declaration(of: name) { lines.append(line(place)) }
    return lines
  }

  private func training(of named: NamedParameter, in run: RunValue) throws -> [Explanation.Row] {
    guard named.parameter.isTrainable else {
      return [row("gradient", "none is taken: it is frozen")]
    }
    var rows: [Explanation.Row] = []
    let observer = ActivationObserver(interpreter)
    let rehearsal = try interpreter.observing(with: observer) { try run.run.rehearse() }
    if let gradient = rehearsal.gradients[named.parameter.key] {
      let text = try values(of: gradient)
      rows.append(row("gradient", "of the next step: " + text))
    } else {
      let why =
        observer.read.contains(named.parameter.key)
        ? "it is stopped on the way from the loss" : "no forward function reads it"
      rows.append(row("gradient", "none: \(why)"))
    }
    let state = run.run.optimizerState.slots[named.parameter.key]
    let remembered = try (state?.tensors ?? [:]).sorted { $0.key < $1.key }.map {
      "\($0.key): \(try values(of: $0.value))"
    }
    let updates = state?.step == 1 ? "1 update" : "\(state?.step ?? 0) updates"
    rows.append(
      .init(
        title: "optimiser",
        lines: ["\(run.run.optimizer.name), \(updates) so far"] + remembered))
    return rows
  }

  private func memory(of parameter: Parameter, in run: RunValue?) -> String {
    let own = bytes(parameter.value.byteCount)
    guard parameter.isTrainable else {
      return own + (parameter.value.storage.isExternal ? ", mapped from the file" : "")
    }
    let gradient = bytes(parameter.value.count * parameter.value.dtype.size)
    let state =
      run?.run.optimizerState.slots[parameter.key]?.tensors.values.reduce(0) { $0 + $1.byteCount }
      ?? 0
    return own
      + ", \(own == gradient ? "as many" : gradient) for its gradient"
      + ", \(state == 0 ? "nothing yet" : bytes(state)) for the optimiser"
  }

  // MARK: - Modules

  /// A site of a model, or, without one, the whole.
  func explain(_ model: Module, _ site: Module?, in run: RunValue?) throws -> Explanation {
    let module = site ?? model
    var around: [Module] = [module]
    while let inner = around.last?.base { around.append(inner) }
    let title = around.map(\.type.name).joined(separator: " around ")
    let parameters = module.parameters().filter { $0.parameter.kind == .trained }
    let open = parameters.filter(\.parameter.isTrainable)
    func size(_ some: [NamedParameter]) -> Int { some.reduce(0) { $0 + $1.parameter.value.count } }
    var rows = [row("is", module.path.isEmpty ? "a model" : "the site \(module.path)")]
    for layer in around where !formula(of: layer.type).isEmpty {
      rows.append(
        .init(title: around.count > 1 ? layer.type.name : "formula", lines: formula(of: layer.type))
      )
    }
    rows.append(
      row(
        "trains",
        "\(printer.grouped(size(open))) of \(printer.grouped(size(parameters))) numbers, in "
          + "\(open.count) of \(parameters.count) parameters"
      ))
    let adapters = Set(parameters.compactMap { module.adapterNames()[$0.parameter.key] }).sorted()
    if !adapters.isEmpty { rows.append(row("adapters", adapters.joined(separator: ", "))) }
    let edits = model.edits.filter {
      module.path.isEmpty || ($0.pattern != nil && $0.covers(module.path))
    }
    if !edits.isEmpty {
      rows.append(
        .init(
          title: "edits",
          lines: edits.map { edit in
            let place = edit.pattern.map { " at \"\($0)\"" } ?? ""
            return
              "\(edit.command)\(place)\(edit.method.map { " by `\($0)`" } ?? ""): "
                + "\(edit.places.last.map(line) ?? "")"
          }))
    }
    rows.append(
      row("declared", "module \(module.type.signature.description)  (\(place(module.type)))"))
    let total = parameters.reduce(0) { $0 + $1.parameter.value.byteCount }
    let mine = open.reduce(0) { $0 + $1.parameter.value.byteCount }
    rows.append(row("memory", "\(bytes(total)), \(bytes(mine)) of them trainable"))
    return Explanation(title, rows)
  }

  private func place(_ type: ModuleType) -> String {
    type.span.source.name == "<input>" ? "typed" : "\(type.span.source.name):\(type.span.line)"
  }
}
