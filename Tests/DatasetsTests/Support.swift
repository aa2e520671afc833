import Datasets
import Tensor

/// Words are tokens: word "wN" has the id 10 + N, anything else 9. 1 begins, 2 ends, 0 pads, 3 masks.
struct WordEncoder: TextEncoder {
  var maskID: Int32? = 3
  var endID: Int32? = 2
  var paddingID: Int32? { 0 }
  var vocabularySize: Int { 1000 }

  func encode(_ text: String, pair: String?, addsSpecialTokens: Bool, maxLength: Int?) throws
    -> EncodedText
  {
    func words(_ text: String) -> [Int32] {
      text.split(separator: " ").map { Int32($0.dropFirst()).map { $0 + 10 } ?? 9 }
    }
    var ids = words(text)
    var types = [Int32](repeating: 0, count: ids.count)
    if let pair {
      ids += words(pair)
      types += [Int32](repeating: 1, count: ids.count - types.count)
    }
    guard addsSpecialTokens else { return EncodedText(ids: ids, typeIDs: types) }
    let room = maxLength.map { min(ids.count, $0 - 2) } ?? ids.count
    ids = [1] + ids.prefix(room) + [2]
    types = [0] + types.prefix(room) + [types.last ?? 0]
    var special = [Bool](repeating: false, count: ids.count)
    special[0] = true
    special[ids.count - 1] = true
    return EncodedText(ids: ids, typeIDs: types, special: special)
  }
}

func ints(_ tensor: Tensor?) throws -> [Int32] {
  guard let tensor, tensor.dtype == .i32 else { return [] }
  let start = try tensor.address("test").assumingMemoryBound(to: Int32.self)
  return withExtendedLifetime(tensor) {
    Array(UnsafeBufferPointer(start: start, count: tensor.count))
  }
}

func floats(_ tensor: Tensor?) throws -> [Float] {
  guard let tensor, tensor.dtype == .f32 else { return [] }
  let start = try tensor.address("test").assumingMemoryBound(to: Float.self)
  return withExtendedLifetime(tensor) {
    Array(UnsafeBufferPointer(start: start, count: tensor.count))
  }
}

func bools(_ tensor: Tensor) throws -> [Bool] {
  let start = try tensor.address("test").assumingMemoryBound(to: UInt8.self)
  return withExtendedLifetime(tensor) {
    UnsafeBufferPointer(start: start, count: tensor.count).map { $0 != 0 }
  }
}

func read(_ text: String, _ path: String, _ options: ReadOptions = ReadOptions()) throws -> Dataset
{
  try Reader.read(Array(text.utf8), path: path, options)
}

/// The error that reading gives; nil if it gives none.
func failure(_ body: () throws -> Void) -> DatasetError? {
  do {
    try body()
    return nil
  } catch {
    return error as? DatasetError
  }
}
