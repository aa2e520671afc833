import Foundation
import Tensor
import Testing

@testable import Session

@Suite struct CommandLineTests {
  @Test func codePrintsItsValue() {
    let result = runTool("-c", "x = 2\nx * 21")
    #expect(result.status == 0)
    #expect(result.out == "42\n")
    #expect(result.err == "")
  }

  @Test func codeSeesItsArguments() {
    #expect(runTool("-c", "args", "a", "--seed").out == "[\"a\", \"--seed\"]\n")
  }

  @Test func standardInputIsAScript() {
    #expect(runTool("-", input: "1 + 1\n\"a\"\n").out == "2\n\"a\"\n")
  }

  @Test func fileRunsWithArguments() throws {
    let folder = try Folder(["a.peft": "args\nlen(args)\n"])
    let result = runTool("--seed", "3", folder["a.peft"], "x", "-c")
    #expect(result.out == "[\"x\", \"-c\"]\n2\n")
  }

  @Test func failureStopsTheScriptAndAnswersOne() {
    let result = runTool("-c", "1\n1 / 0\n2")
    #expect(result.status == 1)
    #expect(result.out == "1\n")
    #expect(result.err.contains("error[E0505]: division by zero"))
    #expect(result.err.contains("--> <code>:2:1"))
  }

  @Test func quitEndsAScriptWithItsStatus() {
    let result = runTool("-c", "1\nfn leave() = quit(7)\nleave()\n2")
    #expect(result.status == 7)
    #expect(result.out == "1\n")
    #expect(result.err == "")
    #expect(runTool("-c", "quit(256)").status == 1)
  }

  @Test func syntaxErrorsAreAllReportedBeforeAnythingRuns() {
    let result = runTool("-c", "print(1)\ny =)\nz = [1\n")
    #expect(result.status == 65)
    #expect(result.out == "")
    #expect(result.err.contains("<code>:2:4"))
    #expect(result.err.contains("`[` is not closed"))
  }

  @Test(arguments: [
    ["--nope"], ["-c"], ["--seed"], ["--seed", "x"], ["--threads", "0"], ["--math", "quick"],
    ["test"], ["fmt"], ["--update"], ["/nonexistent/file.peft"],
  ])
  func usageMistakesAnswerTwo(_ words: [String]) {
    let capture = Capture()
    let tool = Tool(console: capture.console, readInput: { Data() }, prompt: { _, _ in 0 })
    #expect(tool.run(words) == 2)
    #expect(capture.err != "")
  }

  @Test func unknownOptionNamesANearOne() {
    #expect(runTool("--sanbox").err.contains("did you mean --sandbox?"))
  }

  @Test func optionsAreParsed() throws {
    let parsed = try Arguments(parsing: [
      "--json", "--no-color", "--sandbox", "--seed", "-5", "--threads", "3", "--math", "exact",
      "f.peft", "--json",
    ])
    #expect(parsed.action == .file("f.peft"))
    #expect(parsed.scriptArguments == ["--json"])
    #expect(parsed.asJSON && parsed.noColor && parsed.isSandboxed)
    #expect(parsed.seed == UInt64(bitPattern: -5))
    #expect(parsed.threads == 3)
    #expect(parsed.math == .exact)
    let test = try Arguments(parsing: ["test", "a", "--update", "b"])
    #expect(test.action == .test(paths: ["a", "b"], updates: true))
  }

  @Test func seedGivesTheSameNumbers() {
    let first = runTool("--seed", "3", "-c", "randn([3])").out
    #expect(first == runTool("--seed", "3", "-c", "randn([3])").out)
    #expect(first == runTool("-c", "seed(3)\nrandn([3])").out)
    #expect(first != runTool("--seed", "4", "-c", "randn([3])").out)
  }

  @Test func sandboxRefusesOtherFolders() {
    let result = runTool("--sandbox", "-c", "read(\"/etc/passwd\")")
    #expect(result.status == 1)
    #expect(result.err.contains("outside the folders that the sandbox allows"))
  }

  @Test func formatWritesStandardOutput() {
    let result = runTool("fmt", "-", input: "x=1\ny  =2;")
    #expect(result.out == "x = 1\ny = 2;\n")
    #expect(result.status == 0)
  }

  @Test func formatLeavesFilesWithErrors() throws {
    let folder = try Folder(["good.peft": "x=1", "bad.peft": "x=("])
    let result = runTool("fmt", folder["bad.peft"], folder["good.peft"])
    #expect(result.status == 65)
    #expect(try folder.read("bad.peft") == "x=(")
    #expect(try folder.read("good.peft") == "x = 1\n")
  }

  @Test func helpAndVersionSucceed() {
    #expect(runTool("--help").out.hasPrefix("usage: peft-repl"))
    #expect(runTool("--version").out == "peft-repl \(Tool.version)\n")
  }

  @Test func endlessRecursionIsAnErrorOfTheLanguage() {
    let result = runTool("-c", "fn f(n) = 1 + f(n + 1)\nf(1)")
    #expect(result.status == 1)
    #expect(result.err.contains("calls are nested more than 2000 deep"))
    #expect(result.err.contains("calls more …"))
  }

  @Test func deepValuesPrintAndCompare() {
    let nest = "x = [];\nfor i in range(50000) { x = [x] }\n"
    #expect(runTool("-c", nest + "x").out.contains("…"))
    #expect(runTool("-c", nest + "x == x").err.contains("cannot be compared"))
  }
}

@Suite struct JSONTests {
  private func objects(_ text: String) throws -> [[String: Any]] {
    try text.split(separator: "\n").map { line in
      try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }
  }

  @Test func eachCellIsOneObject() throws {
    let code = "## First\nx = 1\nx + 1\n\n## Second\nprint(\"a\")\n"
    let cells = try objects(runTool("--json", "-c", code).out)
    #expect(cells.count == 2)
    #expect(cells.map { $0["prose"] as? String } == ["First", "Second"])
    #expect(cells.map { $0["output"] as? String } == ["2\n", "a\n"])
    #expect(cells[0]["source"] as? String == "x = 1\nx + 1")
    #expect(cells.allSatisfy { $0["status"] as? String == "ok" })
  }

  @Test func errorsHoldPlaceAndCalls() throws {
    let result = runTool("--json", "-c", "fn f(n) = n / 0\nf(1)")
    #expect(result.status == 1)
    let cell = try #require(try objects(result.out).first)
    #expect(cell["status"] as? String == "error")
    let problem = try #require((cell["problems"] as? [[String: Any]])?.first)
    #expect(problem["code"] as? String == "E0505")
    #expect((problem["at"] as? [String: Any])?["line"] as? Int == 1)
    #expect((problem["calls"] as? [[String: Any]])?.first?["name"] as? String == "f")
  }

  @Test func syntaxErrorsAreOneCell() throws {
    let result = runTool("--json", "-c", "1\nx = (")
    #expect(result.status == 65)
    let cells = try objects(result.out)
    #expect(cells.count == 1)
    #expect(cells[0]["status"] as? String == "syntax error")
    #expect(cells[0]["output"] as? String == "")
  }
}
