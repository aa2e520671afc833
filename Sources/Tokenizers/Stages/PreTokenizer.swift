/// How matches of a split become pieces.
enum SplitBehavior: String, Sendable {
  case removed = "Removed"
  case isolated = "Isolated"
  case mergedWithPrevious = "MergedWithPrevious"
  case mergedWithNext = "MergedWithNext"
  case contiguous = "Contiguous"
}

/// Where Metaspace puts its mark in front.
enum PrependScheme: String, Sendable {
  case always, first, never
}

/// The second stage: cuts normalised text into words.
indirect enum PreTokenizer: Sendable {
  case bert
  case whitespace
  case split(Pattern, SplitBehavior, inverted: Bool)
  case byteLevel(addsPrefixSpace: Bool, usesRegex: Bool)
  case metaspace(replacement: UInt32, scheme: PrependScheme, splits: Bool)
  case sequence([PreTokenizer])

  /// Whether words reach the model as one printable character a byte.
  var mapsBytes: Bool {
    switch self {
    case .byteLevel: true
    case .sequence(let stages): stages.last?.mapsBytes ?? false
    default: false
    }
  }

  func apply(_ words: inout Words) {
    switch self {
    case .bert: words.split { $0.bertPieces($1, &$2) }
    case .whitespace: words.split { $0.wordPieces($1, &$2) }
    case .split(let pattern, let behavior, let inverted):
      words.split(pattern, behavior, inverted: inverted)
    case .byteLevel(let addsPrefixSpace, let usesRegex):
      if addsPrefixSpace { words.prepend(0x20, scheme: .always) }
      if usesRegex { words.split(.gpt2, .isolated, inverted: false) }
    case .metaspace(let replacement, let scheme, let splits):
      words.replaceSpaces(by: replacement)
      words.prepend(replacement, scheme: scheme)
      if splits {
        var mark: [UInt8] = []
        UTF8Text.append(replacement, to: &mark)
        words.split(.literal(mark), .mergedWithNext, inverted: false)
      }
    case .sequence(let stages):
      for stage in stages { stage.apply(&words) }
    }
  }
}

extension Scanner {
  /// Words without white space, each punctuation mark a word of its own.
  func bertPieces(_ start: Int, _ pieces: inout [Piece]) {
    let classes = UnicodeTables.shared.classes
    let ends = ScalarClass([.whitespace, .punctuation]).rawValue
    var word = start
    var index = start
    while index < count {
      let at = index
      let kind = classes[Int(UTF8Text.scalar(bytes, &index))]
      guard kind & ends != 0 else { continue }
      if word < at { pieces.append(Piece(start: word, end: at)) }
      if kind & ScalarClass.whitespace.rawValue == 0 {
        pieces.append(Piece(start: at, end: index))
      }
      word = index
    }
    if word < count { pieces.append(Piece(start: word, end: count)) }
  }

  /// `\w+|[^\w\s]+`
  func wordPieces(_ start: Int, _ pieces: inout [Piece]) {
    let classes = UnicodeTables.shared.classes
    var word = start
    var index = start
    var kindOfWord: UInt16 = ScalarClass.whitespace.rawValue
    let wanted = ScalarClass([.word, .whitespace]).rawValue
    while index < count {
      let at = index
      let kind = classes[Int(UTF8Text.scalar(bytes, &index))] & wanted
      guard kind != kindOfWord else { continue }
      if kindOfWord != ScalarClass.whitespace.rawValue, word < at {
        pieces.append(Piece(start: word, end: at))
      }
      word = at
      kindOfWord = kind
    }
    if kindOfWord != ScalarClass.whitespace.rawValue, word < count {
      pieces.append(Piece(start: word, end: count))
    }
  }
}
