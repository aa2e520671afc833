/// A mistake in a data file or in what was asked of a dataset: where, what, and what to do.
public struct DatasetError: Error, Equatable, Sendable {
  /// The file, or the dataset's name.
  public let path: String
  /// The line, counted from 1.
  public let line: Int?
  /// The start of the offending line.
  public let excerpt: String?
  public let problem: String
  public let remedy: String

  public init(
    path: String, line: Int? = nil, excerpt: String? = nil, _ problem: String, remedy: String
  ) {
    self.path = path
    self.line = line
    self.excerpt = excerpt.map(DatasetError.shortened)
    self.problem = problem
    self.remedy = remedy
  }

  private static func shortened(_ text: String) -> String {
    text.count <= 60 ? text : text.prefix(57) + "..."
  }
}

extension DatasetError: CustomStringConvertible {
  /// `reviews.tsv:12: the problem. The remedy.` and the line below.
  public var description: String {
    let place = line.map { "\(path):\($0)" } ?? path
    let quote = excerpt.map { "\n  | \($0)" } ?? ""
    return "\(place): \(problem) \(remedy)\(quote)"
  }
}
