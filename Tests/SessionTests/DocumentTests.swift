import Foundation
import Interpreter
import Synchronization
import Syntax
import Testing

@testable import Session

/// A page under `docs/` whose code blocks are true.
private struct Page {
  let text: String

  init(_ name: String) throws {
    text = try String(contentsOfFile: goldenFolder + "/../../docs/" + name, encoding: .utf8)
  }

  /// The text of the blocks marked `peft`, every other line left empty, so that lines keep their numbers.
  var program: String {
    var isCode = false
    return text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      if line.hasPrefix("```") {
        isCode = line == "```peft"
        return ""
      }
      return isCode ? String(line) : ""
    }.joined(separator: "\n")
  }
}

@Suite("The tour of the language") struct TourTests {
  @Test func everyBlockPrintsWhatItSays() throws {
    let source = Source(try Page("language.md").program, name: "docs/language.md")
    var options = SessionOptions()
    options.math = .exact
    let result = try GoldenScript(source, options: options).run()
    #expect(result.blocks.count > 60)
    for mismatch in result.mismatches {
      Issue.record("line \(mismatch.line): \(mismatch.actual.joined(separator: "\n"))")
    }
    #expect(result.complaints == [])
  }
}

@Suite("The list of errors") struct ErrorListTests {
  struct Section: Sendable, CustomTestStringConvertible {
    let code: String
    let example: String?
    var testDescription: String { code }
  }

  static let sections: [Section] = {
    let text = (try? Page("errors.md"))?.text ?? ""
    return text.components(separatedBy: "\n### ").dropFirst().map { part in
      let block = part.firstMatch(of: /```peft\n((?s:.*?))\n```/).map { String($0.output.1) }
      return Section(code: String(part.prefix(5)), example: block)
    }
  }()

  /// The codes that a text gives, in order; it goes on behind errors.
  static func codes(_ text: String, in session: Session, name: String = "example") -> [String] {
    let parsed = Parser.parse(Source(text, name: name))
    if !parsed.diagnostics.isEmpty { return parsed.diagnostics.map(\.code) }
    var codes: [String] = []
    for statement in parsed.statements {
      _ = session.run(statement) { codes.append($0.diagnostic.code) }
    }
    return codes
  }

  /// Every code in the sources, and no other.
  @Test func isWhole() throws {
    let folder = URL(fileURLWithPath: goldenFolder + "/../../Sources")
    var found: Set<String> = []
    let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    for case let file as URL in files ?? .init() where file.pathExtension == "swift" {
      let text = try String(contentsOf: file, encoding: .utf8)
      for match in text.matches(of: /"([EW][0-9]{4})"/) { found.insert(String(match.output.1)) }
    }
    let listed = Self.sections.map(\.code)
    #expect(found.subtracting(listed).sorted() == [], "missing in docs/errors.md")
    #expect(Set(listed).subtracting(found).sorted() == [], "in no source")
    #expect(Set(listed).count == listed.count, "listed twice")
  }

  @Test(arguments: sections.filter { $0.example != nil })
  func theExampleGivesItsCode(_ section: Section) throws {
    let folder = try Folder()
    let session = try Session(console: Capture().console)
    session.paths.outputFolder = folder.path
    // Some are about depth, which wants the program's own stack.
    let found = Mutex<[String]>([])
    _ = Program.onDeepStack {
      found.withLock { $0 = Self.codes(section.example ?? "", in: session) }
      return 0
    }
    #expect(found.withLock(\.self) == [section.code])
  }

  /// Those that no few lines can show are reached in `ErrorTests`.
  @Test func whatHasNoExampleIsReached() {
    let bare = Self.sections.filter { $0.example == nil }.map(\.code)
    #expect(bare.sorted() == ErrorTests.reached.sorted())
  }
}
