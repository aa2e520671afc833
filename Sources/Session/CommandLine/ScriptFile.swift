import Foundation
import Interpreter
import Syntax

/// A script as a file.
enum ScriptFile {
  struct Unreadable: Error, CustomStringConvertible {
    let description: String
  }

  /// - Throws: `Unreadable` with a sentence.
  static func read(_ path: String) throws -> Source {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw Unreadable(description: "there is no file \"\(path)\"")
    }
    guard !isFolder.boolValue else {
      throw Unreadable(description: "\"\(path)\" is a folder, not a script")
    }
    guard let bytes = FileManager.default.contents(atPath: path) else {
      throw Unreadable(description: "\"\(path)\" cannot be read")
    }
    return Source(try text(bytes, path), name: path)
  }

  static func text(_ bytes: Data, _ name: String) throws -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Unreadable(description: "\"\(name)\" is no UTF-8 text")
    }
    return text
  }

  /// What an error says outside any program.
  static func sentence(_ error: any Error) -> String {
    switch error {
    case let error as Unreadable: error.description
    case let failure as Failure: DiagnosticRenderer().render(failure.diagnostic)
    case let mistake as Mistake: mistake.message
    default: error.localizedDescription
    }
  }
}
