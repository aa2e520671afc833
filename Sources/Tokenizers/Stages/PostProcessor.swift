/// The last stage of encoding: puts special tokens around one text or two.
indirect enum PostProcessor: Sendable {
  enum TemplatePiece: Sendable {
    case special([Int32], typeID: Int32)
    case sequence(Int, typeID: Int32)
  }

  case template(single: [TemplatePiece], pair: [TemplatePiece])
  /// Takes white space off the offsets of byte-level tokens.
  case trimOffsets(addsPrefixSpace: Bool)
  case sequence([PostProcessor])

  func template(isPair: Bool) -> [TemplatePiece]? {
    switch self {
    case .template(let single, let pair): isPair ? pair : single
    case .trimOffsets: nil
    case .sequence(let stages): stages.lazy.compactMap { $0.template(isPair: isPair) }.first
    }
  }

  /// Special tokens that are added to one text or to two.
  func added(isPair: Bool) -> Int {
    (template(isPair: isPair) ?? []).reduce(0) { sum, piece in
      if case .special(let ids, _) = piece { sum + ids.count } else { sum }
    }
  }

  var trimming: (isOn: Bool, addsPrefixSpace: Bool) {
    switch self {
    case .template: (false, false)
    case .trimOffsets(let addsPrefixSpace): (true, addsPrefixSpace)
    case .sequence(let stages): stages.lazy.map(\.trimming).first { $0.isOn } ?? (false, false)
    }
  }

  static func assemble(
    _ runs: [TokenRun], template: [TemplatePiece]?, addSpecial: Bool
  ) -> Encoding {
    var encoding = Encoding()
    guard let template else {
      for (index, run) in runs.enumerated() { encoding.append(run, typeID: Int32(index)) }
      return encoding
    }
    for piece in template {
      switch piece {
      case .special(let ids, let typeID):
        if addSpecial { for id in ids { encoding.append(id, typeID: typeID) } }
      case .sequence(let index, let typeID):
        if index < runs.count { encoding.append(runs[index], typeID: typeID) }
      }
    }
    return encoding
  }
}
