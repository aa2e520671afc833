// A tree-sitter grammar of .peft files, after ../peft.ebnf. `tree-sitter generate` makes the parser from it.
//
// A line end ends a statement only where the parser can take one, which src/scanner.c asks: inside brackets, behind an
// infix operator and behind an opening brace it is a blank.

// The lexer's own list; scripts/write-grammars writes it.
const UNITS = ["GiB", "KiB", "MiB", "GB", "KB", "MB", "ms", "M", "h", "k", "m", "s"];

const LEVEL = {
  lambda: 1, pipe: 2, or: 3, and: 4, not: 5, compare: 6, sum: 7, product: 8, negate: 9, power: 10,
  postfix: 11,
};

const digits = /[0-9][0-9_]*/;
const number = seq(
  digits, optional(seq(".", digits)), optional(seq(/[eE][+-]?/, digits)));

const list = (rule) => optional(seq(rule, repeat(seq(",", rule)), optional(",")));

module.exports = grammar({
  name: "peft",

  word: ($) => $.identifier,
  externals: ($) => [$._end],
  extras: ($) => [/[ \t\r\n]/, $.comment],
  conflicts: ($) => [
    [$.parameter, $._primary],
    [$.parameters, $.tuple],
    [$.pattern, $._primary],
    [$.pattern, $.parameter, $._primary],
    [$._name, $.module],
    [$._name, $.method],
    [$._name, $.field],
    [$._name, $.changes],
    [$._name, $.expect],
    [$._name, $.subscript],
    [$.expect],
  ],

  rules: {
    source_file: ($) => repeat(choice($._item, $._end)),
    _item: ($) =>
      choice($.prose, $.golden, seq($._statement, choice(";", $._end)), ";"),

    prose: () => token(prec(2, /##[^#\n][^\n]*|##/)),
    golden: () => token(prec(2, /#>[^\n]*/)),
    comment: () => token(prec(1, /#[^\n]*/)),

    _statement: ($) =>
      choice(
        $.assignment, $.function, $.method, $.module, $.field, $.for, $.while, $.return, $.break,
        $.continue, $.import, $.expect, $._expression),

    assignment: ($) => seq(field("left", $.pattern), "=", field("right", $._expression)),
    pattern: ($) =>
      choice($._name, seq("(", $._name, ",", optional(seq($._name, repeat(seq(",", $._name)))),
        optional(","), ")")),
    function: ($) =>
      seq("fn", field("name", $._name), $.parameters, optional(seq("->", $.shape)), $._body),
    method: ($) =>
      seq("method", field("name", $._name), $.parameters, optional(seq("->", $.shape)), "in",
        field("category", $._name), $._body),
    _body: ($) => choice(seq("=", $._expression), $.block),
    module: ($) => seq("module", field("name", $._name), $.parameters, $.block),
    field: ($) => seq(choice("param", "state"), field("name", $._name), "=", $._expression),
    for: ($) => seq("for", $.pattern, "in", $._expression, $.block),
    while: ($) => seq("while", $._expression, $.block),
    return: ($) => prec.right(seq("return", optional($._expression))),
    break: () => "break",
    continue: () => "continue",
    import: ($) => seq("import", $.string, optional(seq("as", $._name))),
    expect: ($) => seq("expect", $._expression, optional(seq("within", $._expression))),
    block: ($) =>
      seq("{", repeat(choice($._item, $._end)), optional($._statement), "}"),

    parameters: ($) => seq("(", list($.parameter), ")"),
    parameter: ($) =>
      seq(field("name", $._name), optional(seq(":", $.shape)),
        optional(seq("=", field("default", $._expression)))),
    shape: ($) => seq("[", list($.dimension), "]"),
    dimension: ($) => choice($._name, $.integer, "..."),

    _expression: ($) => choice($.lambda, $._operation),
    lambda: ($) =>
      prec.right(LEVEL.lambda,
        seq(choice(alias($._name, $.parameter), $.parameters), "->",
          choice($._expression, $.block))),

    _operation: ($) => choice($.binary, $.unary, $._postfix),
    binary: ($) => {
      const left = (level, ...operators) =>
        prec.left(level, seq($._operation, field("operator", choice(...operators)), $._operation));
      return choice(
        left(LEVEL.pipe, "|>"), left(LEVEL.or, "or"), left(LEVEL.and, "and"),
        left(LEVEL.compare, "==", "!=", "<", "<=", ">", ">=", "~="), left(LEVEL.sum, "+", "-"),
        left(LEVEL.product, "*", "/", "//", "%", "@"),
        prec.right(LEVEL.power, seq($._operation, field("operator", "**"), $._operation)));
    },
    unary: ($) =>
      choice(
        prec(LEVEL.not, seq("not", $._operation)), prec(LEVEL.negate, seq("-", $._operation))),

    _postfix: ($) => choice($._primary, $.call, $.index, $.member, $.changes),
    call: ($) =>
      prec(LEVEL.postfix, seq(field("function", $._postfix), $.arguments)),
    arguments: ($) => seq("(", list(choice($._expression, $.named)), ")"),
    named: ($) => prec(1, seq(field("name", choice($._name, $.reserved)), "=", $._expression)),
    index: ($) => prec(LEVEL.postfix, seq($._postfix, "[", list($.subscript), "]")),
    subscript: ($) =>
      choice(
        $._expression, "new", "...",
        seq(optional($._expression), ":", optional($._expression),
          optional(seq(":", optional($._expression))))),
    member: ($) =>
      prec(LEVEL.postfix,
        seq($._postfix, ".", field("name", choice($._name, $.reserved)))),
    changes: ($) =>
      prec(LEVEL.postfix,
        seq($._postfix, "with", "(",
          list(seq(field("name", choice($._name, $.reserved, $.string)), "=", $._expression)),
          ")")),

    _primary: ($) =>
      choice(
        $._name, $.integer, $.float, $.quantity, $.string, $.boolean, $.none, $.list, $.tuple,
        $.parenthesised, $.conditional),
    boolean: () => choice("true", "false"),
    none: () => "none",
    list: ($) => seq("[", list($._expression), "]"),
    parenthesised: ($) => seq("(", $._expression, ")"),
    tuple: ($) =>
      choice(
        seq("(", ")"),
        seq("(", $._expression, ",", list(choice($._expression, $.named)), ")"),
        seq("(", $.named, repeat(seq(",", $.named)), optional(","), ")")),
    conditional: ($) =>
      prec.right(
        seq("if", $._expression, $.block,
          optional(seq("else", choice($.block, $.conditional))))),

    string: ($) =>
      seq('"', repeat(choice($._characters, $.escape, $.interpolation)), token.immediate('"')),
    _characters: () => token.immediate(prec(1, /[^"\\\n]+/)),
    escape: () => token.immediate(/\\([ntr0"\\]|u\{[0-9A-Fa-f]+\})/),
    interpolation: ($) => seq(token.immediate("\\("), $._expression, ")"),

    integer: () => token(digits),
    float: () =>
      token(choice(
        seq(digits, ".", digits, optional(seq(/[eE][+-]?/, digits))),
        seq(digits, /[eE][+-]?/, digits))),
    quantity: () => token(prec(1, seq(number, choice(...UNITS)))),

    // Words that mean something in front of a name only are names elsewhere.
    _name: ($) =>
      choice(
        $.identifier,
        alias(choice("module", "method", "param", "state", "with", "within", "as", "new"),
          $.identifier)),
    reserved: () =>
      choice(
        "and", "break", "continue", "else", "expect", "false", "fn", "for", "if", "import", "in",
        "none", "not", "or", "return", "true", "while"),
    identifier: () => /[\p{L}_][\p{L}\p{N}_]*/u,
  },
});
