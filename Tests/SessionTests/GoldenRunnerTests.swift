import Foundation
import Tensor
import Testing

@testable import Session

@Suite struct GoldenRunnerTests {
  private func test(_ text: String, _ words: String...) throws -> (status: Int32, out: String) {
    let folder = try Folder(["a.peft": text])
    let capture = Capture()
    let tool = Tool(console: capture.console, readInput: { Data() }, prompt: { _, _ in 0 })
    let status = Program.onDeepStack { tool.run(["test"] + words + [folder["a.peft"]]) }
    return (status, capture.out.replacingOccurrences(of: folder.path + "/", with: ""))
  }

  @Test(arguments: [
    "1 + 1\n#> 2\n", "print(\"a\")\n#> a\n", "1 + 1\n", "x = 1\n\n## prose\nx\n#> 1",
    "1 / 0\n#> error division by zero\n2\n#> 2\n", "x = 1; y = 2\ny\n#> 2\n",
    "sqt(1)\n#> error `sqt` is not defined\n#> fix: did you mean `sqrt`?\n",
    "print(\"took 31 ms, 8,000 tokens/s, 12 MB\")\n#> took 2.4 s, 9 tokens/s, 1.5 GB\n",
    "print(\"a\"); print(\"b\")\n#> a\n#> b\n",
    "zeros([3, 1])\n#> tensor f32 [3, 1]\n#> …\n", "print(\"a\\n\\nb  \")\n#> a\n#>\n#> b\n",
  ])
  func passes(_ text: String) throws {
    let result = try test(text)
    #expect(result.status == 0, "\(result.out)")
    #expect(result.out == "ok a.peft\n1 passed, 0 failed\n")
  }

  @Test(arguments: [
    "1 + 1\n#> 3\n",  // another number
    "1 + 1\n#> 2\n2\n",  // output that no line shows
    "x = 1\n#> 1\n",  // a line where nothing is printed
    "1 / 0\n",  // an error that is not expected
    "1\n#> error division by zero\n",  // an expected error that does not come
    "1 / 0\n#> error something else\n",
    "sqt(1)\n#> error `sqt` is not defined\n#> fix: did you mean `cbrt`?\n",
    "0.5\n#> 0.50001\n",  // exact mode: the same text
    "print(\"31 rows\")\n#> 32 rows\n", "zeros([3, 1])\n#> …\n#> tensor\n", "x = (\n",
  ])
  func fails(_ text: String) throws {
    let result = try test(text)
    #expect(result.status == 1)
    #expect(result.out.hasPrefix("FAIL a.peft\n"))
    #expect(result.out.hasSuffix("0 passed, 1 failed\n"))
  }

  @Test func aFailureShowsPlaceAndDifference() throws {
    let result = try test("x = 1\n[x, 2]\n#> [1, 3]\n")
    #expect(result.out.contains("a.peft:2: the output differs\n  - [1, 3]\n  + [1, 2]\n"))
  }

  @Test func fastModeToleratesRounding() throws {
    #expect(try test("0.5\n#> 0.50001\n", "--math", "fast").status == 0)
    #expect(try test("0.5\n#> 0.501\n", "--math", "fast").status == 1)
    #expect(try test("0.5\n#> 0.6\n", "--math", "fast").status == 1)
    #expect(try test("3\n#> 3.0\n", "--math", "fast").status == 1)
  }

  @Test func toleranceIsOneUnitWhereDigitsAreEnough() {
    let fast = GoldenComparison(math: .fast)
    #expect(fast.matches(line: "a 0.0123 b", "a  0.0124 b"))
    #expect(!fast.matches(line: "a 0.0123 b", "a 0.0125 b"))
    #expect(!fast.matches(line: "0.12", "0.13"))
    #expect(fast.matches(line: "1.2345e-05", "1.2346e-05"))
    #expect(!fast.matches(line: "step 10", "step 11"))
    #expect(!fast.matches(line: "nan", "0.0"))
  }

  @Test func timesRatesAndMemoryAreMasked() {
    #expect(Masking.masked("step 1  3 min 20 s  8,000 tokens/s") == "step 1 <time> <rate>")
    #expect(Masking.masked("0.25 ms and 12 MB") == "<time> and <memory>")
    #expect(Masking.masked("5 sites, 3 models") == "5 sites, 3 models")
  }

  @Test func updateRewritesWhatDiffersOnly() throws {
    let text = """
      ## Prose
      1 + 1
      #> 3
      print("31 ms")
      #> 7 ms
      fn f(n) {
        n / 0
      }
      f(1)
      [1,
       2]  # why
      x = 1
      #> stale

      """
    let folder = try Folder(["a.peft": text])
    #expect(runTool("test", "--update", folder["a.peft"]).status == 0)
    let updated = """
      ## Prose
      1 + 1
      #> 2
      print("31 ms")
      #> 7 ms
      fn f(n) {
        n / 0
      }
      f(1)
      #> error division by zero
      [1,
       2]  # why
      #> [1, 2]
      x = 1

      """
    #expect(try folder.read("a.peft") == updated)
    #expect(runTool("test", folder["a.peft"]).status == 0)
    #expect(runTool("test", "--update", folder["a.peft"]).out.hasPrefix("ok "))
  }

  @Test func updateLeavesAFileWithSyntaxErrors() throws {
    let folder = try Folder(["a.peft": "1\nx = (\n"])
    #expect(runTool("test", "--update", folder["a.peft"]).status == 1)
    #expect(try folder.read("a.peft") == "1\nx = (\n")
  }

  @Test func foldersAreSearchedAndSessionsAreSeparate() throws {
    let folder = try Folder([
      "a.peft": "x = 1\n", "b.peft": "x\n#> error `x` is not defined\n", "c.txt": "1 / 0",
    ])
    let result = runTool("test", folder.path)
    #expect(result.out.hasSuffix("2 passed, 0 failed\n"))
  }

  @Test func filesAreWrittenToAFolderThatIsRemoved() throws {
    let before = FileManager.default.currentDirectoryPath
    let result = try test(
      "read(\"nowhere\")\n#> error there is no file or folder \"nowhere\"\n#> note: looked in <script>, <here>\n"
    )
    #expect(result.status == 0, "\(result.out)")
    #expect(FileManager.default.currentDirectoryPath == before)
  }

  @Test func projectErrorsAreAsWritten() {
    let result = runTool("test", goldenFolder + "/errors")
    #expect(result.status == 0, "\(result.out)")
    #expect(!result.out.hasPrefix("0 passed"))
  }
}
