import Syntax

enum Suggestion {
  /// The candidate most like a name, if any is near.
  static func nearest(_ name: String, _ candidates: [String]) -> String? {
    didYouMean(name, candidates)
  }
}
