import Datasets
import Interpreter

/// Mistakes in the data.
extension Patient {
  func checkData() throws {
    guard let data else { return }
    check { checkLabels(data) }
    check { checkClasses(data) }
    check { checkRepetition(data) }
    check { checkLeakage(data) }
    check { checkTexts(data) }
    check { checkTruncation() }
    check { checkVocabulary() }
    check { checkPadding(data) }
  }

  private func checkLabels(_ data: Dataset) {
    let unlabelled = data.rows.indices.filter { place in
      switch data.task {
      case .classify: data[place].label == nil
      case .regress: data[place].score.map { !$0.isFinite } ?? true
      case .language, .masked: false
      }
    }
    guard !unlabelled.isEmpty else { return }
    let all = unlabelled.count == data.count
    found(
      "labels",
      all
        ? "no row has a label, so there is nothing to learn"
        : "\(count(unlabelled.count, "row")) of \(printer.grouped(data.count)) have no label; the "
          + "loss leaves them out",
      at: "\(data.name), \(rows(unlabelled))",
      mend: "data = read(\"\(data.name)\", task=\"\(data.task.rawValue)\", label=\"COLUMN\")"
        + (data.columns.isEmpty ? "" : "  # columns: \(data.columns.joined(separator: ", "))"))
  }

  private func checkClasses(_ data: Dataset) {
    if data.task == .regress {
      let scores = Set(data.rows.compactMap(\.score))
      if scores.count == 1, data.count > 1, let only = scores.first {
        found(
          "constant labels",
          "every row has the number \(number(only)): a constant is all there is to learn",
          at: data.name, mend: "data = read(\"\(data.name)\", task=\"regress\", label=\"COLUMN\")")
      }
    }
    guard data.task == .classify, data.classes.count > 1 else { return }
    let counts = data.classes.indices.map { label in data.rows.count { $0.label == label } }
    let present = counts.indices.filter { counts[$0] > 0 }
    let list = zip(data.classes, counts).map { "\($0) \(printer.grouped($1))" }.joined(
      separator: ", ")
    if present.count == 1, data.count > 1 {
      found(
        "constant labels",
        "every row is of the class \(data.classes[present[0]]): always to say so is all there is "
          + "to learn",
        at: "\(data.name): \(list)",
        mend:
          "data = read(\"\(data.name)\", task=\"classify\") |> split(validation=0.1)  # draws "
            + "rows at random"
      )
    } else if present.count > 1, present.count < counts.count {
      let missing = counts.indices.filter { counts[$0] == 0 }.map { data.classes[$0] }
      found(
        "missing class",
        "no row is of the class \(missing.joined(separator: ", ")), which the model is to "
          + "tell apart",
        at: "\(data.name): \(list)",
        mend:
          "data = read(\"\(data.name)\", task=\"classify\") |> split(validation=0.1)  # gives "
            + "each part its share of each class"
      )
    }
    let (least, most) = (present.map { counts[$0] }.min() ?? 0, counts.max() ?? 0)
    // The bound that a dataset's quality report has too.
    if present.count > 1, most > 4 * least {
      let guess = share(most, of: counts.reduce(0, +))
      found(
        "class imbalance",
        "the largest class has \(number(Double(most) / Double(least))) times as many rows as the "
          + "smallest: always to name it is right in \(guess)",
        at: "\(data.name): \(list)", mend: line.on(data: "balance(\(line.data))"))
    }
  }

  private func checkRepetition(_ data: Dataset) {
    guard data.task != .language else { return }
    var first: [String: Int] = [:]
    var (repeated, contradicted): ([Int], [Int]) = ([], [])
    for (place, row) in data.rows.enumerated() where !row.isBlank {
      if let earlier = first[row.identity] {
        repeated.append(place)
        if data[earlier].label != row.label { contradicted.append(place) }
      } else {
        first[row.identity] = place
      }
    }
    // A row or two that occur twice are usual in any text.
    if repeated.count >= 3, repeated.count * 50 > data.count {
      found(
        "duplicates",
        "\(count(repeated.count, "row")) of \(printer.grouped(data.count)) "
          + "(\(share(repeated.count, of: data.count))) repeat an earlier text: they count twice, "
          + "and scores look better than they are where parts share them",
        at: "\(data.name), \(rows(repeated))", mend: line.on(data: "unique(\(line.data))"))
    }
    if contradicted.count >= 2, contradicted.count * 100 > data.count {
      found(
        "contradictions",
        "\(count(contradicted.count, "row")) repeat an earlier text under another label",
        at: "\(data.name), \(rows(contradicted))",
        mend: line.on(data: "unique(\(line.data))") + "  # leaves such texts out")
    }
  }

