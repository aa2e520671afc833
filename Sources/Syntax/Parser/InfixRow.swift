/// One row an operator: how it is spelt, how tightly it binds, and what it means.
struct InfixRow: Sendable {
  enum Associativity: Sendable { case left, right, none }

  let token: Token.Kind
  let precedence: Precedence
  let associativity: Associativity
  let meaning: BinaryOperator

  private init(
    _ token: Token.Kind, _ precedence: Precedence, _ associativity: Associativity,
    _ meaning: BinaryOperator
  ) {
    self.token = token
    self.precedence = precedence
    self.associativity = associativity
    self.meaning = meaning
  }

  static let rows: [InfixRow] = [
    InfixRow(.pipe, .pipe, .left, .pipe),
    InfixRow(.or, .or, .left, .or),
    InfixRow(.and, .and, .left, .and),
    InfixRow(.equal, .comparison, .none, .equal),
    InfixRow(.notEqual, .comparison, .none, .notEqual),
    InfixRow(.less, .comparison, .none, .less),
    InfixRow(.lessEqual, .comparison, .none, .lessEqual),
    InfixRow(.greater, .comparison, .none, .greater),
    InfixRow(.greaterEqual, .comparison, .none, .greaterEqual),
    InfixRow(.close, .comparison, .none, .close),
    InfixRow(.plus, .sum, .left, .add),
    InfixRow(.minus, .sum, .left, .subtract),
    InfixRow(.star, .product, .left, .multiply),
    InfixRow(.slash, .product, .left, .divide),
    InfixRow(.doubleSlash, .product, .left, .floorDivide),
    InfixRow(.percent, .product, .left, .remainder),
    InfixRow(.at, .product, .left, .matmul),
    InfixRow(.power, .power, .right, .power),
  ]

  /// By the token's place among the kinds: the parser asks at each token.
  private static let table: [InfixRow?] = Token.Kind.allCases.map { kind in
    rows.first { $0.token == kind }
  }

  static func row(of kind: Token.Kind) -> InfixRow? { table[kind.ordinal] }
}

extension BinaryOperator {
  /// How tightly the operator binds.
  public var precedence: Precedence {
    InfixRow.rows.first { $0.meaning == self }?.precedence ?? .pipe
  }
}
