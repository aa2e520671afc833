/// What can go wrong between the program and its terminal.
public enum TerminalError: Error, Equatable, CustomStringConvertible {
  case read(reason: String)
  case write(reason: String)

  public var description: String {
    switch self {
    case .read(let reason): "The input cannot be read: \(reason)."
    case .write(let reason): "The output cannot be written: \(reason)."
    }
  }
}
