/// A file as columns and records of text, before anything is known of what they mean.
struct Table {
  struct Record {
    let line: Int
    /// One value a column; nil where a JSON object lacks the key or holds null.
    let fields: [String?]
    /// The record as it begins in the file, for messages.
    let excerpt: String
  }

  var columns: [String]
  var records: [Record]
  /// False where columns are only numbered.
  var hasNames: Bool
}
