import Tensor
import Testing
import Training

@Suite struct MetricsTests {
  let engine = Engine(math: .exact)

  @Test func classificationFollowsScikitLearn() throws {
    for test in try Fixture.load().classification {
      var metrics = try ClassificationMetrics(classes: test.classes)
      // Batches of 6 and a rest, each with one row that does not count.
      for first in stride(from: 0, to: test.labels.count, by: 6) {
        let last = min(first + 6, test.labels.count)
        let filler = Array(repeating: 1.0, count: test.classes)
        let rows = Array(test.logits[first * test.classes..<last * test.classes])
        try metrics.add(
          logits: Tensor(rows + filler, shape: [last - first + 1, test.classes]),
          labels: Tensor(Array(test.labels[first..<last]) + [-100]), engine: engine)
      }
      #expect(metrics.count == test.labels.count)
      #expect(metrics.confusion == test.confusion)
      #expect(close(metrics.accuracy, test.accuracy))
      #expect(metrics.perClass.map(\.precision.value) == test.precision)
      #expect(zip(metrics.perClass.map(\.recall), test.recall).allSatisfy(close))
      #expect(zip(metrics.perClass.map(\.f1), test.f1).allSatisfy(close))
      #expect(close(metrics.macroF1, test.macroF1))
      #expect(close(metrics.matthews, test.matthews))
      #expect(close(metrics.loss, test.loss))
      #expect(close(try metrics.perplexity, test.perplexity))
    }
  }

  private func close(_ score: Score, _ value: Double) -> Bool {
    abs(score.value - value) < 1e-12
  }

  @Test func binaryFiguresByHand() throws {
    // tp 3, fn 1, fp 2, tn 4
    var metrics = try ClassificationMetrics(classes: 2)
    try metrics.add(
      predictions: [1, 1, 1, 0, 1, 1, 0, 0, 0, 0], labels: [1, 1, 1, 1, 0, 0, 0, 0, 0, 0])
    let binary = try #require(metrics.binary)
    #expect(metrics.confusion == [[4, 2], [1, 3]])
    #expect(binary.precision == Score(0.6))
    #expect(binary.recall == Score(0.75))
    #expect(binary.f1 == Score(6.0 / 9))
    #expect(metrics.accuracy == Score(0.7))
    // (3·4 − 2·1) / √(5·4·6·5)
    #expect(abs(metrics.matthews.value - 10 / 600.0.squareRoot()) < 1e-15)
    #expect(metrics.undefined.isEmpty)
  }

  @Test func nothingToDivideByIsZeroAndFlagged() throws {
    var metrics = try ClassificationMetrics(classes: 3)
    #expect(metrics.accuracy == Score(0, isDefined: false))
    #expect(metrics.loss == Score(0, isDefined: false))
    #expect(metrics.macroF1 == Score(0, isDefined: false))
    try metrics.add(predictions: [0, 0], labels: [0, 1])
    // Class 1 was never predicted, class 2 does not occur.
    #expect(metrics.perClass[1].precision == Score(0, isDefined: false))
    #expect(metrics.perClass[1].recall == Score(0))
    #expect(
      metrics.undefined == [
        "matthews", "precision of class 1", "precision of class 2", "recall of class 2",
        "f1 of class 2",
      ])
    // f1 of class 0 is 2/3, of class 1 it is 0; class 2 does not enter.
    #expect(abs(metrics.macroF1.value - 1.0 / 3) < 1e-15)
  }

  @Test func refusesWhatDoesNotFit() throws {
    var metrics = try ClassificationMetrics(classes: 2)
    #expect(throws: TrainingError.self) {
      try metrics.add(predictions: [0], labels: [2])
    }
    #expect(throws: TrainingError.self) {
      try metrics.add(predictions: [0, 1], labels: [1])
    }
    #expect(throws: TensorError.self) {
      try metrics.add(
        logits: Tensor([0.0, 1, 2], shape: [1, 3]), labels: Tensor([0]), engine: engine)
    }
    #expect(throws: TensorError.self) {
      try metrics.add(
        logits: Tensor([0.0, 1], shape: [1, 2]), labels: Tensor([0.0]), engine: engine)
    }
    #expect(throws: TrainingError.self) { try ClassificationMetrics(classes: 0) }
    #expect(metrics.count == 0)
  }

  @Test func languageModelsCountTokens() throws {
    var metrics = LanguageModelMetrics()
    // Uniform logits over 4 tokens: the loss is ln 4, the perplexity 4.
    let logits = Tensor(Array(repeating: 0.0, count: 12), shape: [1, 3, 4])
    try metrics.add(logits: logits, labels: Tensor([0, 3, -100], shape: [1, 3]), engine: engine)
    #expect(metrics.count == 2)
    #expect(abs(try metrics.perplexity.value - 4) < 1e-12)
    #expect(metrics.accuracy == Score(0.5))
  }

  @Test func regressionFollowsSciPy() throws {
    let test = try Fixture.load().regression
    var metrics = RegressionMetrics()
    try metrics.add(
      predictions: Tensor(Array(test.predictions[..<3]), shape: [3, 1]),
      targets: Tensor(Array(test.targets[..<3])))
    try metrics.add(
      predictions: Tensor(Array(test.predictions[3...])),
      targets: Tensor(Array(test.targets[3...])))
    #expect(close(metrics.pearson, test.pearson))
    #expect(close(metrics.spearman, test.spearman))
    #expect(close(metrics.meanSquaredError, test.mse))
    #expect(close(metrics.meanAbsoluteError, test.mae))
  }

  @Test func correlationWithAConstantIsUndefined() throws {
    var metrics = RegressionMetrics()
    #expect(!metrics.pearson.isDefined)
    try metrics.add(predictions: Tensor([1.0, 1]), targets: Tensor([1.0, 2]))
    #expect(metrics.pearson == Score(0, isDefined: false))
    #expect(metrics.spearman == Score(0, isDefined: false))
  }
}
