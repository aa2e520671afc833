import Foundation
import Interpreter
import Syntax
import Terminal
import Testing

@testable import Session

/// The errors that need files, a setting or a great size; `docs/errors.md` shows the others.
@Suite("Errors") struct ErrorTests {
  /// What the tests below reach.
  static let reached =
    deep.map(\.0) + folders.map(\.0) + ["E0403", "E0506", "E0580", "E0581", "E0701", "E0800"]

  private static func codes(
    _ text: String, script: String? = nil, isSandboxed: Bool = false
  ) throws -> [String] {
    var options = SessionOptions()
    options.script = script
    options.isSandboxed = isSandboxed
    let session = try Session(options: options, console: Capture().console)
    return ErrorListTests.codes(text, in: session, name: script ?? "example")
  }

  static let deep: [(String, String)] = [
    ("E0108", String(repeating: "\"\\(", count: 30) + "1" + String(repeating: ")\"", count: 30)),
    ("E0218", String(repeating: "(", count: 300) + "1" + String(repeating: ")", count: 300)),
    ("E0219", "1" + String(repeating: " + 1", count: 600)),
    ("E0509", "x = [1]; for i in range(10001) { x = [x] }\nx == (x + [])"),
  ]

  @Test(arguments: deep)
  func depthIsBounded(code: String, text: String) throws {
    let found = Program.onDeepStack {
      ((try? Self.codes(text)) ?? []).contains(code) ? 0 : 1
    }
    #expect(found == 0, "\(code) is not reached")
  }

  /// Folders that `save` wrote, and what to put in place of what in their configuration.
  static let folders: [(String, file: String, from: String, to: String)] = [
    ("E0703", "full/config.json", "\"bert\"", "\"elmo\""),
    ("E0714", "full/config.json", "\"num_hidden_layers\": 2", "\"num_hidden_layers\": \"two\""),
    ("E0704", "part/adapter_config.json", "\"LORA\"", "\"LORE\""),
    ("E0705", "part/adapter_config.json", "\"tiny-bert\"", "\"huge-bert\""),
    ("E0706", "part/adapter_config.json", "\"query\",", "\"quarry\","),
    ("E0715", "part/adapter_config.json", "\"peft_type\"", "\"use_qalora\": true, \"peft_type\""),
  ]

  @Test(arguments: folders)
  func aFolderIsWrong(code: String, file: String, from: String, to: String) throws {
    let folder = try Folder()
    let session = try Session(console: Capture().console)
    session.paths.outputFolder = folder.path
    let saving = """
      model = load("tiny-bert");
      save(model, "full");
      save(model |> lora(), "part");
      """
    #expect(ErrorListTests.codes(saving, in: session) == [])
    var text = try folder.read(file)
    #expect(text.contains(from))
    text = text.replacing(from, with: to).replacing("\"value\"", with: "\"volume\"")
    try folder.write(text, to: file)
    let path = folder[String(file.prefix(4))]
    #expect(ErrorListTests.codes("load(\"\(path)\")", in: session) == [code])
  }

  @Test func importsInACircle() throws {
    let folder = try Folder(["a.peft": "import \"b.peft\"", "b.peft": "import \"a.peft\""])
    #expect(try Self.codes("import \"a.peft\"", script: folder["main.peft"]) == ["E0581"])
  }

  @Test func theSandboxIsKept() throws {
    #expect(try Self.codes("read(\"/etc/passwd\")", isSandboxed: true) == ["E0701"])
  }

  @Test func aSessionCommandIsUnknown() throws {
    let capture = Capture()
    let session = try Session(console: capture.console)
    #expect(SessionCommands(session).run(":undoo") == .failed)
    #expect(capture.err.contains("E0800"))
    #expect(capture.err.contains("did you mean `:undo`?"))
  }

  /// Guards behind other checks, which only a program that holds an interpreter can meet.
  @Test func guards() throws {
    let session = try Session(console: Capture().console)
    let interpreter = session.interpreter
    // The parser refuses this and keeps the statement.
    let outside = Parser.parse(Source("param A = 1")).statements
    var code = ""
    for statement in outside { _ = session.run(statement) { code = $0.diagnostic.code } }
    #expect(code == "E0403")
    let mistake = #expect(throws: Mistake.self) {
      _ = try interpreter.variable(from: .string("a"))
    }
    #expect(mistake?.code == "E0506")
    interpreter.readImport = nil
    #expect(ErrorListTests.codes("import \"a.peft\"", in: session) == ["E0580"])
  }

  /// The calls that led to an error are named as a user would name them.
  @Test func callsAreNamed() throws {
    let capture = Capture()
    let session = try Session(console: capture.console)
    let text = """
      module Wrong(base) {
        fn forward(x) = base(x) @ ones([3])
      }
      fn use(model) = map([1], n -> model(\"a text\"))
      model = load(\"tiny-bert\") |> replace(\"blocks.0.attn.q\", layer -> Wrong(layer))
      use(model)
      """
    _ = session.feed(Source(text, name: "lesson.peft"))
    let calls = capture.err.split(separator: "\n").filter { $0.hasPrefix("  in ") }.map(String.init)
    #expect(
      calls.first
        == "  in `Wrong.forward` of `blocks.0.attn.q`, called at library/models/bert.peft:24")
    #expect(
      calls.suffix(2) == [
        "  in a lambda, called at lesson.peft:4", "  in `use`, called at lesson.peft:6",
      ])
  }
}
