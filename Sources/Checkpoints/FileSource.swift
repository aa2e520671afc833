/// Where the files of a folder come from: a folder on disk, or a bundle in memory.
public enum FileSource: Sendable {
  case disk(String)
  case memory(FileBundle)

  /// What errors call it.
  public var description: String {
    switch self {
    case .disk(let path): return path
    case .memory(let bundle): return bundle.name
    }
  }

  public func path(of name: String) -> String { "\(description)/\(name)" }

  public var fileNames: [String] {
    switch self {
    case .disk(let path): return (try? FileSystem.list(path)) ?? []
    case .memory(let bundle): return bundle.fileNames
    }
  }

  public func contains(_ name: String) -> Bool {
    switch self {
    case .disk: return FileSystem.kind(of: path(of: name)) == .file
    case .memory(let bundle): return bundle[name] != nil
    }
  }

  /// The bytes of a file. Throws if it is missing, naming what is there instead.
  public func open(_ name: String, purpose: String) throws -> ByteRegion {
    if contains(name) {
      switch self {
      case .disk: return try MappedFile.open(path(of: name))
      case .memory(let bundle): if let region = bundle[name] { return region }
      }
    }
    if case .disk = self, FileSystem.kind(of: path(of: name)) == .folder {
      throw CheckpointError(
        path: path(of: name), "This is a folder; a file (\(purpose)) was expected here.",
        remedy: "Put the file in its place.")
    }
    throw CheckpointError(
      path: description, "'\(name)' (\(purpose)) was expected here; \(contents).",
      remedy: "Check the path, or put the missing file into the folder.")
  }

  /// "the folder holds a, b and 3 more files" for messages.
  var contents: String {
    let names = fileNames
    if names.isEmpty { return "there are no files here" }
    let shown = names.prefix(8).map { "'\($0.excerpt)'" }.joined(separator: ", ")
    return names.count <= 8
      ? "the folder holds \(shown)" : "the folder holds \(shown) and \(names.count - 8) more"
  }
}
