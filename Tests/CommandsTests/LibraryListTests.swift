import Foundation
import Testing

@testable import Commands

/// What is embedded is what the folder holds: `scripts/embed-library` was run after the last change.
@Test func theLibraryEmbedsExactlyTheFilesOfItsFolder() throws {
  let root = Package.root + "/Sources/Library"
  var found: [String] = []
  for folder in ["models", "methods", "tasks", "data"] {
    let inner = FileManager.default.enumerator(atPath: "\(root)/\(folder)")
    while let name = inner?.nextObject() as? String {
      var isFolder: ObjCBool = false
      let path = "\(root)/\(folder)/\(name)"
      if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue {
        found.append("\(folder)/\(name)")
      }
    }
  }
  #expect(found.sorted() == Embedded.paths.sorted())
}

@Test func embeddedFilesHaveTheBytesOfTheFolder() throws {
  for path in Embedded.paths {
    let region = try #require(Embedded.file(path))
    let data = try Data(contentsOf: URL(fileURLWithPath: "\(Package.root)/Sources/Library/\(path)"))
    #expect(region.array == Array(data), "\(path)")
  }
}
