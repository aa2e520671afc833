import Foundation
import Testing

@testable import Session

@Suite("Word lists of the editors' grammars") struct EditorGrammarListTests {
  private static let folder = goldenFolder + "/../../grammar/"

  /// Where one is stale, `scripts/write-grammars` mends it.
  @Test(arguments: EditorGrammars.files)
  func isFresh(_ name: String) throws {
    let text = try String(contentsOfFile: Self.folder + name, encoding: .utf8)
    #expect(EditorGrammars.updated(text) == text, "run scripts/write-grammars")
  }

  /// A list that went stale is found and written anew.
  @Test func aStaleListIsWritten() throws {
    let folder = try Folder()
    try FileManager.default.createDirectory(
      atPath: folder["tree-sitter/queries"], withIntermediateDirectories: true)
    for name in EditorGrammars.files {
      let text = try String(contentsOfFile: Self.folder + name, encoding: .utf8)
      let stale = text.replacing("KiB", with: "KB").replacing("continue", with: "kontinue")
      #expect(stale != text, "\(name) holds no list")
      try folder.write(stale, to: name)
    }
    #expect(runTool("--write-grammars", folder.path).status == 0)
    for name in EditorGrammars.files {
      let written = try folder.read(name)
      #expect(written.contains(name.hasSuffix("scm") ? "continue" : "KiB"), "\(name)")
      #expect(EditorGrammars.updated(written) == written)
    }
  }
}
