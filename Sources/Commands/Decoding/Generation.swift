import Autograd
import Interpreter
import Syntax
import Tensor

/// Continues token sequences with a causal language model, one token a pass.
struct Generation {
  let interpreter: Interpreter
  let model: Module
  let sampling: Sampling
  /// How many tokens each sequence gets at most.
  let limit: Int
  /// The token that ends a sequence; nil: none does.
  let end: Int?
  /// Without, every pass runs over the whole text again: slower, with the same result.
  let usesCache: Bool
  let span: Span

  /// The tokens that follow each prompt, the end token left out.
  func run(_ prompts: [[Int]]) throws -> [[Int]] {
    let cache = usesCache ? DecodingCache() : nil
    let progress = interpreter.makeProgress?("generate", limit)
    defer { progress?.finish() }
    let draws = try interpreter.randomStream("generate").uniform(
      [limit, prompts.count], dtype: .f64
    ).doubles()
    var state = State(prompts: prompts)
    try interpreter.tape.withoutRecording {
      for step in 0..<limit where !state.isFinished {
        try interpreter.poll()
        let logits = try cache.map { cache in
          try cache.running(in: interpreter) { try next(state, cached: cache) }
        } ?? next(state, cached: nil)
        let count = prompts.count
        let row = Array(draws[step * count..<(step + 1) * count])
        state.append(
          try sampling.choose(logits, draws: row, engine: interpreter.engine), end: end)
        progress?.update(step + 1, details: [])
      }
    }
    return state.made
  }

  /// The logits `[B, V]` behind the last token of each sequence.
  private func next(_ state: State, cached cache: DecodingCache?) throws -> Tensor {
    cache?.beginPass()
    let isFirst = cache?.isUsed != true
    let rows = isFirst && cache != nil ? state.prompts : state.whole
    // Prompts of different lengths are filled up at their ends, and no token looks at what fills.
    let length = rows.map(\.count).max() ?? 0
    let batch = isFirst ? firstBatch(rows, length) : state.lastBatch()
    let output = try interpreter.call(.module(model), Arguments(values: [batch]), at: span)
    guard case .tuple(let tuple) = output, case .tensor(let logits)? = tuple["logits"],
      logits.rank == 3
    else {
      throw Mistake(
        "this model gives no logits for a next token, so it cannot generate", code: "E0598",
        fix: "take a causal language model, such as load(\"tiny-gpt\")", argument: "model")
    }
    if let cache, !cache.isUsed {
      throw Mistake(
        "this model remembers no keys and values, so it cannot generate with a cache", code: "E0598",
        note: "a causal model's attention calls `recall`; BERT and its like predict no next token",
        fix: "for a causal model without `recall`, cache=false", argument: "model")
    }
    guard isFirst else { return try logits.value.reshaped([rows.count, -1]) }
    return try lastRows(logits, ends: rows.map { $0.count - 1 }, length)
  }

  private func firstBatch(_ rows: [[Int]], _ length: Int) -> Value {
    let ids = rows.flatMap { $0 + Array(repeating: 0, count: length - $0.count) }
    let mask = rows.flatMap { row in (0..<length).map { $0 < row.count } }
    return batch(
      ids: Tensor(ids, shape: [rows.count, length]),
      mask: Tensor(mask, shape: [rows.count, length]), positions: Tensor.arange(length))
  }

  /// The logits at each row's last token. A method may have put rows in front of the text.
  private func lastRows(_ logits: Variable, ends: [Int], _ length: Int) throws -> Tensor {
    let tape = interpreter.tape
    let extra = logits.shape[1] - length
    let first = (ends.min() ?? 0) + extra
    // Sliced first: of logits that are not computed yet, only these rows will be.
    let late = try tape.slice(logits, axis: 1, range: first..<(ends.max() ?? 0) + extra + 1)
    let width = late.shape[1]
    let flat = try late.value.reshaped([ends.count * width, -1])
    let places = ends.enumerated().map { $0 * width + $1 + extra - first }
    return try interpreter.engine.index(flat, axis: 0, Tensor(places))
  }
}

private func batch(ids: Tensor, mask: Tensor, positions: Tensor) -> Value {
  .tuple([
    ("ids", .tensor(ids)), ("mask", .tensor(mask)),
    ("segments", .tensor(Tensor(Array(repeating: 0, count: ids.count), shape: ids.shape))),
    ("labels", Value.none), ("positions", .tensor(positions)),
  ])
}

/// The sequences of a generation.
private struct State {
  let prompts: [[Int]]
  private(set) var made: [[Int]]
  private var ended: [Bool]
  /// The latest token of each, also of those that have ended: a batch keeps its shape.
  private var latest: [Int] = []
  private var steps = 0

  init(prompts: [[Int]]) {
    self.prompts = prompts
    made = prompts.map { _ in [] }
    ended = prompts.map { _ in false }
  }

  var isFinished: Bool { ended.allSatisfy { $0 } }
  /// Prompts and what followed them.
  var whole: [[Int]] { zip(prompts, made).map { $0 + $1 } }

  mutating func append(_ ids: [Int], end: Int?) {
    latest = ids
    steps += 1
    for (row, id) in ids.enumerated() where !ended[row] {
      if id == end { ended[row] = true } else { made[row].append(id) }
    }
  }

  /// The latest tokens, each at its own place; they see their prompt and what followed it.
  func lastBatch() -> Value {
    let length = prompts.map(\.count).max() ?? 0
    let mask = prompts.flatMap { prompt in
      (0..<length + steps).map { $0 < prompt.count || $0 >= length }
    }
    let places = prompts.map { $0.count + steps - 1 }
    let areEqual = Set(places).count == 1
    return batch(
      ids: Tensor(latest, shape: [prompts.count, 1]),
      mask: Tensor(mask, shape: [prompts.count, length + steps]),
      positions: areEqual ? Tensor([places[0]]) : Tensor(places, shape: [prompts.count, 1]))
  }
}
