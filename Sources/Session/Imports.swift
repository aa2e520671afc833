import Commands
import Foundation
import Interpreter
import Syntax

/// Finds what `import` names: beside the importing file, then where every file is looked for.
struct Imports {
  let paths: Paths

  /// - Throws: `Mistake` with the folders that were searched, or what cannot be read.
  func source(of written: String, from span: Span) throws -> Source {
    let place = try locate(written, from: span.source.name)
    guard let bytes = FileManager.default.contents(atPath: place) else {
      throw Mistake("\"\(written)\" cannot be read", code: "E0702")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Mistake("\"\(written)\" is no UTF-8 text", code: "E0702")
    }
    return Source(text, name: shortened(place))
  }

  private func locate(_ written: String, from importer: String) throws -> String {
    let names = written.hasSuffix(".peft") ? [written] : [written, written + ".peft"]
    let folder = (importer as NSString).deletingLastPathComponent
    for name in names {
      if !folder.isEmpty, !name.hasPrefix("/"), let found = try file(folder + "/" + name) {
        return found
      }
      if let found = try file(name) { return found }
    }
    return try paths.readable(written)
  }

  /// A path that is a file, not a folder of the same name.
  private func file(_ path: String) throws -> String? {
    guard let found = try paths.existing(path) else { return nil }
    var isFolder: ObjCBool = false
    _ = FileManager.default.fileExists(atPath: found, isDirectory: &isFolder)
    return isFolder.boolValue ? nil : found
  }

  /// As seen from the working directory, since messages name it.
  private func shortened(_ path: String) -> String {
    let current = FileManager.default.currentDirectoryPath + "/"
    return path.hasPrefix(current) ? String(path.dropFirst(current.count)) : path
  }
}
