import Interpreter
import Syntax
import Terminal

extension Session {
  /// Prints what is wrong with a text.
  func print(_ diagnostics: [Diagnostic]) {
    for diagnostic in diagnostics { report?.append(diagnostic, stack: []) }
    writeError(renderer.render(diagnostics) + "\n")
  }

  /// Prints an error while running, and the calls that led to it.
  func print(_ failure: Failure) {
    report?.append(failure.diagnostic, stack: failure.stack)
    let calls = CallTrace(failure.stack).lines.map { console.errStyle(.dim, $0) }
    let message = renderer.render(failure.diagnostic)
    writeError(([message] + calls).joined(separator: "\n") + "\n")
  }

  private var renderer: DiagnosticRenderer {
    let style = console.errStyle
    return DiagnosticRenderer(width: fixedWidth ?? console.width()) { style($0.style, $1) }
  }
}

/// The calls in progress when something failed, innermost first, one a line.
struct CallTrace {
  let lines: [String]

  init(_ stack: [StackEntry]) {
    let all = stack.map { "  in \($0.description), called at \($0.span.source.name):\($0.span.line)" }
    let (head, tail) = (6, 3)
    guard all.count > head + tail + 1 else {
      lines = all
      return
    }
    lines =
      all.prefix(head) + ["  … \(all.count - head - tail) calls more …"] + all.suffix(tail)
  }
}

extension DiagnosticRenderer.Role {
  var style: Style.Role {
    switch self {
    case .error, .caret: .error
    case .warning: .warning
    case .message: .strong
    case .place, .gutter: .name
    case .secondary, .note: .note
    case .fix: .success
    }
  }
}
