import Autograd
import Foundation
import Interpreter
import Syntax
import Tensor
import Terminal

/// What was shown last, so that only what is new is shown again.
final class ShownState {
  var header = ""
  /// Summaries of locals, by the frame.
  var locals: [ObjectIdentifier: [String: String]] = [:]
  var frames: [Frame] = []

  func forget() {
    header = ""
    locals = [:]
    frames = []
  }
}

/// How a stop looks.
extension Stepper {
  var printer: Printer { interpreter.printer }

  func write(_ lines: [String]) {
    guard !lines.isEmpty else { return }
    interpreter.output(lines.joined(separator: "\n") + "\n")
  }

  func show(_ moment: Moment, depth: Int, reason: String) {
    if !reason.isEmpty {
      // The terminal has echoed ^C on the line.
      let start = reason == Self.interruption && !echoes ? [""] : []
      write(start + [printer.style("stopped: \(reason)", .heading)])
    }
    switch moment {
    case .statement(let code, let frame):
      write(header(code.span, map.calls.last) + excerpt(code.span, in: nil) + newLocals(frame))
    case .part(let code, _, let value):
      write(
        header(code.span, map.calls.last) + excerpt(code.span, in: map.calls.last?.statement)
          + indented("= " + summary(value, detailed: true)))
    case .gradient(let node, let gradient): write(gradientLines(node, gradient))
    case .update(let update): write(updateLines(update))
    case .failure(let error, _): write(failureLines(error))
    }
  }

  // MARK: Places

  /// `methods/lora.peft:5  LoRA.forward of blocks.0.attn.q`, unless it was said already.
  private func header(_ span: Span, _ call: RunningCall?, prefix: String = "") -> [String] {
    let text =
      prefix + [span.place, call?.description ?? ""].filter { !$0.isEmpty }.joined(separator: "  ")
    guard text != shown.header else { return [] }
    shown.header = text
    return wrapped(text, indent: 0).map { printer.style($0, .string) }
  }

  func excerpt(_ span: Span, in statement: Span?) -> [String] {
    // The mark of a place is no mistake's.
    renderer { $0 == .caret ? .secondary : $0 }.lines(marking: span, in: statement ?? span)
  }

  func renderer(
    _ role: @escaping @Sendable (DiagnosticRenderer.Role) -> DiagnosticRenderer.Role = { $0 }
  ) -> DiagnosticRenderer {
    let style = printer.style
    return DiagnosticRenderer(width: printer.width) { style($1, .message(role($0))) }
  }

  private func wrapped(_ text: String, indent: Int) -> [String] {
    let room = Swift.max(20, printer.width - indent)
    let blanks = String(repeating: " ", count: indent)
    return text.wrapped(to: room).map { blanks + $0.drop { $0 == " " } }
  }

  private func indented(_ text: String) -> [String] { wrapped(text, indent: 4) }

  // MARK: Values

  /// `f32 [2, 5, 8], norm 1.234`; small values themselves.
  func summary(_ value: Value, detailed: Bool = false) -> String {
    switch value {
    case .tensor(let variable):
      let tensor = variable.value
      if tensor.count <= 4, tensor.rank <= 1 { return printer.inline(value) }
      let kind = "\(tensor.dtype) \(describe(tensor.shape))"
      return detailed ? kind + norm(of: tensor) : kind
    case .tuple(let tuple) where tuple.elements.count > 8:
      return "a tuple of \(tuple.elements.count)"
    case .tuple(let tuple):
      let parts = zip(tuple.names, tuple.elements).map { name, element in
        (name.isEmpty ? "" : name + ": ") + (isTuple(element) ? "(…)" : summary(element))
      }
      return "(" + parts.joined(separator: ", ") + ")"
    case .list(let list) where list.elements.contains(where: holdsTensors):
      return "a list of \(list.elements.count)"
    case .module(let module):
      return module.path.isEmpty ? module.type.name : "\(module.type.name) at \(module.path)"
    case .function(let function):
      return function.name == "lambda" ? "a lambda" : "\(function.name)(…)"
    default: return printer.inline(value).truncated(to: Swift.max(20, printer.width - 8))
    }
  }

  private func isTuple(_ value: Value) -> Bool {
    if case .tuple = value { return true }
    return false
  }

  private func holdsTensors(_ value: Value) -> Bool {
    switch value {
    case .tensor, .module, .list, .tuple: true
    default: false
    }
  }

  private func norm(of tensor: Tensor) -> String {
    guard tensor.dtype.isFloat, tensor.hasValues,
      let squares = try? interpreter.engine.sumOfSquares(tensor)
    else { return "" }
    return ", norm \(number(squares.squareRoot()))"
  }

  func number(_ x: Double) -> String { printer.number(x.rounded(to: 5)) }

  /// The frame's names with shapes, side by side: those that changed since they were shown.
  private func newLocals(_ frame: Frame) -> [String] {
    var items = frame.locals.map { ($0.name, summary($0.value)) }
    if frame === entered, !frame.isLambda {
      // A local hides the field of its name.
      let hidden = Set(items.map(\.0))
      items += frame.fields.filter { $0.isParameter && !hidden.contains($0.name) }.map {
        ($0.name, summary($0.value))
      }
    }
    let key = ObjectIdentifier(frame)
    let known = shown.locals[key] ?? [:]
    if shown.locals[key] == nil { shown.frames.append(frame) }
    shown.locals[key] = Dictionary(items, uniquingKeysWith: { $1 })
    let new = items.filter { known[$0.0] != $0.1 }
    return flowing(new.map { "\($0.0): \($0.1)" })
  }

