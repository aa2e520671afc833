/// Letters as strokes, for pictures of pixels: this project's own, so that a plot needs no font file.
///
/// A letter stands on a grid: two digits a point (x from 0 to 4; y from 0, the capitals' top, to 6, the line, and 8, below
/// it), blanks between its strokes. Letters with accents lose them; what has no strokes is a box.
enum StrokeFont {
  /// The strokes of a text in points about its place, its middle line at height 0.
  static func strokes(_ text: String, size: Double, anchor: Drawing.Anchor) -> [[Drawing.Point]] {
    let unit = size / 9
    let glyphs = text.map { parsed(glyph($0)) }
    let width = max(0, glyphs.map(advance).reduce(0, +) - gap)
    var x: Double
    switch anchor {
    case .start: x = 0
    case .middle: x = -width / 2
    case .end: x = -width
    }
    var strokes: [[Drawing.Point]] = []
    for glyph in glyphs {
      strokes += glyph.map { stroke in
        stroke.map { Drawing.Point((x + $0.x - left(glyph)) * unit, ($0.y - 3) * unit) }
      }
      x += advance(glyph)
    }
    return strokes
  }

  /// How wide a text is in points.
  static func width(_ text: String, size: Double) -> Double {
    max(0, text.map { advance(parsed(glyph($0))) }.reduce(0, +) - gap) * size / 9
  }

  private static let gap = 1.8
  private static let blank = 3.0

  private static func advance(_ glyph: [[Drawing.Point]]) -> Double {
    (glyph.joined().map(\.x).max() ?? blank - gap) - left(glyph) + gap
  }

  private static func left(_ glyph: [[Drawing.Point]]) -> Double {
    glyph.joined().map(\.x).min() ?? 0
  }

  private static func parsed(_ text: String) -> [[Drawing.Point]] {
    text.split(separator: " ").map { stroke in
      let digits = stroke.compactMap(\.wholeNumberValue)
      return stride(from: 0, to: digits.count - 1, by: 2).map {
        Drawing.Point(Double(digits[$0]), Double(digits[$0 + 1]))
      }
    }
  }

  private static func glyph(_ character: Character) -> String {
    if let known = glyphs[character] { return known }
    let names = ["×": "x", "−": "-", "–": "-", "—": "-", "·": ".", "’": "'", "µ": "u"]
    if let like = names[String(character)], let known = glyphs[Character(like)] { return known }
    return glyphs[plain(character) ?? " "].flatMap { $0.isEmpty ? nil : $0 } ?? "0040460600"
  }

  /// The letter under the accents, by Unicode's name for it.
  private static func plain(_ character: Character) -> Character? {
    guard let name = character.unicodeScalars.first?.properties.name,
      let match = name.firstMatch(of: /^LATIN (SMALL|CAPITAL) LETTER ([A-Z])\b/)
    else { return nil }
    let letter = String(match.output.2)
    return Character(match.output.1 == "SMALL" ? letter.lowercased() : letter)
  }

  private static let glyphs: [Character: String] = [
    " ": "", "A": "0602204246 0444", "B": "00063645443303 0030414233", "C": "4130100105163645",
    "D": "00062644422000", "E": "40000646 0333", "F": "400006 0333",
    "G": "41301001051636454323", "H": "0006 4046 0343", "I": "1030 2026 1636", "J": "4045361605",
    "K": "0006 400346", "L": "000646", "M": "0600234046", "N": "06004640",
    "O": "103041453616050110", "P": "06003041423303", "Q": "103041453616050110 2446",
    "R": "06003041423303 2346", "S": "413010010213334445361605", "T": "0040 2026",
    "U": "000516364540", "V": "002640", "W": "0016233640", "X": "0046 4006", "Y": "002340 2326",
    "Z": "00400646",
    "a": "12324346 441405163645", "b": "0006 0312324345361605", "c": "4332120305163645",
    "d": "4046 4332120305163645", "e": "04444332120305163645", "f": "30201116 0232",
    "g": "4247381807 4332120305163645", "h": "0006 0312324346", "i": "2226 20",
    "j": "22271808 20", "k": "0006 320436", "l": "202536", "m": "0206 03122326 23324346",
    "n": "0206 0312324346", "o": "123243453616050312", "p": "0208 0312324345361605",
    "q": "4248 4332120305163645", "r": "0206 03123243", "s": "43321203143445361605",
    "t": "20253645 1242", "u": "0205163645 4246", "v": "022642", "w": "0216243642",
    "x": "0246 4206", "y": "0226 4208", "z": "02420646",
    "0": "103041453616050110", "1": "112026 1636", "2": "01103041420646",
    "3": "01103041423323 334445361605", "4": "36300444", "5": "400002324345361605",
    "6": "413010010516364544331304", "7": "004016",
    "8": "103041423313020110 3344453616050413", "9": "051636454130100102133342",
    ".": "26", ",": "2617", ":": "23 26", ";": "23 2617", "!": "2024 26",
    "?": "01103041422324 26", "-": "1333", "+": "2125 0343", "=": "0242 0444",
    "*": "2125 0244 0442", "/": "0640", "\\": "0046", "|": "2027", "(": "30212536",
    ")": "10212516", "[": "30101636", "]": "10303616", "{": "30202213242636",
    "}": "10202233242616", "<": "410345", ">": "014305", "_": "0747", "'": "2022",
    "\"": "1012 3032", "`": "1021", "^": "022042", "~": "0413243342",
    "#": "1016 3036 0242 0444", "$": "413010010213334445361605 2027", "%": "0640 00 46",
    "&": "461120310405163644", "@": "4536160501103041433424222333", "…": "06 26 46",
  ]
}
