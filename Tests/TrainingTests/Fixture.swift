import Foundation

/// The committed reference values; made by `scripts/make-fixtures.d/training.py`.
struct Fixture: Decodable {
  typealias Values = [String: [Double]]

  struct Clipping: Decodable {
    let limit: Double
    let norm: Double
    let gradients: Values
  }

  struct ScheduleCase: Decodable {
    let name: String
    let warmup: Int
    let horizon: Int
    let factors: [Double]
  }

  struct Classification: Decodable {
    let classes: Int
    let logits: [Double]
    let labels: [Int]
    let confusion: [[Int]]
    let accuracy: Double
    let precision: [Double]
    let recall: [Double]
    let f1: [Double]
    let macroF1: Double
    let matthews: Double
    let loss: Double
    let perplexity: Double
  }

  struct Regression: Decodable {
    let targets: [Double]
    let predictions: [Double]
    let pearson: Double
    let spearman: Double
    let mse: Double
    let mae: Double
  }

  let shapes: [String: [Int]]
  let skipped: [String: [Int]]
  let start: Values
  let gradients: [Values]
  let f64: [String: [Values]]
  let f32: [String: [Values]]
  let clipping: [Clipping]
  let schedules: [ScheduleCase]
  let classification: [Classification]
  let regression: Regression

  static func load() throws -> Fixture {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Fixtures/training.json")
    return try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: file))
  }
}
