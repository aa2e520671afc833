import Datasets
import Testing

struct SplitTests {
  /// 70 rows of class 0, 20 of class 1, 10 of class 2.
  static let data = Dataset(
    name: "toy", task: .classify,
    rows: (0..<100).map { Row(text: "w\($0)", label: $0 < 70 ? 0 : $0 < 90 ? 1 : 2, line: $0) },
    classes: ["a", "b", "c"])

  private func labelCounts(_ data: Dataset) -> [Int] {
    (0..<3).map { label in data.rows.count { $0.label == label } }
  }

  @Test func partsCoverEachRowOnce() throws {
    let parts = try Self.data.split(validation: 0.1, test: 20, seed: 3)
    #expect(parts.train.count == 70 && parts.validation.count == 10 && parts.test.count == 20)
    let lines = (parts.train.rows + parts.validation.rows + parts.test.rows).map(\.line)
    #expect(lines.sorted() == Array(0..<100))
  }

  @Test func classesKeepTheirShares() throws {
    let parts = try Self.data.split(validation: 0.1, test: 0.2, seed: 11)
    #expect(labelCounts(parts.test) == [14, 4, 2])
    #expect(labelCounts(parts.validation) == [7, 2, 1])
    #expect(labelCounts(parts.train) == [49, 14, 7])
    // 15 rows: shares 10.5, 3, 1.5; of equal remainders the first class gets the odd row.
    let odd = try Self.data.split(test: 15, seed: 11)
    #expect(labelCounts(odd.test) == [11, 3, 1])
  }

  @Test func seedsDecide() throws {
    let first = try Self.data.split(test: 0.3, seed: 1)
    let again = try Self.data.split(test: 0.3, seed: 1)
    let other = try Self.data.split(test: 0.3, seed: 2)
    #expect(first.test.rows == again.test.rows && first.train.rows == again.train.rows)
    #expect(Set(first.test.rows.map(\.line)) != Set(other.test.rows.map(\.line)))
    let free = try Self.data.split(test: 0.3, seed: 1, stratified: false)
    #expect(free.test.count == 30)
  }

  @Test(arguments: [(0.5, 0.5), (0, 100), (-0.1, 0), (1.5, 0), (0, 101), (.nan, 0)])
  func refusesParts(validation: Double, test: Double) {
    #expect(failure { _ = try Self.data.split(validation: validation, test: test) } != nil)
  }

  @Test func choosingRows() throws {
    let data = Self.data
    #expect(data.taking(2).rows.map(\.line) == [0, 1] && data.taking(-1).isEmpty)
    let sample = data.sample(5, seed: 4)
    #expect(sample.count == 5 && Set(sample.rows.map(\.line)).count == 5)
    #expect(sample.rows == data.sample(5, seed: 4).rows)
    #expect(data.sample(1000).count == 100)
    let shuffled = data.shuffled(seed: 9)
    #expect(shuffled.rows != data.rows)
    #expect(shuffled.rows.map(\.line).sorted() == Array(0..<100))
    let balanced = data.balanced(seed: 1)
    #expect(labelCounts(balanced) == [10, 10, 10])
    #expect(balanced.rows.map(\.line) == balanced.rows.map(\.line).sorted())
    #expect(data.filtered { $0.label == 2 }.count == 10)
    #expect(try data.joined(with: data.taking(3)).count == 103)
    let other = Dataset(name: "x", task: .classify, rows: [], classes: ["a"])
    #expect(failure { _ = try data.joined(with: other) } != nil)
  }
}

struct QualityTests {
  @Test func report() {
    let rows = [
      Row(text: "one two", label: 0), Row(text: "one two", label: 1), Row(text: " ", label: 0),
      Row(text: "one two", label: 0), Row(text: "a b c d e", pair: "f", label: 0),
      Row(text: "z"), Row(text: "y", label: 0), Row(text: "x", label: 0),
    ]
    let data = Dataset(name: "toy", task: .classify, rows: rows, classes: ["no", "yes"])
    let report = data.qualityReport()
    #expect(report.rows == 8 && report.emptyRows == 1 && report.duplicates == 2)
    #expect(report.contradictions == 1 && report.unlabelled == 1)
    #expect(report.classes.map(\.count) == [6, 1])
    // Lengths 0 1 1 1 2 2 2 6.
    let lengths = report.lengths
    #expect(lengths.shortest == 0 && lengths.median == 1 && lengths.longest == 6)
    #expect(lengths.percentile95 == 6 && lengths.mean == 15.0 / 8)
    #expect(
      report.lines == [
        "toy: 8 rows", "  no: 6 (85.7 %)", "  yes: 1 (14.3 %)",
        "  words: 0 to 6, median 1, mean 1.9, 95 % up to 6", "! 1 row without text",
        "! 2 rows with a text that stood before",
        "! 1 row with a text that stood before under another label", "! 1 row without a label",
        "! the classes are out of balance: 1 to 6 rows",
      ])
    #expect(data.taking(1).overlap(with: data) == 1)
    #expect(data.overlap(with: data.taking(1)) == 3)
  }

  @Test func emptyDataset() {
    let report = Dataset(name: "none", task: .language, rows: []).qualityReport()
    #expect(report.lines == ["none: 0 rows", "  words: 0 to 0, median 0, mean 0.0, 95 % up to 0"])
  }
}
