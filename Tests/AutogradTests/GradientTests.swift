import Foundation
import Tensor
import Testing

@testable import Autograd

/// Every operation's gradient against differences in f64.
@Suite struct GradientTests {
  static let table: [GradientCase] =
    arithmeticCases + elementwiseCases + reductionCases + productCases + shapeCases
    + indexingCases + networkCases + lossCases + controlCases

  /// The bound of every row, relative to the largest element of the gradient.
  static let bound = 1e-8

  @Test(arguments: [Math.exact, Math.fast])
  func gradientsAgreeWithDifferences(math: Math) {
    var worst = (error: 0.0, label: "")
    for row in Self.table {
      let name = "\(row.operation) \(row.label) (\(math.rawValue))"
      do {
        let error = try row.relativeError(math: math)
        #expect(error < Self.bound, "\(name): relative error \(error)")
        if error > worst.error { worst = (error, name) }
      } catch {
        Issue.record("\(name): \(error)")
      }
    }
    let operations = Set(Self.table.map(\.operation)).count
    print(
      "gradient checks: \(operations) operations, \(Self.table.count) cases, math \(math.rawValue), "
        + "bound \(Self.bound), worst \(worst.error) in \(worst.label)")
  }

  @Test func everyOperationIsInTheTable() {
    let checked = Set(Self.table.map(\.operation))
    let named = Set(Tape.operationNames)
    #expect(named.count == Tape.operationNames.count, "a name is listed twice")
    #expect(named.subtracting(checked).sorted() == [], "operations that no row checks")
    #expect(checked.subtracting(named).sorted() == [], "rows for operations that are not listed")
  }

  /// The list itself is compared with the source: a public method of Tape that takes variables and
  /// gives one must be named.
  @Test func everyPublicMethodIsNamed() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let folder = root.appendingPathComponent("Sources/Autograd/Operations")
    let files = try FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: nil)
    var found: Set<String> = []
    for file in files where file.pathExtension == "swift" {
      let source = try String(contentsOf: file, encoding: .utf8)
      for match in source.matches(of: /public func ([A-Za-z0-9]+)\(/) {
        found.insert(String(match.1))
      }
    }
    let listed = Set(Tape.operationNames).union(Tape.operationsWithoutGradient)
    #expect(found == listed)
  }

  @Test func aWrongGradientIsFound() throws {
    let wrong = GradientCase("custom", "wrong by a factor of 1 + 1e-7", [Sample.signed([3])]) {
      tape, x in
      try tape.custom("wrong", x) { values in
        try tape.engine.mul(values[0], values[0])
      } backward: { g, values, _, _ in
        [try tape.engine.affine(tape.engine.mul(g, values[0]), scale: 2 * (1 + 1e-7))]
      }
    }
    #expect(try wrong.relativeError(math: .exact) > Self.bound)
  }
}
