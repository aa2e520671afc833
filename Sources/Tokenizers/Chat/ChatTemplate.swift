/// The text of a conversation, as a model's own template lays it out.
///
/// Templates are written in Jinja, of which a part is known here: loops with `loop`, conditions,
/// `set`, namespaces, macros, the filters, tests and methods that templates of well-known models
/// use, and `{% generation %}`, which marks what the assistant wrote. What is not known is an error.
public struct ChatTemplate {
  public struct Rendered: Sendable, Equatable {
    public let text: String
    /// What the assistant wrote, as ranges of the text's UTF-8 bytes; empty where the template does
    /// not mark it.
    public let generated: [Range<Int>]
  }

  private let body: [TemplateStatement]
  /// Whether it says itself what the assistant wrote.
  let marksGeneration: Bool

  /// Throws `TokenizerError` for a template that cannot be read.
  public init(_ source: String) throws {
    guard source.utf8.count <= 1 << 20 else {
      throw TokenizerError("A chat template of more than 1 MiB is not read.")
    }
    body = try TemplateParser.parse(source)
    marksGeneration = body.contains { $0.marksGeneration }
  }

  func render(_ globals: [(key: String, value: TemplateValue)]) throws -> Rendered {
    let evaluator = TemplateEvaluator(globals: globals)
    try evaluator.run(body)
    return Rendered(
      text: String(decoding: evaluator.output, as: UTF8.self), generated: evaluator.generated)
  }
}

extension TemplateStatement {
  fileprivate var marksGeneration: Bool {
    switch self {
    case .generation: true
    case .choice(let branches, let otherwise):
      (branches.flatMap(\.body) + otherwise).contains { $0.marksGeneration }
    case .loop(let loop): (loop.body + loop.otherwise).contains { $0.marksGeneration }
    default: false
    }
  }
}
