import Autograd
import Syntax
import Tensor

/// Edits of named sites: what every PEFT method is made of. Each returns a new model and leaves the old as it was.
extension Interpreter {
  /// The outermost modules at the paths that `pattern` matches; none is an error that lists near misses.
  public func selectSites(_ model: Module, _ pattern: String) throws -> [Site] {
    let compiled = try SitePattern(pattern)
    let sites = model.sites()
    let found = sites.filter { compiled.matches($0.path) }
    if found.isEmpty { throw noMatch(pattern, paths: sites.map(\.path)) }
    return found
  }

  /// Puts `make(site)` in the place of each matching site; `make` may take a second argument that says which site it is.
  public func replace(
    _ model: Module, at pattern: String, with make: Value, command: String = "replace", span: Span
  ) throws -> Module {
    let model = try attachRoot(model)
    let found = try selectSites(model, pattern)
    let name = adapterName()
    var order: [ObjectIdentifier: Int] = [:]
    for (index, site) in found.enumerated() { order[ObjectIdentifier(site.module)] = index }
    var attachment = Attachment(
      interpreter: self, origin: .added, shapesOnly: model.hasShapesOnly, type: model.wideType)
    var memo: [ObjectIdentifier: Module] = [:]
    let edited = try model.rebuilding(memo: &memo) { original, rebuilt in
      guard let index = order[ObjectIdentifier(original)] else { return rebuilt }
      let result: Module
      do {
        let made = try self.make(make, rebuilt, index: index, count: found.count, span: span)
        // Initialisers run here, behind the call that constructed the module.
        callStack.append(
          StackEntry(name: made.type.name, span: span, module: nil, path: original.path))
        defer { callStack.removeLast() }
        let label = name ?? made.type.name.lowercased()
        result = try attachment.attach(
          made, at: original.path, adapterName: made.isAttached ? nil : self.unused(label, made))
      } catch let failure as Failure {
        throw self.blaming(original, of: model, pattern, for: failure)
      }
      return original.path.isEmpty && original === model
        ? self.carryingAttributes(from: original, to: result) : result
    }
    return noting(
      command, at: pattern, label: name, matched: found.count, among: model.sites().map(\.path),
      on: edited, span: span)
  }

  /// Runs `edit` on the inputs of each matching site (`before`) or on its output (`after`).
  public func wrap(
    _ model: Module, at pattern: String, type: ModuleType, edit: Value, span: Span
  ) throws -> Module {
    let make = Native(Signature(type.name, [ParameterSpec("base"), ParameterSpec("site")])) { call in
      var inner = edit
      // A function of the site makes a module for it; a module or a plain function of the state is used as it is.
      if case .function(let function) = edit, case .constructor = function.kind {
        inner = try call.interpreter.call(edit, call[0], at: call.span)
      }
      let arguments = Arguments(values: [call[0], inner])
      return .module(try call.interpreter.construct(type, arguments, at: call.span))
    }
    let function = Function(name: type.name, kind: .native([make]))
    return try replace(
      model, at: pattern, with: .function(function), command: type.name.lowercased(), span: span)
  }

  private func make(
    _ make: Value, _ site: Module, index: Int, count: Int, span: Span
  ) throws -> Module {
    var values: [Value] = [.module(site)]
    if case .function(let function) = make, function.signature.parameters.count > 1,
      function.signature.parameters[1].isRequired
    {
      values.append(
        .tuple([("path", .string(site.path)), ("index", .int(index)), ("count", .int(count))]))
    }
    let result = try call(make, Arguments(values: values), at: span)
    guard case .module(let module) = result else {
      throw Mistake(
        "the edit of `\(site.path)` gives \(result.typeWithArticle), not a module", code: "E0561",
        fix: "return a module such as `LoRA(layer, rank=8)`", argument: "2")
    }
    return module
  }

  /// The name under which an edit's parameters stand: the outermost method's that is running.
  private func adapterName() -> String? { adapterLabel ?? methodNames.first }

  /// `label`, or `label_2`, … where the wrapped site has an adapter of that name already.
  private func unused(_ label: String, _ module: Module) -> String {
    var taken: Set<String> = []
    var inner = module.base
    while let wrapped = inner {
      if let name = wrapped.adapterName { taken.insert(name) }
      inner = wrapped.base
    }
    if !taken.contains(label) { return label }
    var number = 2
    while taken.contains("\(label)_\(number)") { number += 1 }
    return "\(label)_\(number)"
  }

  private func carryingAttributes(from old: Module, to new: Module) -> Module {
    if new === old || new.base === old { return new }
    let result = new.copy()
    for (name, value) in old.attributes where result.attributes[name] == nil {
      result.attributes[name] = value
    }
    return result
  }

  /// Sets which parameters train. `pattern` may name sites (all below them) or parameters; nil: everywhere.
  public func setTrainable(
    _ model: Module, _ isTrainable: Bool, at pattern: String?, only origin: Parameter.Origin?,
    span: Span
  ) throws -> Module {
    let model = try attachRoot(model)
    let compiled = try pattern.map { try SitePattern($0) }
    var chosen: Set<LeafKey> = []
    for named in model.parameters() where named.parameter.kind == .trained {
      if let origin, named.parameter.origin != origin { continue }
      if let compiled, !SitePattern.covers(compiled, named.path) { continue }
      chosen.insert(named.parameter.key)
    }
    if let pattern, chosen.isEmpty {
      throw noMatch(pattern, paths: model.sites().map(\.path) + model.parameters().map(\.path))
    }
    let changed = model.mappingParameters { _, parameter in
      chosen.contains(parameter.key) && parameter.value.dtype.isFloat
        ? parameter.with(isTrainable: isTrainable) : parameter
    }
    return noting(
      isTrainable ? "unfreeze" : "freeze", at: pattern, matched: chosen.count,
      among: model.parameters().map(\.path), covering: true, on: changed, span: span)
  }

