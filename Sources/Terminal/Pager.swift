import Glibc

/// Shows long text a screen at a time.
public enum Pager {
  /// Shows `text` through `$PAGER`, or `less -FRX`, if the output is a terminal that it does not
  /// fit on; else, or without a working pager, writes it.
  ///
  /// - Throws: `TerminalError.write` if the output takes no more.
  public static func show(
    _ text: String, descriptor: Int32 = STDOUT_FILENO,
    environment: [String: String] = processEnvironment()
  ) throws(TerminalError) {
    let text = text.isEmpty || text.hasSuffix("\n") ? text : text + "\n"
    let size = isTerminal(descriptor) ? TerminalSize.current(descriptor: descriptor) : nil
    if let command = command(for: text, on: size, environment: environment),
      page(text, through: command)
    {
      return
    }
    try write(text, to: descriptor)
  }

  /// The pager to run; nil to write directly.
  static func command(
    for text: String, on size: TerminalSize?, environment: [String: String]
  ) -> String? {
    guard let size, rows(of: text, width: size.columns) >= size.rows else { return nil }
    let kind = environment["TERM"] ?? ""
    guard !kind.isEmpty, kind != "dumb" else { return nil }
    let chosen = environment["PAGER"] ?? "less -FRX"
    let isBlank = chosen.allSatisfy(\.isWhitespace)
    if isBlank || chosen == "cat" { return nil }
    // A bare `less` would show colours as escape codes and leave nothing on the screen.
    return chosen == "less" && environment["LESS"] == nil ? "less -FRX" : chosen
  }

  static func rows(of text: String, width: Int) -> Int {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    let width = max(1, width)
    return lines.reduce(0) { $0 + max(1, (displayWidth(String($1)) + width - 1) / width) }
  }

  // The shell runs it, because `$PAGER` may hold arguments. It stays in the session's process
  // group: a pager in another one could not read the terminal.
  private static func page(_ text: String, through command: String) -> Bool {
    // Leaving the pager early closes the pipe, and Ctrl-C is the pager's meanwhile. Handlers that
    // do nothing, because the pager would inherit signals that are ignored.
    let previous = [SIGPIPE, SIGINT].map { ($0, Self.replaceHandler(of: $0)) }
    defer {
      for (signal, var action) in previous { sigaction(signal, &action, nil) }
    }
    guard let pipe = popen(command, "we") else { return false }
    fputs(text, pipe)
    let status = pclose(pipe)
    let commandNotFound = 127 << 8  // as the shell reports it (POSIX, 2.8.2)
    return status != -1 && Int(status) != commandNotFound
  }

  private static func replaceHandler(of signal: Int32) -> sigaction {
    var nothing = sigaction()
    nothing.__sigaction_handler.sa_handler = { _ in }
    nothing.sa_flags = SA_RESTART
    var previous = sigaction()
    sigaction(signal, &nothing, &previous)
    return previous
  }
}
