import Autograd
import Interpreter
import Syntax
import Tensor
import Training

/// Runs, tensors, functions.
extension Explainer {
  func explain(run value: RunValue) throws -> Explanation {
    let run = value.run
    let options = run.options
    let slots = run.model.trainable
    let size = slots.reduce(0) { $0 + $1.value.byteCount }
    let end = run.horizon.map { " of \($0)" } ?? ", without an end"
    let epochs =
      "\(printer.grouped(run.order.exampleCount)) examples, \(run.stepsPerEpoch) steps an epoch"
    var rows = [
      row("started by", line(value.trainee.span)),
      row("stands", "after step \(run.stepCount)\(end); \(epochs)"),
      row(
        "trains",
        "\(printer.grouped(slots.reduce(0) { $0 + $1.value.count })) numbers in \(slots.count) "
          + "parameters"
      ),
      .init(
        title: "optimiser",
        lines: [run.optimizer.name + ", learning rate now \(number(try run.learningRate))"]
          + update(run.optimizer.name)),
      row(
        "schedule",
        options.schedule.name + (run.options.schedule.warmup == .none ? "" : ", with warm-up")),
      row(
        "data order",
        options.shuffle
          ? "a permutation each epoch, drawn from seed \(options.seed) and the epoch alone"
          : "as the rows stand"),
    ]
    if let last = run.history.last {
      rows.append(
        row(
          "last step",
          "loss \(number(last.loss)), gradient \(number(last.gradientNorm)), update "
            + "\(number(last.updateRatio)) of the weights' size"
        ))
    }
    if options.accumulate > 1 {
      rows.append(row("accumulates", "\(options.accumulate) micro-batches a step"))
    }
    let kept = run.keptSteps
    rows.append(
      row(
        "back",
        kept.isEmpty
          ? "nothing to undo yet"
          : "\(kept.count) states kept: \(bytes(run.snapshotBytes)) in memory, "
            + "\(bytes(run.spilledBytes)) on disk"
            + (kept.count < run.stepCount ? "; steps between them are made again" : "")))
    rows.append(
      row(
        "memory",
        "\(bytes(size)) of trainable values, as many for gradients, \(bytes(run.optimizerBytes)) "
          + "for the optimiser"
      ))
    return Explanation("run: step \(run.stepCount)", rows)
  }

  /// What an optimiser does, in symbols; the command's own line for one that is not listed.
  private func update(_ name: String) -> [String] {
    switch name {
    case "adamw":
      [
        "m ← β₁ m + (1 - β₁) g,  v ← β₂ v + (1 - β₂) g²",
        "w ← w - lr λ w - lr m̂ / (√v̂ + ε),  m̂ = m / (1 - β₁ᵗ),  v̂ = v / (1 - β₂ᵗ)",
      ]
    case "adam":
      [
        "g ← g + λ w,  m ← β₁ m + (1 - β₁) g,  v ← β₂ v + (1 - β₂) g²",
        "w ← w - lr m̂ / (√v̂ + ε),  m̂ = m / (1 - β₁ᵗ),  v̂ = v / (1 - β₂ᵗ)",
      ]
    case "sgd": ["g ← g + λ w,  b ← μ b + g,  w ← w - lr b  (without momentum: w - lr g)"]
    case "lion": ["w ← w - lr (sign(β₁ m + (1 - β₁) g) + λ w),  m ← β₂ m + (1 - β₂) g"]
    default: interpreter.records.filter { $0.name == name }.map(\.summary)
    }
  }

