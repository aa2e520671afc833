import Tensor

extension Printer {
  /// A tree of submodules with shapes, counts and frozen or trainable marks; equal neighbours in a list are folded.
  func display(_ module: Module) -> String {
    var rows: [Row] = []
    append(module, name: module.path.isEmpty ? "" : module.path, depth: 0, to: &rows)
    let left = rows.map(\.name.count).max() ?? 0
    let body = rows.map { $0.text(left, self) }
    return (body + [summary(module)]).joined(separator: "\n")
  }

  /// A module's line: its place in the tree, and its own parameters.
  private struct Row {
    let name: String
    let parameters: [String]

    /// Where a window is too narrow for one line, each parameter has a line below.
    func text(_ left: Int, _ printer: Printer) -> String {
      if parameters.isEmpty { return name }
      let details = parameters.joined(separator: "  ")
      if left + 2 + details.count <= printer.width {
        return name + String(repeating: " ", count: left - name.count + 2)
          + printer.style(details, .dim)
      }
      let indent = String(repeating: " ", count: name.prefix { $0 == " " }.count + 4)
      return ([name] + parameters.map { indent + printer.style($0, .dim) }).joined(separator: "\n")
    }
  }

  private func append(
    _ module: Module, name: String, depth: Int, to rows: inout [Row]
  ) {
    let indent = String(repeating: "  ", count: depth)
    let chain = wrappers(module)
    let title = chain.map(\.type.name).joined(separator: " around ")
    let own = chain.flatMap { ownParameters($0) }
    let label = name.isEmpty ? title : "\(name): \(title)"
    rows.append(Row(name: indent + label, parameters: own))
    for layer in chain {
      for (index, field) in layer.type.fieldNames.enumerated() where field != "base" || !layer.type.wrapsBase {
        guard case .value(let value) = layer.fields[index] else { continue }
        appendChildren(value, name: field, depth: depth + 1, to: &rows)
      }
    }
  }

  private func appendChildren(
    _ value: Value, name: String, depth: Int, to rows: inout [Row]
  ) {
    switch value {
    case .module(let module): append(module, name: name, depth: depth, to: &rows)
    case .list(let list) where value.holdsModules:
      var index = 0
      while index < list.elements.count {
        guard case .module(let module) = list.elements[index] else {
          index += 1
          continue
        }
        var end = index
        while end + 1 < list.elements.count, case .module(let next) = list.elements[end + 1],
          signature(next) == signature(module)
        {
          end += 1
        }
        append(
          module, name: end > index ? "\(name).\(index)…\(end)" : "\(name).\(index)", depth: depth,
          to: &rows)
        index = end + 1
      }
    case .tuple(let tuple) where value.holdsModules:
      for (key, element) in zip(tuple.names, tuple.elements) {
        appendChildren(element, name: "\(name).\(key)", depth: depth, to: &rows)
      }
    default: break
    }
  }

  private func wrappers(_ module: Module) -> [Module] {
    var chain = [module]
    while let base = chain.last?.base { chain.append(base) }
    return chain
  }

  /// `weight [128, 128] frozen`
  private func ownParameters(_ module: Module) -> [String] {
    zip(module.type.fieldNames, module.fields).compactMap { name, field in
      guard case .parameter(let parameter) = field else { return nil }
      let mark =
        parameter.kind == .kept ? " state" : (parameter.isTrainable ? " trainable" : " frozen")
      return "\(name) \(describe(parameter.value.shape))\(mark)"
    }
  }

  /// Two modules with one signature look alike in the tree.
  private func signature(_ module: Module) -> String {
    var text = wrappers(module).map { $0.type.name + ownParameters($0).joined(separator: ",") }
      .joined(separator: "/")
    for layer in wrappers(module) {
      for child in layer.children() where !child.isBase {
        let name = child.path.dropFirst(layer.ownPath.count)
        text += "(\(name):\(signature(child.module)))"
      }
    }
    return text
  }

  private func summary(_ module: Module) -> String {
    let parameters = module.parameters().filter { $0.parameter.kind == .trained }
    let total = parameters.reduce(0) { $0 + $1.parameter.value.count }
    let trainable = parameters.filter(\.parameter.isTrainable).reduce(0) {
      $0 + $1.parameter.value.count
    }
    return "\(grouped(total)) parameters, \(grouped(trainable)) trainable"
  }

  /// 1234567 → 1,234,567
  public func grouped(_ number: Int) -> String {
    var result = ""
    for (index, digit) in String(Swift.abs(number)).reversed().enumerated() {
      if index > 0, index % 3 == 0 { result.append(",") }
      result.append(digit)
    }
    return (number < 0 ? "-" : "") + String(result.reversed())
  }
}