  private func checkLeakage(_ data: Dataset) {
    guard data.task != .language else { return }
    let known = Set(data.rows.lazy.filter { !$0.isBlank }.map(\.identity))
    for other in others {
      let shared = other.data.rows.indices.filter { known.contains(other.data[$0].identity) }
      guard shared.count >= 2, shared.count * 100 >= other.data.count else { continue }
      found(
        "leakage",
        "\(count(shared.count, "row")) of \(printer.grouped(other.data.count)) in \(other.name) "
          + "(\(share(shared.count, of: other.data.count))) are in the training data too: the "
          + "score there is partly memory",
        at: "\(other.name), \(rows(shared))",
        mend: line.on(data: "without(\(line.data), \(other.name))"))
    }
  }

  private func checkTexts(_ data: Dataset) {
    let blank = data.rows.indices.filter { data[$0].isBlank }
    guard !blank.isEmpty, blank.count * 200 > data.count else { return }
    found(
      "empty texts", "\(count(blank.count, "row")) of \(printer.grouped(data.count)) have no text",
      at: "\(data.name), \(rows(blank))",
      mend: line.on(data: "unique(\(line.data))") + "  # leaves them out")
  }

  private func checkTruncation() {
    guard data?.task != .language else { return }
    let cut = sample.filter { $0.text.ids.count > length }
    guard cut.count * 20 > sample.count else { return }
    let lost = cut.reduce(0) { $0 + $1.text.ids.count - length }
    let total = sample.reduce(0) { $0 + $1.text.ids.count }
    let longest = sample.map(\.text.ids.count).max() ?? 0
    let possible = ModelInput.maximumLength(model)
    let wanted = Swift.min(longest, possible)
    found(
      "truncation",
      "\(share(cut.count, of: sample.count)) of the texts are longer than "
        + "\(count(length, "token")) and lose their end, \(share(lost, of: total)) of all tokens; "
        + "the longest has \(printer.grouped(longest))",
      at: "\(data?.name ?? ""), \(rows(cut.map(\.place)))",
      mend: wanted > length
        ? line.setting(("length", "\(wanted)"))
        : "base = load(\"MODEL\")  # one with at least \(longest) positions; this one has "
          + "\(possible)"
    )
  }

  private func checkVocabulary() {
    guard let tokenizer else { return }
    if case .int(let size)? = model.plainValue("vocabulary"), tokenizer.vocabularySize > size {
      let beyond = sample.filter { $0.text.ids.contains { Int($0) >= size } }
      found(
        "vocabulary",
        "the tokenizer has \(printer.grouped(tokenizer.vocabularySize)) tokens, the model rows "
          + "for \(printer.grouped(size))"
          + (beyond.isEmpty
            ? ""
            : "; \(share(beyond.count, of: sample.count)) of the texts use tokens that have "
              + "no row"),
        at: beyond.isEmpty ? "the model's tokenizer" : rows(beyond.map(\.place)),
        mend:
          "model = model |> with_tokenizer(load(\"MODEL\").tokenizer)  # the one that the model "
            + "was trained with"
      )
    }
    guard let unknown = tokenizer.special.unk else { return }
    let tokens = sample.reduce(0) { sum, entry in
      sum + zip(entry.text.ids, entry.text.special).count { !$1 || $0 == unknown }
    }
    let lost = sample.reduce(0) { $0 + $1.text.ids.count { $0 == unknown } }
    // A tokenizer of other texts, or of another language; a few rare signs are usual.
    guard lost * 10 > tokens, tokens > 0 else { return }
    found(
      "unknown tokens",
      "\(share(lost, of: tokens)) of the tokens are ones that the tokenizer does not know: the "
        + "model reads them all as the same",
      at: rows(sample.filter { $0.text.ids.contains(unknown) }.map(\.place)),
      mend:
        "tokenizer = train_tokenizer(\(line.data), \"wordpiece\")  # or load a model that knows "
          + "these texts"
    )
  }

  private func checkPadding(_ data: Dataset) {
    guard let special = tokenizer?.special, let pad = special.pad, pad == special.eos else {
      return
    }
    guard data.task == .language || data.task == .masked else { return }
    found(
      "padding",
      "padding and the end of a text are one token: where labels are masked by token, as other "
        + "tools do, the model never learns to end",
      at: "the tokenizer: pad = end = \(pad) (\(tokenizer?.token(of: pad) ?? ""))",
      mend:
        "model = model |> with_tokenizer(tokenizer)  # whose tokenizer_config.json names a "
          + "pad_token of its own"
    )
  }
}

extension Row {
  /// What makes two rows the same example.
  var identity: String { text + "\u{0}" + (pair ?? "") }

  var isBlank: Bool {
    text.allSatisfy(\.isWhitespace) && (pair?.allSatisfy(\.isWhitespace) ?? true)
  }
}

extension Module {
  /// A plain field of this module or of what it wraps.
  func plainValue(_ name: String) -> Value? { plainField(name) ?? base?.plainValue(name) }
}
