import Tensor
import Terminal

/// What is fixed when a session starts.
public struct SessionOptions {
  public var math = Math.fast
  /// Nil leaves the language's own first seed.
  public var seed: UInt64?
  /// Refuses paths outside the script's folder and the working directory.
  public var isSandboxed = false
  /// The script whose folder is searched first.
  public var script: String?
  /// What a script sees as `args`.
  public var arguments: [String] = []

  public init() {}
}

/// Where a session's text goes, and what the place can show.
public struct Console {
  /// Results.
  public var out: (String) -> Void
  /// Errors and progress.
  public var err: (String) -> Void
  public var style: Style
  /// The style of `err`, which may be another terminal, or none.
  public var errStyle: Style
  /// Whether progress is one line that is redrawn, or a plain line every few seconds; nil shows none.
  public var redrawsProgress: Bool?
  /// Whether results go to a terminal, which breaks lines that are longer than it is wide.
  public var isTerminal = false
  /// Columns at this moment.
  public var width: () -> Int
  /// Shows a long text a screen at a time; nil prints it.
  public var page: ((String) -> Void)?

  public init(
    out: @escaping (String) -> Void, err: @escaping (String) -> Void, style: Style = .plain,
    errStyle: Style = .plain, redrawsProgress: Bool? = nil, width: @escaping () -> Int = { 80 }
  ) {
    self.out = out
    self.err = err
    self.style = style
    self.errStyle = errStyle
    self.redrawsProgress = redrawsProgress
    self.width = width
  }
}
