extension LineEditor {
  // Private sequences by which own functions reach libedit's, which has no call for that.
  static let earlierCell = "\u{1B}[9001~"
  static let laterCell = "\u{1B}[9002~"
  static let handOver = "\u{1B}[9003~"

  /// Keys and the functions behind them, where libedit's own defaults differ or are missing.
  static let bindings: [(keys: String, function: String)] =
    [
      ("^M", "cell-enter"), ("^J", "cell-enter"), ("\\e^M", "cell-newline"),
      ("\\e^J", "cell-newline"), ("^I", "cell-complete"), ("^C", "cell-interrupt"),
      ("^D", "cell-end"), ("^Z", "cell-suspend"), ("\\e[200~", "cell-paste"),
      ("}", "cell-closer"), (")", "cell-closer"), ("]", "cell-closer"),
      ("^A", "cell-line-start"), ("^E", "cell-line-end"),
      ("^P", "ed-prev-history"), ("^N", "ed-next-history"),
      ("\\e[9001~", "ed-prev-history"), ("\\e[9002~", "ed-next-history"),
      ("\\e[9003~", "ed-newline"),
      ("^R", "em-inc-search-prev"), ("^S", "em-inc-search-next"),
      ("^W", "ed-delete-prev-word"), ("^U", "vi-kill-line-prev"),
      ("\\e[3~", "ed-delete-next-char"),
      ("\\e[1;5C", "em-next-word"), ("\\e[1;5D", "ed-prev-word"),
    ] + cursorKeys

  // Terminals send these behind CSI or, in application mode, behind SS3.
  private static let cursorKeys: [(keys: String, function: String)] = [
    ("\\e[A", "cell-up"), ("\\e[B", "cell-down"), ("\\e[C", "ed-next-char"),
    ("\\e[D", "ed-prev-char"), ("\\e[H", "cell-line-start"), ("\\e[F", "cell-line-end"),
    ("\\eOA", "cell-up"), ("\\eOB", "cell-down"), ("\\eOC", "ed-next-char"),
    ("\\e[1~", "cell-line-start"), ("\\e[4~", "cell-line-end"),
    ("\\eOD", "ed-prev-char"), ("\\eOH", "cell-line-start"), ("\\eOF", "cell-line-end"),
  ]
}