  /// Items on lines, none broken unless it is wider than a line.
  private func flowing(_ items: [String]) -> [String] {
    var lines: [String] = []
    var line = ""
    for item in items {
      if !line.isEmpty, displayWidth(line) + 3 + displayWidth(item) > printer.width - 4 {
        lines.append(line)
        line = ""
      }
      line += line.isEmpty ? item : "   " + item
    }
    if !line.isEmpty { lines.append(line) }
    return lines.flatMap { wrapped($0, indent: 4) }
  }

  // MARK: Backward, optimiser, errors

  private func gradientLines(_ node: Node, _ gradient: Tensor) -> [String] {
    let value = summary(.tensor(Variable(gradient)), detailed: true)
    var lines: [String] = []
    if isFirstGradient, let lossValue, let loss = try? lossValue.item() {
      lines.append(printer.style("backward, from the loss \(number(loss))", .heading))
    }
    if let path = map.parameter(of: node) {
      shown.header = ""
      return lines
        + wrapped("gradient of the parameter \(path)", indent: 0).map { printer.style($0, .string) }
        + indented("= " + value + together(node, gradient))
    }
    guard let place = map.places[node.id] else {
      shown.header = ""
      return lines + ["gradient of \(map.title(of: node))"] + indented("= " + value)
    }
    let name =
      map.names[node.id].map { "\($0), by \(node.operation)" } ?? "the result of \(node.operation)"
    return lines + header(place.span, place.call, prefix: "backward  ")
      + excerpt(place.span, in: place.statement)
      + indented("gradient of \(name) = \(value)")
  }

  /// Of a parameter that is read at several places, the sum of what has arrived.
  private func together(_ node: Node, _ gradient: Tensor) -> String {
    guard let sum = node.key.flatMap({ arrivedLeaves[$0] }), sum.storage !== gradient.storage else {
      return ""
    }
    return "; with what arrived before it" + norm(of: sum)
  }

  private func updateLines(_ update: ParameterUpdate) -> [String] {
    let engine = interpreter.engine
    func norm(_ tensor: Tensor) -> Double {
      ((try? engine.sumOfSquares(tensor)) ?? .nan).squareRoot()
    }
    let (value, gradient) = (norm(update.slot.value), norm(update.gradient))
    let change = norm((try? engine.sub(update.new, update.slot.value)) ?? update.new)
    let ratio = value == 0 ? "from 0" : number(change / value)
    shown.header = ""
    return wrapped("optimizer  \(update.slot.path)", indent: 0).map { printer.style($0, .string) }
      + indented(
        "value \(number(value)), gradient \(number(gradient)), update \(number(change)), ratio \(ratio)"
      )
  }

  private func failureLines(_ error: any Error) -> [String] {
    let place = interpreter.place(error, at: map.calls.last?.line ?? Span(0, 0, Source("")))
    guard let failure = place as? Failure else { return ["error: \(error)"] }
    var diagnostic = failure.diagnostic
    let span = diagnostic.span.flatMap { $0.source.text.isEmpty ? nil : $0 }
    diagnostic.span = nil
    shown.header = ""
    let message = renderer().render(diagnostic)
    return
      (span.map { header($0, map.calls.last) + excerpt($0, in: map.calls.last?.statement) } ?? [])
      + message.split(separator: "\n").map(String.init)
  }

  // MARK: Looking around

  /// The calls in progress, innermost first; in the backward pass those that computed what it goes
  /// back through.
  func showCalls(at moment: Moment) {
    var lines: [String] = []
    switch moment {
    case .gradient(let node, _):
      lines.append("in the backward pass, through what was computed in")
      var (call, span) = (map.places[node.id]?.call, map.places[node.id]?.span)
      while let inner = call {
        lines += wrapped("\(inner.description)\(span.map { "  " + $0.place } ?? "")", indent: 2)
        (call, span) = (inner.parent, inner.site)
      }
      return write(lines.count > 1 ? lines : ["in the backward pass"])
    case .update(let update): return write(["in the optimizer, at \(update.slot.path)"])
    default: break
    }
    for (index, call) in map.calls.enumerated().reversed() {
      let mark = index == (chosen ?? map.calls.count - 1) ? "→" : " "
      let place = call.line.map { "  " + $0.place } ?? ""
      let text = wrapped("\(call.description)\(place)", indent: 2)
      lines += [mark + text[0].dropFirst()] + text.dropFirst()
    }
    write(lines.isEmpty ? ["at top level"] : lines)
  }

  /// The lines around where it stands.
  func list(_ span: Span) {
    let source = span.source
    let line = span.line
    let (first, last) = (Swift.max(1, line - 4), Swift.min(source.lineStarts.count, line + 4))
    let gutter = String(last).count
    write(
      (first...last).map { number in
        let text = source.text(in: source.lineRange(number - 1))
        let label = String(number).padded(to: gutter, .right)
        return "\(number == line ? "→" : " ") \(label) | \(text)".truncated(to: printer.width)
      })
  }

  /// All names of a frame with type, shape and norm.
  func showLocals(_ frame: Frame) {
    var rows = frame.locals.map { [$0.name, summary($0.value, detailed: true)] }
    rows += frame.fields.map { [$0.name, summary($0.value, detailed: true)] }
    if rows.isEmpty { return write(["no names here"]) }
    let columns = ["name", "value"].map { Table.Column($0, alignment: .left) }
    write([Table(columns: columns, rows: rows).render(width: printer.width)])
  }
}
