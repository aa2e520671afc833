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
    var open = OpenBrackets()
    for (index, token) in tokens.enumerated() {
      if token.kind.isOpener {
        open.add(token.kind, index)
      } else if let opener = token.kind.opener, let place = open.close(opener) {
        match[place] = index
      }
    }
    return match
  }
}

/// The brackets that are open at a place. Each question costs no search, so that no text is slow to pair.
private struct OpenBrackets {
  private var open: [(kind: Token.Kind, index: Int)] = []
  /// Where in `open` the openers of each kind stand, innermost last.
  private var parens: [Int] = []
  private var brackets: [Int] = []
  private var braces: [Int] = []
  private var interpolations: [Int] = []

  mutating func add(_ kind: Token.Kind, _ index: Int) {
    self[kind].append(open.count)
    open.append((kind, index))
  }

  /// Takes out the innermost opener of this kind and all inside it; a `)` or `]` reaches no further than the wall.
  mutating func close(_ opener: Token.Kind) -> Int? {
    guard let place = self[opener].last else { return nil }
    let wall = max(braces.last ?? -1, interpolations.last ?? -1)
    guard opener.isWall || place > wall else { return nil }
    let index = open[place].index
    while open.count > place {
      let last = open.removeLast()
      self[last.kind].removeLast()
    }
    return index
  }

  private subscript(kind: Token.Kind) -> [Int] {
    get {
      switch kind {
      case .leftParen: parens
      case .leftBracket: brackets
      case .leftBrace: braces
      default: interpolations
      }
    }
    _modify {
      switch kind {
      case .leftParen: yield &parens
      case .leftBracket: yield &brackets
      case .leftBrace: yield &braces
      default: yield &interpolations
      }
    }
  }
}

extension Diagnostic {
  var start: Int { span?.start ?? 0 }
}

extension Token.Kind {
  var isOpener: Bool { self == .leftParen || self == .leftBracket || isWall }

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
