import Autograd
import Interpreter
import Syntax

/// One call of a function of the language while something runs.
final class RunningCall {
  let title: String
  /// The site whose function runs, or that of the caller.
  let path: String
  let depth: Int
  let parent: RunningCall?
  /// The piece of the caller's code that made the call.
  let site: Span?
  let frame: Frame?
  /// Where in its own code it stands, and the statement that this is in.
  var line: Span?
  var statement: Span?

  init(_ frame: Frame, parent: RunningCall?, site: Span?, keepsFrame: Bool) {
    title = frame.title
    path = frame.path ?? parent?.path ?? ""
    depth = (parent?.depth ?? 0) + 1
    self.parent = parent
    self.site = site
    self.frame = keepsFrame ? frame : nil
  }

  /// This call or the one above it that is so deep.
  func ancestor(atDepth wanted: Int) -> RunningCall {
    var call = self
    while call.depth > wanted, let parent = call.parent { call = parent }
    return call
  }

  /// `LoRA.forward of blocks.0.attn.q`
  var description: String { path.isEmpty ? title : "\(title) of \(path)" }
}

/// The piece of source that an operation of the tape comes from.
struct SourcePlace {
  let span: Span
  let statement: Span?
  let call: RunningCall?
  /// The frame as it was then, where frames are kept.
  let frame: Frame?
}

/// Joins the tape's nodes with the source: `docs/stepping.md`, section 2.
final class SourceMap {
  private(set) var calls: [RunningCall] = []
  /// The piece of code whose operands are known and that runs.
  private(set) var current: (span: Span, frame: Frame)?
  private var outer: [(span: Span, frame: Frame)?] = []
  private(set) var places: [Int: SourcePlace] = [:]
  /// Locals by the node of their value, and parameters' paths by their leaves.
  private(set) var names: [Int: String] = [:]
  /// Parameters by identity: commands that hand out parameters make leaves too.
  private(set) var paths: [LeafKey: String] = [:]
  private let keepsFrames: Bool

  init(keepsFrames: Bool) { self.keepsFrames = keepsFrames }

  func reset() {
    calls = []
    outer = []
    current = nil
    places = [:]
    names = [:]
    paths = [:]
  }

  /// Nodes of a graph that was consumed, and with them the frames that made them.
  func forgetNodes() {
    places = [:]
    names = [:]
  }

  func enter(_ frame: Frame) {
    calls.append(
      RunningCall(frame, parent: calls.last, site: current?.span, keepsFrame: keepsFrames))
    outer.append(current)
    current = nil
  }

  func leave() {
    if !calls.isEmpty { calls.removeLast() }
    current = outer.popLast() ?? nil
  }

  func stand(at code: Code) {
    calls.last?.line = code.span
    calls.last?.statement = code.span
  }

  func operate(_ code: Code, _ frame: Frame) {
    current = (code.span, frame)
    calls.last?.line = code.span
  }

  func note(_ node: Node) {
    guard let current else { return }
    places[node.id] = SourcePlace(
      span: current.span, statement: calls.last?.statement, call: calls.last,
      frame: keepsFrames ? current.frame.snapshot() : nil)
  }

  /// A parameter's leaf belongs to the line that reads it.
  func noteLeaf(_ variable: Variable, _ path: String) {
    guard let node = variable.node else { return }
    names[node.id] = path
    if let key = node.key { paths[key] = path }
    guard let call = calls.last, let line = call.line else { return }
    places[node.id] = SourcePlace(
      span: line, statement: call.statement, call: call, frame: call.frame?.snapshot())
  }

  func name(_ value: Value, _ name: String) {
    guard case .tensor(let variable) = value, let node = variable.node, names[node.id] == nil else {
      return
    }
    names[node.id] = name
  }

  /// The local, the parameter or else the text that computed a node's value.
  func title(of node: Node) -> String {
    SourceMap.title(name(of: node), places[node.id]?.span, isLeaf: node.isLeaf)
  }

  static func title(_ name: String?, _ span: Span?, isLeaf: Bool) -> String {
    name ?? span.map { oneLine($0.text) }
      ?? (isLeaf ? "a tensor of the session" : "what the run adds: loss + penalty")
  }

  /// The local or the parameter that holds a node's value.
  func name(of node: Node) -> String? { parameter(of: node) ?? names[node.id] }

  /// Leaves of parameters are named by paths, which no local can be.
  func parameter(of node: Node) -> String? {
    node.isLeaf ? names[node.id] ?? node.key.flatMap { paths[$0] } : nil
  }

  func key(ofPath path: String) -> LeafKey? { paths.first { $0.value == path }?.key }
}

/// Text of several lines on one.
func oneLine(_ text: String) -> String {
  guard text.contains(where: \.isNewline) else { return text }
  return text.split(whereSeparator: \.isNewline).map { line in
    String(line.drop { $0 == " " })
  }.joined(separator: " ")
}

extension Span {
  /// `methods/lora.peft:5`: what the library holds is known by its place there, other files by
  /// their names.
  var place: String { "\(source.shortName):\(line)" }
}

extension Source {
  var shortName: String {
    if name.hasPrefix("library/") { return String(name.dropFirst(8)) }
    return name.split(separator: "/").last.map(String.init) ?? name
  }
}
