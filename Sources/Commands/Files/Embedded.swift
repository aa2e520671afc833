import Checkpoints
import Interpreter
import Library
import Syntax

/// What travels in the binary: the part written in the language, the tiny models, the data.
public enum Embedded {
  /// Every embedded file by its path below the library's folder.
  public static func file(_ path: String) -> ByteRegion? {
    for index in 0..<Int(library_file_count()) {
      guard let entry = library_file(Int32(index)), let name = entry.pointee.path,
        let bytes = entry.pointee.bytes
      else { continue }
      if String(cString: name) == path {
        return ByteRegion(owner: Owner.shared, start: bytes, count: Int(entry.pointee.count))
      }
    }
    return nil
  }

  public static var paths: [String] {
    (0..<Int(library_file_count())).compactMap { index in
      library_file(Int32(index)).flatMap { $0.pointee.path }.map { String(cString: $0) }
    }
  }

  /// The folders with a config.json: models that `load` knows by name.
  public static var modelNames: [String] {
    paths.compactMap { path in
      let parts = path.split(separator: "/")
      return parts.count == 3 && parts[0] == "data" && parts[2] == "config.json" ? String(parts[1]) : nil
    }
  }

  /// The data files that `read` knows by name.
  public static var dataNames: [String] {
    paths.filter { $0.hasPrefix("data/") && $0.hasSuffix(".tsv") }.map {
      String($0.dropFirst(5).dropLast(4))
    }
  }

  static func model(_ name: String) -> FileBundle? {
    guard modelNames.contains(name) else { return nil }
    var files: [String: ByteRegion] = [:]
    let prefix = "data/\(name)/"
    for path in paths where path.hasPrefix(prefix) {
      files[String(path.dropFirst(prefix.count))] = file(path)
    }
    return FileBundle(name: name, files: files)
  }

  /// Runs the library's files: models, methods and tasks become names that every session knows.
  public static func loadLibrary(into interpreter: Interpreter) throws {
    for path in paths where path.hasSuffix(".peft") {
      guard let region = file(path) else { continue }
      let source = Source(String(decoding: region.bytes, as: UTF8.self), name: "library/\(path)")
      let parsed = Parser.parse(source)
      if let first = parsed.errors.first { throw Failure(first) }
      try interpreter.run(parsed.statements, in: interpreter.library)
    }
  }

  /// The embedded bytes live as long as the process.
  private final class Owner: Sendable {
    static let shared = Owner()
  }
}
