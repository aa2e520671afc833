import Foundation
import Interpreter

/// Where files are looked for and written: reads try the script's own folder, then the working directories; what is
/// written goes to the output folder.
public final class Paths {
  public var readFolders: [String]
  public var outputFolder: String
  /// Refuses every path outside these folders.
  public var isSandboxed = false

  public init(readFolders: [String], outputFolder: String) {
    self.readFolders = readFolders
    self.outputFolder = outputFolder
  }

  public static func standard(script: String? = nil) -> Paths {
    let current = FileManager.default.currentDirectoryPath
    var folders: [String] = []
    if let script { folders.append((absolute(script, in: current) as NSString).deletingLastPathComponent) }
    if folders != [current] { folders.append(current) }
    return Paths(readFolders: folders, outputFolder: current)
  }

  /// The first place where `path` is; nil if it is nowhere.
  public func existing(_ path: String) throws -> String? {
    for folder in readFolders + [outputFolder] {
      let candidate = Paths.absolute(expanded(path), in: folder)
      if FileManager.default.fileExists(atPath: candidate) {
        try check(candidate, path)
        return candidate
      }
    }
    return nil
  }

  public func readable(_ path: String, argument: String? = nil) throws -> String {
    if let found = try existing(path) { return found }
    throw Mistake(
      "there is no file or folder \"\(path)\"", code: "E0700",
      note: "looked in " + readFolders.joined(separator: ", "), fix: near(path), argument: argument)
  }

  public func writable(_ path: String) throws -> String {
    let result = Paths.absolute(expanded(path), in: outputFolder)
    try check(result, path)
    return result
  }

  private func expanded(_ path: String) -> String { (path as NSString).expandingTildeInPath }

  static func absolute(_ path: String, in folder: String) -> String {
    let joined = path.hasPrefix("/") ? path : folder + "/" + path
    return (joined as NSString).standardizingPath
  }

  private func check(_ path: String, _ written: String) throws {
    guard isSandboxed else { return }
    // Links are resolved, so that none leads out.
    let real = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    let folders = (readFolders + [outputFolder]).map {
      URL(fileURLWithPath: $0).resolvingSymlinksInPath().path
    }
    if folders.contains(where: { real == $0 || real.hasPrefix($0 + "/") }) { return }
    var allowed: [String] = []
    for folder in folders where !allowed.contains(folder) { allowed.append(folder) }
    throw Mistake(
      "\"\(written)\" is outside the folders that the sandbox allows", code: "E0701",
      note: "allowed: " + allowed.joined(separator: ", "))
  }

  /// The existing names most like the missing one, in the folder that it should be in.
  func near(_ path: String) -> String? {
    for folder in readFolders {
      let full = Paths.absolute(expanded(path), in: folder)
      let parent = (full as NSString).deletingLastPathComponent
      guard let names = try? FileManager.default.contentsOfDirectory(atPath: parent) else { continue }
      if let match = Suggestion.nearest((full as NSString).lastPathComponent, names) {
        return "did you mean \"\((path as NSString).deletingLastPathComponent.isEmpty ? match : (path as NSString).deletingLastPathComponent + "/" + match)\"?"
      }
    }
    return nil
  }
}
