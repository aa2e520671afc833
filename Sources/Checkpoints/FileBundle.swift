/// Named files in memory, such as those embedded in the binary; used wherever a folder is.
///
/// Names may contain slashes (`"tiny-bert/config.json"`); `folder("tiny-bert")` is the part below.
public struct FileBundle: Sendable {
  /// What errors call the bundle.
  public let name: String
  private let files: [String: ByteRegion]

  public init(name: String, files: [String: ByteRegion]) {
    self.name = name
    self.files = files
  }

  public var fileNames: [String] { files.keys.sorted() }

  public subscript(name: String) -> ByteRegion? { files[name] }

  /// The files whose names begin with `path + "/"`, under the rest of their names.
  public func folder(_ path: String) -> FileBundle {
    let prefix = path + "/"
    var inner: [String: ByteRegion] = [:]
    for (name, region) in files where name.hasPrefix(prefix) {
      inner[String(name.dropFirst(prefix.count))] = region
    }
    return FileBundle(name: "\(name)/\(path)", files: inner)
  }
}
