import Foundation
import Testing

@testable import Session

@Suite("The command reference") struct ReferenceTests {
  /// Where it is stale, `scripts/write-reference` mends it.
  @Test func isFresh() throws {
    let path = goldenFolder + "/../../docs/commands.md"
    let written = try String(contentsOfFile: path, encoding: .utf8)
    let page = Reference.page(try Session(console: Capture().console))
    #expect(written == page, "run scripts/write-reference")
  }

  @Test func theOptionPrintsIt() {
    let (status, out, err) = runTool("--reference")
    #expect(status == ExitCode.success)
    #expect(out.hasPrefix("# Commands\n"))
    #expect(out.contains("### `softmax(x, axis = -1)`"))
    #expect(out.contains("- `:save FILE`: "))
    #expect(err.isEmpty)
  }
}
