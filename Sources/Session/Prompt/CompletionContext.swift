/// What the cursor stands in, judged from the text before it.
///
/// The scan knows strings, comments and brackets, nothing else, since what is being typed is seldom whole.
struct CompletionContext {
  enum Place: Equatable {
    /// A name, or the beginning of one.
    case name
    /// Behind the dot of a chain of names: `run.model.`.
    case member(of: [String])
    /// Inside a string; `opener` is the text before its quote.
    case string(opener: String)
    /// Nothing to complete: a number, a comment, text behind an expression that is no chain.
    case nothing
  }

  /// A call that is open at the cursor.
  struct Call: Equatable {
    /// `["run", "model"]` for `run.model(`.
    let callee: [String]
    /// What stands before the callee, such as a pipe.
    let before: String
    /// What stands behind the parenthesis.
    let inside: String
  }

  let place: Place
  /// The text that a candidate replaces.
  let prefix: String
  let call: Call?

  init(_ text: String) {
    let scan = Scan(text)
    call = scan.openCalls.last.flatMap { Self.call(at: $0, in: scan.characters) }
    if let quote = scan.openQuote {
      place = .string(opener: String(scan.characters[..<quote]))
      prefix = String(scan.characters[(quote + 1)...])
      return
    }
    if scan.isInComment {
      (place, prefix) = (.nothing, "")
      return
    }
    let characters = scan.characters
    let start = Self.wordStart(characters, before: characters.count)
    prefix = String(characters[start...])
    if prefix.first?.isNumber == true {
      place = .nothing
    } else if start > 0, characters[start - 1] == "." {
      let chain = Self.chain(characters, before: start - 1)
      place = chain.isEmpty ? .nothing : .member(of: chain)
    } else {
      place = .name
    }
  }

  private static func isWord(_ character: Character) -> Bool {
    character.isLetter || character.isNumber || character == "_"
  }

  private static func wordStart(_ characters: [Character], before end: Int) -> Int {
    var start = end
    while start > 0, isWord(characters[start - 1]) { start -= 1 }
    return start
  }

  /// The names `a.b.c` that end at `end`; empty where anything but names and dots is joined to them.
  static func chain(_ characters: [Character], before end: Int) -> [String] {
    var names: [String] = []
    var position = end
    while true {
      let start = wordStart(characters, before: position)
      guard start < position, !characters[start].isNumber else { return [] }
      names.insert(String(characters[start..<position]), at: 0)
      guard start > 0, characters[start - 1] == "." else {
        // `f(x).b` and `x[0].b` are no chains of names.
        return names
      }
      position = start - 1
    }
  }

  private static func call(at paren: Int, in characters: [Character]) -> Call? {
    let callee = chain(characters, before: paren)
    guard !callee.isEmpty else { return nil }
    let start = paren - callee.joined(separator: ".").count
    return Call(
      callee: callee, before: String(characters[..<start]),
      inside: String(characters[(paren + 1)...]))
  }
}

/// Strings, comments and open brackets of a text.
private struct Scan {
  let characters: [Character]
  private(set) var openQuote: Int?
  private(set) var isInComment = false
  /// The places of open parentheses, innermost last.
  private(set) var openCalls: [Int] = []

  init(_ text: String) {
    characters = Array(text)
    var brackets: [(character: Character, place: Int)] = []
    var position = 0
    while position < characters.count {
      let character = characters[position]
      if openQuote != nil {
        if character == "\\" { position += 1 } else if character == "\"" { openQuote = nil }
      } else if isInComment {
        if character.isNewline { isInComment = false }
      } else {
        switch character {
        case "\"": openQuote = position
        case "#": isInComment = true
        case "(", "[", "{": brackets.append((character, position))
        case ")", "]", "}": _ = brackets.popLast()
        default: break
        }
      }
      position += 1
    }
    openCalls = brackets.filter { $0.character == "(" }.map(\.place)
    // In a block or a list inside a call, the call's arguments are out of reach.
    if let last = brackets.last, last.character == "{" { openCalls = [] }
  }
}
