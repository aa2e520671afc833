/// Where a padded text stands in its field.
public enum Alignment: Sendable { case left, right, center }

extension String {
  /// Spaces added up to `width` columns; a longer text stays as it is.
  public func padded(to width: Int, _ alignment: Alignment = .left) -> String {
    let missing = max(0, width - displayWidth(self))
    switch alignment {
    case .left: return self + String(repeating: " ", count: missing)
    case .right: return String(repeating: " ", count: missing) + self
    case .center:
      let before = missing / 2
      return String(repeating: " ", count: before) + self
        + String(repeating: " ", count: missing - before)
    }
  }

  /// At most `width` columns, `mark` standing for what was cut. Colours stay and are closed.
  public func truncated(to width: Int, mark: String = "…") -> String {
    guard displayWidth(self) > width else { return self }
    let room = width - displayWidth(mark)
    guard room >= 0 else { return "" }
    var kept = ""
    var used = 0
    var isFull = false
    for piece in TextPieces(self) {
      if piece.isEscape {
        kept += piece.text  // also those after the cut: they end the colour
        continue
      }
      if isFull { continue }
      if used + piece.width > room {
        kept += mark
        isFull = true
      } else {
        kept += piece.text
        used += piece.width
      }
    }
    return kept
  }

  /// Lines of at most `width` columns, broken at spaces where there are any. Newlines stay breaks.
  public func wrapped(to width: Int) -> [String] {
    split(separator: "\n", omittingEmptySubsequences: false).flatMap {
      wrapLine(String($0), to: max(width, 1))
    }
  }

  func trimmingTrailingSpaces() -> String {
    var end = endIndex
    while end > startIndex, self[index(before: end)] == " " { end = index(before: end) }
    return String(self[..<end])
  }
}

private func wrapLine(_ line: String, to width: Int) -> [String] {
  var lines: [String] = []
  var current = ""
  let words = line.split(separator: " ", omittingEmptySubsequences: false)
  for (index, word) in words.enumerated() {
    let joined = index == 0 ? String(word) : current + " " + word
    if displayWidth(joined) <= width {
      current = joined
      continue
    }
    if !current.isEmpty { lines.append(current) }
    current = ""
    for piece in TextPieces(String(word)) {
      if displayWidth(current) + piece.width > width, !current.isEmpty {
        lines.append(current)
        current = ""
      }
      current += piece.text
    }
  }
  return lines + [current]
}

/// `value` with exactly `decimals` digits behind the point, never a negative zero.
func fixed(_ value: Double, _ decimals: Int) -> String {
  let text = formatted("%.\(max(0, decimals))f", value)
  let isZero = text.hasPrefix("-") && text.allSatisfy { "-0.".contains($0) }
  return isZero ? String(text.dropFirst()) : text
}

/// A short form of `value` with at most `digits` significant digits.
func compact(_ value: Double, digits: Int = 4) -> String {
  if value.isNaN { return "nan" }
  if value.isInfinite { return value < 0 ? "-inf" : "inf" }
  let text = formatted("%.\(digits)g", value)
  return text == "-0" ? "0" : text
}
