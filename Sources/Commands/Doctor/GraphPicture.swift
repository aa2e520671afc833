import Autograd
import Foundation
import Interpreter
import Tensor

/// A forward pass, or the tape behind a tensor, as a graph: operations and what they read.
final class GraphPicture: HostValue {
  enum Kind: String {
    case operation, frozen, trainable, input
    /// An operation of what a method added.
    case tapped
  }

  struct Item {
    let name: String
    let shape: [Int]
    let kind: Kind
    let inputs: [Int]
    let path: String
  }

  private(set) var items: [Item] = []
  private let title: String

  /// Of the operations that a forward pass ran. A result is known again by the memory that it
  /// stands in.
  init(_ steps: [OperationRecorder.Step], of model: Module) {
    title = model.type.name
    var known: [Place: Int] = [:]
    let parameters = model.parameters()
    let adapters = model.adapterNames()
    var weights: [ObjectIdentifier: NamedParameter] = [:]
    for named in parameters { weights[ObjectIdentifier(named.parameter.value.storage)] = named }
    let tapped = Set(
      parameters.filter { adapters[$0.parameter.key] != nil }.map(\.owner.ownPath))
    var items: [Item] = []
    func source(_ variable: Variable) -> Int? {
      if let index = known[Place(variable.value)] { return index }
      guard let named = weights[ObjectIdentifier(variable.stored.storage)] else { return nil }
      items.append(
        Item(
          name: named.path, shape: variable.shape,
          kind: named.parameter.isTrainable ? .trainable : .frozen, inputs: [], path: named.path))
      known[Place(variable.value)] = items.count - 1
      return items.count - 1
    }
    for step in steps {
      let inputs = step.inputs.compactMap(source)
      let isTapped = tapped.contains { step.path == $0 || step.path.hasPrefix($0 + ".") }
      items.append(
        Item(
          name: step.operation, shape: step.output.shape, kind: isTapped ? .tapped : .operation,
          inputs: inputs, path: step.path))
      known[Place(step.output.value)] = items.count - 1
    }
    self.items = items
  }

  /// Of the tape behind a tensor; `name` tells what a leaf is.
  init(_ node: Node, name: (LeafKey) -> String?) {
    title = "the tape behind a tensor"
    var nodes: [Int: Node] = [node.id: node]
    var pending = [node]
    while let next = pending.popLast() {
      for case let input? in next.inputs where nodes[input.id] == nil {
        nodes[input.id] = input
        pending.append(input)
      }
    }
    var places: [Int: Int] = [:]
    for (index, node) in nodes.values.sorted(by: { $0.id < $1.id }).enumerated() {
      places[node.id] = index
      let label = node.key.flatMap(name) ?? node.operation
      items.append(
        Item(
          name: label, shape: node.shape, kind: node.isLeaf ? .trainable : .operation,
          inputs: node.inputs.compactMap { $0.flatMap { places[$0.id] } },
          path: node.isLeaf ? label : ""))
    }
  }

  private struct Place: Hashable {
    let storage: ObjectIdentifier
    let offset: Int
    let shape: [Int]
    init(_ tensor: Tensor) {
      storage = ObjectIdentifier(tensor.storage)
      offset = tensor.offset
      shape = tensor.shape
    }
  }

  // MARK: - As a value

  var typeName: String { "graph" }
  var count: Int? { items.count }
  var memberNames: [String] { ["dot", "operations", "trainable", "frozen", "tapped"] }

  func member(_ name: String) throws -> Value? {
    switch name {
    case "dot": return .string(dot)
    case "operations": return .int(items.count { $0.kind == .operation || $0.kind == .tapped })
    case "trainable", "frozen", "tapped": return .int(items.count { $0.kind.rawValue == name })
    default: return nil
    }
  }

  /// One line an operation: what it is, where, what it reads. Weights stand with those that read
  /// them.
  func description(for printer: Printer) -> String {
    var lines = ["\(title): + trains, = frozen, > added by a method"]
    var path: String?
    var numbers: [Int: Int] = [:]
    for (index, item) in items.enumerated()
    where item.kind == .operation || item.kind == .tapped || item.inputs.isEmpty && items.count == 1
    {
      numbers[index] = numbers.count + 1
      if item.path != path, !item.path.isEmpty { lines.append(printer.style(item.path, .heading)) }
      path = item.path
      let sources = item.inputs.map { source in
        let read = items[source]
        switch read.kind {
        case .trainable: return "+" + short(read.name, at: item.path)
        case .frozen: return "=" + short(read.name, at: item.path)
        default: return numbers[source].map { "#\($0)" } ?? read.name
        }
      }
      let mark = item.kind == .tapped ? ">" : " "
      let number = "#\(numbers.count)"
      let head = "  \(mark) \(number)  \(item.name) \(describe(item.shape))"
      lines.append(sources.isEmpty ? head : head + "  ← " + sources.joined(separator: ", "))
    }
    return lines.joined(separator: "\n")
  }

  private func short(_ name: String, at path: String) -> String {
    !path.isEmpty && name.hasPrefix(path + ".") ? String(name.dropFirst(path.count + 1)) : name
  }

  // MARK: - Graphviz

  /// The graph in Graphviz' language.
  var dot: String {
    var lines = [
      "digraph tape {", "  rankdir=TB;",
      "  node [shape=box, style=\"rounded,filled\", fontname=\"Helvetica\", fontsize=10, "
        + "fillcolor=\"#f4f4f4\"];",
    ]
    for (index, item) in items.enumerated() {
      let label = "\(item.name)\\n\(describe(item.shape))"
      let color =
        switch item.kind {
        case .operation: "#f4f4f4"
        case .input: "#ffffff"
        case .frozen: "#cfe2f3"
        case .trainable: "#f9cb9c"
        case .tapped: "#d9ead3"
        }
      let shape = item.kind == .frozen || item.kind == .trainable ? ", shape=ellipse" : ""
      let tip = item.path.isEmpty ? "" : ", tooltip=\"\(item.path)\""
      lines.append("  n\(index) [label=\"\(label)\", fillcolor=\"\(color)\"\(shape)\(tip)];")
      for source in item.inputs { lines.append("  n\(source) -> n\(index);") }
    }
    return (lines + ["}"]).joined(separator: "\n") + "\n"
  }

  /// Writes an SVG picture where Graphviz is installed, and its source where it is not; gives the
  /// path that was written.
  func write(to path: String) throws -> String {
    let isPicture = path.hasSuffix(".svg")
    guard isPicture, let program = GraphPicture.program else {
      let target = isPicture ? String(path.dropLast(3)) + "dot" : path
      try Data(dot.utf8).write(to: URL(fileURLWithPath: target), options: .atomic)
      return target
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = ["-Tsvg"]
    let (input, output) = (Pipe(), Pipe())
    process.standardInput = input
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let text = Data(dot.utf8)
    // Read and written at once: a pipe holds little, and both sides would wait.
    let writer = Thread {
      try? input.fileHandleForWriting.write(contentsOf: text)
      try? input.fileHandleForWriting.close()
    }
    writer.start()
    let picture = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0, !picture.isEmpty else {
      throw Mistake(
        "Graphviz ended with status \(process.terminationStatus) and drew nothing",
        fix: "write the source: to=\"graph.dot\"")
    }
    try picture.write(to: URL(fileURLWithPath: path), options: .atomic)
    return path
  }

  private static var program: String? {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    return folders.map { "\($0)/dot" }.first { FileManager.default.isExecutableFile(atPath: $0) }
  }
}
