/// What went wrong with a checkpoint: which file, where in it, what, and what to do about it.
public struct CheckpointError: Error, Equatable, Sendable {
  /// The place inside a file or folder.
  public enum Location: Equatable, Sendable {
    case byte(Int)
    case tensor(String)
    case key(String)
  }

  /// The file or folder as the user would recognise it.
  public let path: String
  public let location: Location?
  /// One sentence: what was found, and what was expected.
  public let problem: String
  /// One sentence: what the user can do.
  public let remedy: String

  public init(path: String, at location: Location? = nil, _ problem: String, remedy: String) {
    self.path = path
    self.location = location
    self.problem = problem
    self.remedy = remedy
  }
}

extension CheckpointError: CustomStringConvertible {
  public var description: String {
    let place: String
    switch location {
    case .byte(let offset): place = ", byte \(offset)"
    case .tensor(let name): place = ", tensor '\(name.excerpt)'"
    case .key(let name): place = ", key '\(name.excerpt)'"
    case nil: place = ""
    }
    return "\(path)\(place): \(problem) \(remedy)"
  }
}

extension String {
  /// A name from an untrusted file, short enough to print.
  var excerpt: String { count <= 80 ? self : prefix(77) + "..." }
}