  /// Replaces each module that has its own `merged` by what that gives, wrapped modules first.
  public func merge(_ model: Module, at span: Span) throws -> Module {
    let model = try attachRoot(model)
    if let choice = model.attributes[AdapterChoice.attribute].flatMap({ AdapterChoice($0) }) {
      return try tape.withoutRecording { try mergingChosen(model, choice, at: span) }
    }
    return try tape.withoutRecording {
      var memo: [ObjectIdentifier: Module] = [:]
      return try model.rebuilding(memo: &memo) { _, rebuilt in
        guard let function = rebuilt.boundFunction("merged") else { return rebuilt }
        let result = try call(.function(function), Arguments(values: []), at: span)
        guard case .module(let merged) = result else {
          throw Mistake(
            "`\(rebuilt.type.name).merged` gives \(result.typeWithArticle), not a module",
            code: "E0562")
        }
        return merged
      }
    }
  }

  /// Each module of a type replaced by what `function` makes of it, those inside first.
  public func mapModules(
    _ model: Module, of type: ModuleType, by function: Value, span: Span
  ) throws -> Module {
    var memo: [ObjectIdentifier: Module] = [:]
    return try model.rebuilding(memo: &memo) { _, rebuilt in
      guard rebuilt.type === type else { return rebuilt }
      // An edit, not a computation: what it makes of a parameter is a parameter.
      let result = try tape.withoutRecording {
        try call(function, Arguments(values: [.module(rebuilt)]), at: span)
      }
      guard case .module(let module) = result else {
        throw Mistake(
          "the function makes \(result.typeWithArticle) of `\(rebuilt.path)`, not a module",
          code: "E0561", argument: "function")
      }
      return module
    }
  }

  /// Where an edit fails because the site is no such layer as it needs, says so, and names sites near the pattern that are.
  private func blaming(
    _ site: Module, of model: Module, _ pattern: String, for failure: Failure
  ) -> Failure {
    var diagnostic = failure.diagnostic
    let needed = ["inputs", "outputs", "weight"].first {
      diagnostic.message.hasSuffix("has no member `\($0)`")
    }
    guard diagnostic.code == "E0520", let needed, !site.memberNames.contains(needed) else {
      return failure
    }
    let fitting = model.sites().filter { $0.module.memberNames.contains(needed) }
    diagnostic.note =
      "the pattern \"\(pattern)\" matches `\(site.path)`, \(Value.withArticle(site.type.name)); "
      + "sites near it that have `\(needed)`: "
      + nearest(pattern, fitting.map(\.path)).joined(separator: ", ")
    diagnostic.fix = "`sites(model)` lists all with their types"
    return Failure(diagnostic, stack: failure.stack)
  }

  /// The paths that share most of the pattern's way from the root.
  private func nearest(_ pattern: String, _ paths: [String]) -> [String] {
    let parts = pattern.split(separator: ".")
    func shared(_ path: String) -> Int {
      zip(path.split(separator: "."), parts).prefix { $0 == $1 || $1 == "*" }.count
    }
    let scored = generalised(paths).map {
      ($0, shared($0), editDistance(Array(pattern), Array($0)))
    }
    return scored.sorted { ($1.1, $0.2) < ($0.1, $1.2) }.prefix(4).map(\.0)
  }

  /// `blocks.*.attn.q` for all of its layers, once each.
  private func generalised(_ paths: [String]) -> [String] {
    var shown: [String] = []
    for path in paths where !path.isEmpty {
      let general = path.split(separator: ".").map { Int($0) == nil ? String($0) : "*" }
        .joined(separator: ".")
      if !shown.contains(general) { shown.append(general) }
    }
    return shown
  }

  func noMatch(_ pattern: String, paths: [String]) -> Mistake {
    let named = paths.filter { !$0.isEmpty }
    let near = nearMisses(pattern, named)
    return Mistake(
      "no site of this model matches \"\(pattern)\"", code: "E0563",
      note: near.isEmpty ? nil : "near: " + near.joined(separator: ", "),
      fix: "`sites(model)` lists them all", argument: "at")
  }

  /// Paths whose last part, or whole text without its numbers, is like the pattern's.
  private func nearMisses(_ pattern: String, _ paths: [String]) -> [String] {
    let last = pattern.split(separator: ".").last.map(String.init) ?? pattern
    let scored = generalised(paths).map { path -> (String, Int) in
      (path, min(
        editDistance(Array(pattern), Array(path)),
        editDistance(Array(last), Array(path.split(separator: ".").last.map(String.init) ?? path))))
    }
    return scored.sorted { $0.1 < $1.1 }.prefix(4).map(\.0)
  }
}

extension SitePattern {
  /// True if the pattern names `path` or anything above it.
  public static func covers(_ pattern: SitePattern, _ path: String) -> Bool {
    var parts = path.split(separator: ".")
    while !parts.isEmpty {
      if pattern.matches(parts.joined(separator: ".")) { return true }
      parts.removeLast()
    }
    return false
  }
}
