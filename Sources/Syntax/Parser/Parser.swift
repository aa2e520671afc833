/// Turns a source into a tree: recursive descent for statements, a precedence table for operators.
///
/// It never fails and never stops at the first error: a statement that cannot be parsed becomes
/// `.error`, and parsing goes on at the next statement.
public struct Parser {
  /// How deeply brackets, blocks, lambdas and prefix operators may stand in one another.
  public static let maximumNesting = 200
  /// How many levels a chain of operators, calls or members may add to the tree.
  public static let maximumHeight = 500
  /// The classes of PEFT methods that `method … in class` knows.
  public static let methodCategories = [
    "adapter", "prompt", "selective", "reparameterisation", "hybrid",
  ]

  /// Thrown to leave a statement that cannot be parsed; its diagnostic is reported already.
  struct Panic: Error {}

  /// What the statement being parsed stands in.
  struct Context {
    var isInFunction = false
    var isInLoop = false
    var isInModule = false
  }

  let source: Source
  let tokens: [Token]
  let comments: [Comment]
  /// For each opening bracket the index of the one that closes it; -1 where there is none.
  let match: [Int]

  var position = 0
  /// Inside `()` and `[]`, where line ends do not count.
  var ignoresLines = false
  /// The token whose line end has been taken already.
  var lineTaken = 0
  var nextComment = 0
  var hasInnerComments = false
  var depth = 0
  /// The brackets that are open now, as token indices.
  var openers: [Int] = []
  var context = Context()
  /// The column of the statement being parsed; what starts a line no further in is a new statement.
  var statementColumn = 0
  var diagnostics: [Diagnostic] = []
  var firstErrorIsAtOpenEnd = false
  var hasError = false

  public static func parse(_ source: Source) -> ParseResult {
    let lexed = Lexer.lex(source)
    var parser = Parser(source, lexed)
    let items = parser.items(until: .end)
    let all = (lexed.diagnostics + parser.diagnostics).enumerated()
      .sorted { ($0.element.start, $0.offset) < ($1.element.start, $1.offset) }
      .map(\.element)
    return ParseResult(
      source: source, items: items, diagnostics: all,
      isIncomplete: lexed.diagnostics.isEmpty && parser.firstErrorIsAtOpenEnd)
  }

  init(_ source: Source, _ lexed: LexResult) {
    self.source = source
    tokens = lexed.tokens
    comments = lexed.comments
    match = Parser.matchBrackets(lexed.tokens)
  }

  /// Pairs brackets; a brace that closes drops what was left open inside it.
  private static func matchBrackets(_ tokens: [Token]) -> [Int] {
    var match = [Int](repeating: -1, count: tokens.count)
    var open: [Int] = []
    for (index, token) in tokens.enumerated() {
      switch token.kind {
      case .leftParen, .leftBracket, .leftBrace, .interpolationStart: open.append(index)
      case .rightParen, .rightBracket, .rightBrace, .interpolationEnd:
        let opener = token.kind.opener
        let isStrong = token.kind == .rightBrace || token.kind == .interpolationEnd
        let wall = open.lastIndex { tokens[$0].kind.isWall }.map { $0 + 1 } ?? 0
        let limit = isStrong ? 0 : wall
        if let place = open[limit...].lastIndex(where: { tokens[$0].kind == opener }) {
          match[open[place]] = index
          open.removeSubrange(place...)
        }
      default: break
      }
    }
    return match
  }
}

extension Diagnostic {
  var start: Int { span?.start ?? 0 }
}

extension Token.Kind {
  /// What a `)` or `]` cannot reach across to find its opener.
  var isWall: Bool { self == .leftBrace || self == .interpolationStart }

  var opener: Token.Kind? {
    switch self {
    case .rightParen: .leftParen
    case .rightBracket: .leftBracket
    case .rightBrace: .leftBrace
    case .interpolationEnd: .interpolationStart
    default: nil
    }
  }
}
