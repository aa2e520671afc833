import Glibc

/// Colours by what a text means, and whether the terminal shows anything but ASCII.
///
/// Callers name roles, never colours. A style without colour returns every text unchanged.
public struct Style: Equatable, Sendable {
  public enum Role: Hashable, Sendable, CaseIterable {
    case error, warning, note, success
    case prompt, heading, dim, strong
    case number, string, keyword, name
  }

  public var usesColor: Bool
  public var usesUnicode: Bool

  public init(usesColor: Bool, usesUnicode: Bool = true) {
    self.usesColor = usesColor
    self.usesUnicode = usesUnicode
  }

  /// No colour: files, pipes, golden output.
  public static let plain = Style(usesColor: false)

  /// What suits the output behind `descriptor`.
  ///
  /// Colour wants a terminal that is not `dumb`, no `NO_COLOR` (https://no-color.org: set and not
  /// empty) and no `--no-color`. Unicode is assumed unless the locale names another character set.
  public static func detect(
    descriptor: Int32 = STDOUT_FILENO, noColor: Bool = false,
    environment: [String: String] = processEnvironment()
  ) -> Style {
    detect(isTerminal: isTerminal(descriptor), noColor: noColor, environment: environment)
  }

  static func detect(isTerminal: Bool, noColor: Bool, environment: [String: String]) -> Style {
    let terminal = environment["TERM"] ?? "dumb"
    let forbids = !(environment["NO_COLOR"] ?? "").isEmpty
    return Style(
      usesColor: isTerminal && !noColor && !forbids && terminal != "dumb" && !terminal.isEmpty,
      usesUnicode: localeIsUnicode(environment))
  }

  /// `text` in the colour of its role.
  public func callAsFunction(_ role: Role, _ text: String) -> String {
    colored(text, role.code)
  }

  /// `text` in the colour of the data series with this index; colours repeat after six.
  public func series(_ index: Int, _ text: String) -> String {
    let colors = ["36", "33", "35", "32", "34", "31"]
    return colored(text, colors[((index % colors.count) + colors.count) % colors.count])
  }

  func colored(_ text: String, _ code: String) -> String {
    usesColor && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }
}

extension Style.Role {
  // ECMA-48 SGR parameters from the eight basic colours, which every palette keeps readable.
  fileprivate var code: String {
    switch self {
    case .error: "1;31"
    case .warning: "33"
    case .note: "36"
    case .success: "32"
    case .prompt: "1;34"
    case .heading: "1"
    case .dim: "2"
    case .strong: "1"
    case .number: "36"
    case .string: "32"
    case .keyword: "35"
    case .name: "34"
    }
  }
}

// The first variable that is set decides (POSIX, 8.2). None set says nothing against Unicode.
private func localeIsUnicode(_ environment: [String: String]) -> Bool {
  let names = ["LC_ALL", "LC_CTYPE", "LANG"]
  guard let locale = names.lazy.compactMap({ environment[$0] }).first(where: { !$0.isEmpty })
  else { return true }
  let lowered = locale.lowercased()
  return lowered.contains("utf-8") || lowered.contains("utf8")
}