  func explain(tensor variable: Variable) throws -> Explanation {
    if let key = variable.node?.key, let found = owner(of: key) { return found }
    let value = variable.value
    var rows = [row("values", try values(of: value))]
    if let node = variable.node {
      rows.append(
        row("gradient", node.isLeaf ? "can be asked for: grad(loss, wrt=…)" : "flows through it"))
      if !node.isLeaf { rows.append(.init(title: "made by", lines: history(node))) }
    } else {
      rows.append(
        row(
          "gradient",
          "none flows: it is a constant" + (value.dtype.isFloat ? "" : " of whole numbers")))
    }
    let shared =
      value.storage.byteCount > value.byteCount
      ? ", a view of \(bytes(value.storage.byteCount))" : ""
    rows.append(
      row(
        "memory",
        bytes(value.byteCount) + shared + (value.storage.isExternal ? ", mapped from a file" : "")))
    return Explanation("tensor \(value.dtype.name) \(describe(value.shape))", rows)
  }

  /// The parameter of a model or run that the session knows by name.
  private func owner(of key: LeafKey) -> Explanation? {
    let names = interpreter.globals.ownNames.reversed()
    for name in names {
      guard case .host(let host)? = interpreter.globals.lookup(name), let run = host as? RunValue,
        let named = run.trainee.model.parameters().first(where: { $0.parameter.key == key })
      else { continue }
      return try? explain(parameter: named, of: run.trainee.model, in: run)
    }
    for name in names {
      guard case .module(let model)? = interpreter.globals.lookup(name),
        let named = model.parameters().first(where: { $0.parameter.key == key })
      else { continue }
      return try? explain(parameter: named, of: model, in: nil)
    }
    return nil
  }

  /// The operations that lead to a node, nearest first.
  private func history(_ node: Node) -> [String] {
    var lines: [String] = []
    var level: [Node] = [node]
    var seen: Set<Int> = []
    while !level.isEmpty, lines.count < 6 {
      lines.append(
        level.prefix(4).map { "\($0.isLeaf ? "leaf" : $0.operation) \(describe($0.shape))" }.joined(
          separator: ", ")
          + (level.count > 4 ? ", …" : ""))
      level = level.flatMap { $0.inputs.compactMap { $0 } }.filter { seen.insert($0.id).inserted }
    }
    if !level.isEmpty { lines.append("… `graph` draws it all") }
    return lines.enumerated().map { $0 == 0 ? $1 : "← " + $1 }
  }

  func explain(function: Function) -> Explanation {
    var rows: [Explanation.Row] = []
    if !function.documentation.isEmpty {
      rows.append(.init(title: "says", lines: function.documentation))
    }
    switch function.kind {
    case .closure(let code, _, _):
      if let method = function.method { rows.append(row("class", method.category)) }
      rows.append(
        .init(
          title: "written",
          lines: code.source.withoutIndentation.split(separator: "\n").map(String.init)))
      let types = modules(named: code.source)
      for type in types { rows.append(.init(title: type.name, lines: formula(of: type))) }
      rows.append(row("declared", place(code.span)))
    case .constructor(let type):
      rows.append(
        .init(
          title: "forward",
          lines: type.functions["forward"].map {
            $0.source.withoutIndentation.split(separator: "\n").map(String.init)
          } ?? ["none"]))
      let own = type.fieldNames.compactMap { type.declaration(of: $0)?.text.onOneLine }
      if !own.isEmpty { rows.append(.init(title: "parameters", lines: own)) }
      rows.append(row("declared", place(type.span)))
    case .native:
      rows += interpreter.records.filter { $0.name == function.name }.map {
        row("does", $0.summary)
      }
    }
    return Explanation("\(function.kindName) \(function.signature.description)", rows)
  }

  private func place(_ span: Span) -> String {
    span.source.name == "<input>" ? "typed" : "\(span.source.name):\(span.line)"
  }

  /// The module types that a piece of source names.
  private func modules(named source: String) -> [ModuleType] {
    var found: [ModuleType] = []
    for match in source.matches(of: /[A-Z][A-Za-z0-9_]*/) {
      guard case .function(let function)? = interpreter.globals.lookup(String(match.output)),
        case .constructor(let type) = function.kind, !found.contains(where: { $0 === type })
      else { continue }
      found.append(type)
    }
    return found
  }
}
