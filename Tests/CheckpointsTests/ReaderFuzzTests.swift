import Foundation
import Tensor
import TestSupport
import Testing

@testable import Checkpoints

/// Files changed at random: a `CheckpointError` or a correct read, never a trap or unbounded memory.
struct ReaderFuzzTests {
  private static func golden(_ name: String) throws -> [UInt8] {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Golden/fixtures")
    return Array(try Data(contentsOf: folder.appendingPathComponent(name)))
  }

  /// A small GGUF file: keys of each type, a list, tensors of each kind of reading.
  private static let small: [UInt8] = {
    var bytes = Array("GGUF".utf8)
    func add(_ number: some FixedWidthInteger) {
      withUnsafeBytes(of: number.littleEndian) { bytes += $0 }
    }
    func add(_ text: String) {
      add(UInt64(text.utf8.count))
      bytes += Array(text.utf8)
    }
    add(UInt32(3))
    add(UInt64(3))
    add(UInt64(4))
    add("general.architecture")
    add(UInt32(8))
    add("llama")
    add("tokenizer.ggml.model")
    add(UInt32(8))
    add("llama")
    add("tokenizer.ggml.tokens")
    add(UInt32(9))
    add(UInt32(8))
    add(UInt64(3))
    for token in ["a", "b", "ab"] { add(token) }
    add("tokenizer.ggml.scores")
    add(UInt32(9))
    add(UInt32(6))
    add(UInt64(3))
    for score in [Float(0), -1, -2] { add(score.bitPattern) }
    for (name, type, size, offset) in [("w", 2, 32, 0), ("v", 0, 4, 32), ("u", 1, 4, 64)] {
      add(name)
      add(UInt32(1))
      add(UInt64(size))
      add(UInt32(type))
      add(UInt64(offset))
    }
    while bytes.count % 32 != 0 { bytes.append(0) }
    return bytes + [UInt8](repeating: 1, count: 72)
  }()

  private func readAll(_ bytes: [UInt8]) throws {
    let file = try GGUFFile.open(bytes)
    for name in file.names { _ = try file.tensor(name) }
    if file.hasTokenizer { _ = try file.tokenizer() }
    _ = file.tokenizerConfiguration()
    _ = try GGUFModel(file)
  }

  private func mutated(_ good: [UInt8], below limit: Int, _ random: inout SplitMix) -> [UInt8] {
    var bytes = good
    func below(_ count: Int) -> Int { Int(random.next() % UInt64(max(count, 1))) }
    for _ in 0...below(3) {
      let place = below(min(limit, bytes.count))
      switch below(6) {
      case 0 where !bytes.isEmpty: bytes[place] ^= 1 << UInt8(below(8))
      case 1 where !bytes.isEmpty: bytes[place] = [0, 1, 127, 128, 255][below(5)]
      case 2 where place + 8 <= bytes.count:
        let lie = [0, 1, 1 << 31, 1 << 40, 1 << 62, UInt64.max][below(6)]
        withUnsafeBytes(of: lie.littleEndian) { bytes.replaceSubrange(place..<place + 8, with: $0) }
      case 3: bytes.removeSubrange(place..<min(bytes.count, place + below(9)))
      case 4: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + below(9))], at: place)
      default: if below(10) == 0 { bytes.removeSubrange(place...) }
      }
    }
    return bytes
  }

  @Test func ggufFiles() throws {
    let file = try GGUFFile.open(Self.small)
    #expect(file.names == ["w", "v", "u"])
    for name in file.names { _ = try file.tensor(name) }
    _ = try file.tokenizer()
    var random = SplitMix(state: 11)
    var refused = 0
    let count = FuzzLength.inputs(usual: 4_000, promised: 1_000_000)
    for round in 0..<count {
      do {
        try readAll(mutated(Self.small, below: Self.small.count, &random))
      } catch is CheckpointError {
        refused += 1
      } catch {
        Issue.record("round \(round): \(error)")
      }
    }
    // The small file holds no model, so that nothing is left whole.
    #expect(refused == count)
  }

  /// Matrices in four bits, whose scales and shapes stand in tensors of their own.
  @Test(arguments: ["nf4/llama", "nf4/llama-single"])
  func nf4Files(_ folder: String) throws {
    let good = try Self.golden("\(folder)/model.safetensors")
    let states = try SafetensorsFile.open(good).names.filter { $0.hasSuffix("proj.weight") }
    #expect(states.count == 14)
    func readAll(_ bytes: [UInt8]) throws {
      let file = try SafetensorsFile.open(bytes)
      for name in file.names {
        _ = file.shape(of: name)
        _ = try file.tensor(name).dense
      }
    }
    try readAll(good)
    // The header, and the states, which are the last of the data.
    let header = 8 + Int(good[0]) + Int(good[1]) << 8
    var random = SplitMix(state: 14)
    var refused = 0
    let count = FuzzLength.inputs(usual: 200, promised: 500_000)
    for round in 0..<count {
      let head = Array(good[..<header]), data = Array(good[header...])
      var bytes = head + data
      if round % 2 == 0 {
        bytes = mutated(good, below: header, &random)
      } else {
        // Same length, so that the header still fits and the state itself is read.
        let start = good.count - 14 * 200
        for _ in 0..<3 {
          let place = start + Int(random.next() % UInt64(14 * 200))
          bytes[place] = Array("0123456789,-.\"[]{} \u{0}".utf8)[Int(random.next() % 20)]
        }
      }
      do { try readAll(bytes) } catch is CheckpointError { refused += 1 } catch {
        Issue.record("round \(round): \(error)")
      }
    }
    #expect(refused > count / 4)
  }

  /// The directory of a whole model.
  @Test func ggufModels() throws {
    let good = try Self.golden("gguf/tiny.gguf")
    try readAll(good)
    var random = SplitMix(state: 12)
    var refused = 0
    let count = FuzzLength.inputs(usual: 100, promised: 100_000)
    for round in 0..<count {
      do {
        try readAll(mutated(good, below: 12_000, &random))
      } catch is CheckpointError {
        refused += 1
      } catch {
        Issue.record("round \(round): \(error)")
      }
    }
    #expect(refused > 0)
  }

  @Test func inspections() throws {
    let header = Array(
      #"""
      {"__metadata__":{"int8_rows":"1"},"w":{"dtype":"I8","shape":[2,2],"data_offsets":[8,12]},"w.row_scale":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a.quant_state.bitsandbytes__nf4":{"dtype":"U8","shape":[2],"data_offsets":[12,14]},"a":{"dtype":"U8","shape":[2],"data_offsets":[14,16]}}
      """#.utf8)
    let good = file(header: String(decoding: header, as: UTF8.self), data: [UInt8](0..<16))
    let scratch = try Scratch()
    let path = "\(scratch.path)/x.safetensors"
    var random = SplitMix(state: 13)
    var refused = 0
    let count = FuzzLength.inputs(usual: 1_000, promised: 200_000)
    try Data(good).write(to: URL(fileURLWithPath: path))
    #expect(try Inspection.open(path).tensors.count == 2)
    for _ in 0..<count {
      try Data(mutated(good, below: good.count, &random)).write(to: URL(fileURLWithPath: path))
      if failure({ _ = try Inspection.open(path).types }) != nil { refused += 1 }
    }
    #expect(refused > count / 2)
  }
}
