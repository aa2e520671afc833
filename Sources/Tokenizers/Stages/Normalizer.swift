/// The first stage: rewrites the text of a tokenizer's input.
indirect enum Normalizer: Sendable {
  case bert(BertNormalizer)
  case decomposition(compatibility: Bool)
  case composition(compatibility: Bool)
  case lowercase
  case stripAccents
  case strip(left: Bool, right: Bool)
  case replace(Pattern, [UInt32])
  case prepend([UInt32])
  case precompiled(PrecompiledNormalizer)
  case sequence([Normalizer])

  func apply(_ text: inout AlignedText, _ forms: NormalizationForms) {
    switch self {
    case .bert(let bert): bert.apply(&text)
    case .precompiled(let table): table.apply(&text)
    case .sequence(let normalizers):
      for normalizer in normalizers { normalizer.apply(&text, forms) }
    default:
      text = AlignedText(scalars: apply(text.scalars, text, forms), base: text.base)
    }
  }

  private func apply(
    _ scalars: [AlignedScalar], _ text: AlignedText, _ forms: NormalizationForms
  ) -> [AlignedScalar] {
    let tables = UnicodeTables.shared
    switch self {
    case .decomposition(let compatibility):
      return forms.decomposed(scalars, compatibility: compatibility)
    case .composition(let compatibility):
      return forms.composed(forms.decomposed(scalars, compatibility: compatibility))
    case .lowercase:
      return scalars.flatMap { scalar in
        tables.lowered(scalar.value).map {
          AlignedScalar(value: $0, start: scalar.start, end: scalar.end)
        }
      }
    case .stripAccents: return scalars.filter { !tables.has($0.value, .combining) }
    case .strip(let left, let right):
      let isSpace = { (scalar: AlignedScalar) in tables.has(scalar.value, .whitespace) }
      var rest = scalars[...]
      if left { rest = rest.drop(while: isSpace) }
      if right { while let last = rest.last, isSpace(last) { rest.removeLast() } }
      return Array(rest)
    case .replace(let pattern, let content): return replace(pattern, content, text)
    case .prepend(let prefix):
      guard let first = scalars.first else { return scalars }
      // As in the reference library, what was added stands for what it was put in front of.
      return prefix.map { AlignedScalar(value: $0, start: first.start, end: first.end) } + scalars
    case .bert, .precompiled, .sequence: return scalars
    }
  }

  private func replace(
    _ pattern: Pattern, _ content: [UInt32], _ text: AlignedText
  ) -> [AlignedScalar] {
    var result: [AlignedScalar] = []
    for match in pattern.matches(in: text.bytes[...]) {
      let piece = Piece(start: match.start, end: match.end)
      guard match.isMatch else {
        result += text.slice(piece).scalars
        continue
      }
      let span = text.original(match.start, match.end)
      result += content.map { AlignedScalar(value: $0, start: span.start, end: span.end) }
    }
    return result
  }

  var composes: Bool {
    switch self {
    case .composition: true
    case .sequence(let normalizers): normalizers.contains { $0.composes }
    default: false
    }
  }
}

extension UnicodeTables {
  /// The lowercase of one scalar, whatever stands beside it. Only U+0130 has two scalars.
  func lowered(_ scalar: UInt32) -> [UInt32] {
    guard has(scalar, .lowers) else { return [scalar] }
    return scalar == 0x130 ? [0x69, 0x307] : [lowercase[scalar] ?? scalar]
  }
}
