import Foundation
import Tensor

/// How the next token is chosen from a row of logits.
struct Sampling {
  /// 0: always the likeliest.
  var temperature = 0.0
  /// Only the k likeliest (Fan et al. 2018, arXiv:1805.04833).
  var topK: Int?
  /// Only the likeliest that together reach this probability (Holtzman et al. 2019, arXiv:1904.09751).
  var topP: Double?

  /// One id a row of logits `[B, V]`; `draws` are uniform in [0, 1), one a row.
  func choose(_ logits: Tensor, draws: [Double], engine: Engine) throws -> [Int] {
    if temperature == 0 { return try engine.argmax(logits).ints() }
    let scaled = try engine.affine(engine.cast(logits, to: .f32), scale: 1 / temperature)
    let classes = logits.shape[1]
    // Only the largest are sorted out when they are few; a nucleus may need them all.
    let count = Swift.min(topK ?? classes, classes)
    let (values, places) =
      try count < classes
      ? engine.topK(scaled, count) : engine.sort(scaled, descending: true)
    let weights = try engine.softmax(values).doubles()
    let ids = try places.ints()
    return draws.enumerated().map { row, draw in
      let range = row * count..<(row + 1) * count
      return ids[row * count + pick(Array(weights[range]), draw)]
    }
  }

  /// The place that a draw falls on among falling weights.
  private func pick(_ weights: [Double], _ draw: Double) -> Int {
    var kept = weights.count
    if let topP {
      var sum = 0.0
      kept = (weights.firstIndex { weight in
        sum += weight
        return sum >= topP
      } ?? weights.count - 1) + 1
    }
    let total = weights[..<kept].reduce(0, +)
    var rest = draw * total
    for place in 0..<kept {
      rest -= weights[place]
      if rest < 0 { return place }
    }
    return kept - 1
  }
}
