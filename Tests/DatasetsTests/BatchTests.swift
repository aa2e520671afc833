import Datasets
import Tensor
import Testing

struct BatchPlanTests {
  @Test func everyEpochHasEachRowOnce() {
    let plan = BatchPlan(count: 10, batchSize: 4, seed: 5)
    let first = plan.batches(epoch: 0)
    #expect(first.map(\.count) == [4, 4, 2] && plan.batchesPerEpoch == 3)
    #expect(first.flatMap { $0 }.sorted() == Array(0..<10))
    #expect(plan.batches(epoch: 0) == first)
    #expect(plan.batches(epoch: 1) != first)
    #expect(BatchPlan(count: 10, batchSize: 4, seed: 6).batches(epoch: 0) != first)
    #expect(plan.place(step: 7) == (epoch: 2, batch: 1))
  }

  @Test func withoutShufflingOrRest() {
    let plan = BatchPlan(count: 5, batchSize: 2, shuffles: false, dropsLast: true)
    #expect(plan.batches(epoch: 3) == [[0, 1], [2, 3]])
    // A set smaller than a batch is one batch all the same.
    #expect(BatchPlan(count: 1, batchSize: 2, dropsLast: true).batches(epoch: 0) == [[0]])
    #expect(BatchPlan(count: 0, batchSize: 0).batches(epoch: 0) == [])
  }
}

struct CollatorTests {
  static let rows = [
    Row(text: "w1 w2 w3", label: 1, score: 0.5), Row(text: "w4", pair: "w5", label: 0, score: -2),
  ]

  @Test func classification() throws {
    let batch = try Collator(encoder: WordEncoder(), task: .classify, maxLength: 8)
      .collate(Self.rows)
    #expect(batch.ids.shape == [2, 5] && batch.ids.dtype == .i32)
    #expect(try ints(batch.ids) == [1, 11, 12, 13, 2, 1, 14, 15, 2, 0])
    #expect(try bools(batch.mask) == [true, true, true, true, true, true, true, true, true, false])
    #expect(try ints(batch.typeIDs) == [0, 0, 0, 0, 0, 0, 0, 1, 1, 0])
    #expect(try ints(batch.labels) == [1, 0] && batch.labels?.shape == [2])
    #expect(batch.rows == Self.rows && batch.count == 2 && batch.length == 5)
  }

