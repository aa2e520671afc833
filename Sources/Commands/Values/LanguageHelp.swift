/// What the language's own words mean, for `help`.
enum LanguageHelp {
  struct Entry {
    let word: String
    let summary: String
    /// How it is written; a test runs each.
    let example: String
  }

  /// Nil for what is no word of the language. `wrap` breaks a text at the window's width.
  static func text(_ word: String, wrap: (String) -> [String]) -> String? {
    entry(word).map { entry in
      let summary = wrap(entry.summary).map { "  " + $0 }
      let example = entry.example.split(separator: "\n").enumerated().map {
        ($0 == 0 ? "  > " : "    ") + $1
      }
      return ([entry.word] + summary + [""] + example).joined(separator: "\n")
    }
  }

  static func entry(_ word: String) -> Entry? { entries.first { $0.word == word } }

  static let entries: [Entry] = [
    Entry(
      word: "fn",
      summary:
        "a function: one expression behind `=`, or statements of which the last is the result",
      example: "fn scaled(value, factor = 2) = value * factor"),
    Entry(
      word: "module",
      summary:
        "a part of a model: parameters, states, other modules and functions; a call runs `forward`",
      example: """
        module Bottleneck(base, size = 8) {
          param down = kaiming_uniform([size, base.outputs])
          param up = zeros([base.outputs, size])
          fn forward(x) = base(x) + relu(base(x) @ down.T) @ up.T
        }
        """),
    Entry(
      word: "param", summary: "in a module: a tensor that trains, and how it starts",
      example: "module Bias(size) {\n  param b = zeros([size])\n  fn forward(x) = x + b\n}"),
    Entry(
      word: "state", summary: "in a module: a tensor that is kept and saved, but does not train",
      example: "module Mask(size) {\n  state mask = ones([size])\n  fn forward(x) = x * mask\n}"),
    Entry(
      word: "method",
      summary: "a function with a place in the catalogue: a way to tune a model",
      example: """
        module Scaled(base) {
          param gain = ones([base.outputs])
          fn forward(x) = base(x) * gain
        }
        method scaled(model, at = "blocks.*.attn.{q,v}") in reparameterisation {
          model |> freeze() |> replace(at, layer -> Scaled(layer))
        }
        """),
    Entry(
      word: "if", summary: "one of two blocks; as an expression, the value of the one that runs",
      example: """
        x = 3
        sign = if x < 0 { "negative" } else if x > 0 { "positive" } else { "zero" }
        """),
    Entry(
      word: "else", summary: "stands behind the `}` of an `if`",
      example: "if 1 > 2 { 1 } else { 2 }"),
    Entry(
      word: "for", summary: "runs a block for each element of a list, a tensor or a dataset",
      example: "for (name, value) in zip([\"a\", \"b\"], [1, 2]) { print(name, value) }"),
    Entry(
      word: "in", summary: "stands between the name and the list of a `for`",
      example: "for i in range(3) { print(i) }"),
    Entry(
      word: "while", summary: "runs a block as long as something is true",
      example: "n = 0\nwhile n < 3 { n = n + 1 }"),
    Entry(word: "break", summary: "leaves a loop", example: "while true { break }"),
    Entry(
      word: "continue", summary: "goes on with a loop's next turn",
      example: "for i in range(3) {\n  if i == 1 { continue }\n  print(i)\n}"),
    Entry(
      word: "return", summary: "leaves a function with a value",
      example: "fn sign(x) {\n  if x < 0 { return -1 }\n  1\n}"),
    Entry(
      word: "import",
      summary: "runs another file and takes over its names; with `as` under one name",
      example: "import \"parts.peft\" as parts"),
    Entry(
      word: "expect",
      summary: "an error unless something holds; `~=` compares within a tolerance",
      example: "expect 0.1 + 0.2 ~= 0.3 within 1e-9"),
    Entry(
      word: "within", summary: "gives the tolerance of an `expect`",
      example: "expect 1.0 ~= 1.01 within 0.1"),
    Entry(
      word: "with", summary: "a changed copy of a named tuple or a module",
      example: "options = (rank=8, alpha=16)\noptions with (rank=4)"),
    Entry(word: "and", summary: "true if both are", example: "1 < 2 and 2 < 3"),
    Entry(word: "or", summary: "true if one is", example: "1 > 2 or 2 < 3"),
    Entry(word: "not", summary: "the opposite of a truth", example: "not 1 > 2"),
    Entry(word: "true", summary: "what a comparison that holds gives", example: "1 < 2"),
    Entry(
      word: "false", summary: "what a comparison that does not hold gives", example: "1 > 2"),
    Entry(word: "none", summary: "no value", example: "x = none\nx == none"),
    Entry(
      word: "new", summary: "in an index: a new axis of size 1",
      example: "ones([3])[:, new].shape"),
  ]
}
