import Autograd
import Interpreter
import Tensor

/// Keys and values of the tokens that were decoded so far, by the site that made them.
final class DecodingCache {
  private var keys: [String: GrowingRows] = [:]
  private var values: [String: GrowingRows] = [:]

  /// Whether a site asked for what it made earlier: a model that never does looks at no token but
  /// those it is given.
  var isUsed: Bool { !keys.isEmpty }
  /// Positions that the sites held when the pass began, those included that a method put in front
  /// of the text.
  private(set) var countBefore = 0

  func beginPass() { countBefore = keys.values.map(\.count).max() ?? 0 }

  func recall(at path: String, _ key: Variable, _ value: Variable) throws -> (Variable, Variable) {
    let k = keys[path] ?? GrowingRows()
    let v = values[path] ?? GrowingRows()
    (keys[path], values[path]) = (k, v)
    return (Variable(try k.append(key.value)), Variable(try v.append(value.value)))
  }

  private static let place = "decoding"

  /// The cache of the `generate` that runs; nil outside of one.
  static func current(_ interpreter: Interpreter) -> DecodingCache? {
    interpreter.extensions[place] as? DecodingCache
  }

  func running<R>(in interpreter: Interpreter, _ body: () throws -> R) rethrows -> R {
    let before = interpreter.extensions[DecodingCache.place]
    interpreter.extensions[DecodingCache.place] = self
    defer { interpreter.extensions[DecodingCache.place] = before }
    return try body()
  }
}