  @Test func paddingAndCutting() throws {
    var collator = Collator(encoder: WordEncoder(), task: .classify, maxLength: 4)
    collator.lengthMultiple = 8
    collator.paddingSide = .left
    let batch = try collator.collate([Row(text: "w1 w2 w3"), Row(text: "w4")])
    #expect(batch.ids.shape == [2, 8])
    #expect(try ints(batch.ids) == [0, 0, 0, 0, 1, 11, 12, 2, 0, 0, 0, 0, 0, 1, 14, 2])
    #expect(
      try bools(batch.mask).map { $0 ? 1 : 0 } == [0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 1, 1, 1])
    #expect(batch.labels == nil)
  }

  @Test func regressionAndMissingLabels() throws {
    let scores = try Collator(encoder: WordEncoder(), task: .regress, maxLength: 8)
      .collate(Self.rows)
    #expect(try floats(scores.labels) == [0.5, -2])
    let some = try Collator(encoder: WordEncoder(), task: .classify, maxLength: 8)
      .collate([Self.rows[0], Row(text: "w1")])
    #expect(try ints(some.labels) == [1, -100])
  }

  @Test func languageLabelsAreTheTokens() throws {
    let batch = try Collator(encoder: WordEncoder(), task: .language, maxLength: 8)
      .collate(Self.rows)
    #expect(try ints(batch.labels) == [1, 11, 12, 13, 2, 1, 14, 15, 2, -100])
  }

  @Test func nothingToCollate() {
    let collator = Collator(encoder: WordEncoder(), task: .classify, maxLength: 8)
    #expect(failure { _ = try collator.collate([Row]()) } != nil)
  }

  // MARK: Packing

  @Test func packing() throws {
    let data = Dataset(
      name: "t", task: .language,
      rows: [Row(text: "w1 w2 w3"), Row(text: "w4"), Row(text: "w5 w6")])
    let packed = try PackedText(data, encoder: WordEncoder(), blockLength: 4)
    #expect(packed.blocks == [[11, 12, 13, 2], [14, 2, 15, 16]] && packed.tokenCount == 8)
    let rest = try PackedText(
      data, encoder: WordEncoder(), blockLength: 4, separator: .nothing, keepsRest: true)
    #expect(rest.blocks == [[11, 12, 13, 14], [15, 16]])
    let batch = try rest.batch([1, 0])
    #expect(try ints(batch.ids) == [15, 16, 0, 0, 11, 12, 13, 14])
    #expect(try ints(batch.labels) == [15, 16, -100, -100, 11, 12, 13, 14])
    let long = try PackedText(
      data, encoder: WordEncoder(), blockLength: 100, separator: .text("w90"))
    #expect(long.blocks == [[11, 12, 13, 100, 14, 100, 15, 16, 100]])
    #expect(
      failure { _ = try PackedText(data, encoder: WordEncoder(endID: nil), blockLength: 4) } != nil)
    #expect(
      failure { _ = try PackedText(data.taking(0), encoder: WordEncoder(), blockLength: 4) } != nil)
  }

  // MARK: Masking

  private func masked(_ rows: [Row], seed: UInt64, step: Int) throws -> (
    ids: [Int32], labels: [Int32]
  ) {
    let collator = Collator(encoder: WordEncoder(), task: .masked, maxLength: 512)
    let batch = try collator.collate(rows, seed: seed, step: step)
    return (try ints(batch.ids), try ints(batch.labels))
  }

  @Test func maskingKeepsItsShares() throws {
    let text = (0..<400).map { "w\($0)" }.joined(separator: " ")
    let rows = [Row](repeating: Row(text: text), count: 50) + [Row(text: "w1")]
    let plain = try ints(
      Collator(encoder: WordEncoder(), task: .language, maxLength: 512).collate(rows).ids)
    let (ids, labels) = try masked(rows, seed: 1, step: 1)
    var (chosen, hidden, kept) = (0, 0, 0)
    for place in ids.indices {
      if labels[place] == -100 {
        if ids[place] != plain[place] { Issue.record("place \(place) changed without a label") }
        continue
      }
      chosen += 1
      #expect(labels[place] == plain[place] && plain[place] >= 10)
      if ids[place] == 3 { hidden += 1 } else if ids[place] == plain[place] { kept += 1 }
      #expect((0..<1000).contains(ids[place]))
    }
    // 20,001 tokens; five standard deviations (50 of 3000, 22 of 2400, 16 of 300).
    #expect(abs(chosen - 3000) < 250)
    #expect(abs(Double(hidden) - 0.8 * Double(chosen)) < 110)
    #expect(abs(Double(kept) - 0.1 * Double(chosen)) < 82)
  }

  @Test func maskingIsKeyedBySeedAndStep() throws {
    let rows = [Row(text: (0..<300).map { "w\($0)" }.joined(separator: " "))]
    let first = try masked(rows, seed: 1, step: 5)
    let again = try masked(rows, seed: 1, step: 5)
    #expect(first == again)
    #expect(try masked(rows, seed: 1, step: 6).labels != first.labels)
    #expect(try masked(rows, seed: 2, step: 5).labels != first.labels)
  }

  @Test func shortTextsHaveOneLabelAtLeast() throws {
    for step in 0..<50 {
      let labels = try masked([Row(text: "w7")], seed: 3, step: step).labels
      #expect(labels == [-100, 17, -100])
    }
    let collator = Collator(encoder: WordEncoder(maskID: nil), task: .masked, maxLength: 8)
    #expect(
      failure { _ = try collator.collate(Self.rows) }?.problem.contains("no mask token") == true)
  }
}
