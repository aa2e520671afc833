import Foundation
import Tensor
import Testing

@testable import Checkpoints

/// GGUF files that are whole, and files that lie or are broken: those are refused with a
/// `CheckpointError`.
struct GGUFTests {
  private static let fixture = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Golden/fixtures/gguf/tiny.gguf")

  private static func whole() throws -> [UInt8] { Array(try Data(contentsOf: fixture)) }

  /// Opens a file, and reads all that is in it.
  private static func readAll(_ bytes: [UInt8]) throws {
    let file = try GGUFFile.open(bytes)
    for name in file.names { _ = try file.tensor(name) }
    let model = try GGUFModel(file)
    _ = try file.tokenizer()
    _ = file.tokenizerConfiguration()
    for name in model.names { _ = try model.tensor(name) }
  }

  @Test func aWholeFileIsRead() throws {
    let file = try GGUFFile.open(Self.whole())
    try Self.readAll(Self.whole())
    #expect(file.names.count == 20)
    let types = Set(file.names.compactMap { file.entries[$0]?.type })
    #expect(types == [.f32, .f16, .bf16, .q4_0, .q4_1, .q8_0])
    // Sizes stand innermost first in the file.
    #expect(file.entries["blk.0.ffn_up.weight"]?.shape == [96, 64])
    #expect(file.values["llama.attention.head_count_kv"]?.int == 2)
    let model = try GGUFModel(file)
    #expect(model.config["rms_norm_eps"]?.double == 1e-5)
    #expect(model.contains("model.layers.1.self_attn.q_proj.weight"))
  }

  /// Blocks by hand: scale 0.5; least value -1.
  @Test func blocksAreDecodedAsTheFormatSays() throws {
    let half: [UInt8] = [0x00, 0x38]
    let nibbles = (0..<16).map { UInt8($0 | (15 - $0) << 4) }
    func decode(_ bytes: [UInt8], _ kind: BlockKind) throws -> [Double] {
      try bytes.withUnsafeBytes { try values(Engine().decodeBlocks($0, kind, shape: [32])) }
    }
    let low = (0..<16).map(Double.init)
    let all = low + low.reversed()
    #expect(try decode(half + nibbles, .q4_0) == all.map { ($0 - 8) * 0.5 })
    #expect(try decode(half + [0x00, 0xBC] + nibbles, .q4_1) == all.map { $0 * 0.5 - 1 })
    let bytes = (0..<32).map { UInt8(bitPattern: Int8($0 * 8 - 128)) }
    #expect(try decode(half + bytes, .q8_0) == (0..<32).map { Double($0 * 8 - 128) * 0.5 })
    // The smallest half float that is not zero.
    #expect(try decode([1, 0] + bytes, .q8_0)[31] == 120 * 0x1p-24)
    #expect(throws: TensorError.self) { try decode(half, .q8_0) }
  }

  @Test func truncationIsNoticed() throws {
    let whole = try Self.whole()
    for count in stride(from: 0, to: whole.count, by: 211) {
      let error = failure { try Self.readAll(Array(whole[..<count])) }
      if error == nil { Issue.record("cut at \(count) of \(whole.count) went unnoticed") }
    }
  }

  /// One to four bytes of the directory changed: an error or a correct read, never a trap.
  @Test func damageNeverTraps() throws {
    let whole = try Self.whole()
    let generator = Philox(seed: 9, stream: 1)
    let size = 12_000
    let draws = try generator.integers([4_000, 3], below: size).ints()
    var refused = 0
    for trial in 0..<1_000 {
      var bytes = whole
      for change in 0...(trial % 4) {
        let place = draws[(trial * 4 + change) * 3]
        bytes[place] = UInt8(truncatingIfNeeded: draws[(trial * 4 + change) * 3 + 1])
      }
      do { try Self.readAll(bytes) } catch is CheckpointError { refused += 1 }
    }
    #expect(refused > 100)
  }

  /// Numbers of the directory that no file can mean.
  @Test func liesAboutSizesAreRefused() throws {
    let huge = withUnsafeBytes(of: UInt64.max.littleEndian) { Array($0) }
    let half = withUnsafeBytes(of: UInt64(1 << 62).littleEndian) { Array($0) }
    let whole = try Self.whole()
    let name = Array("token_embd.weight".utf8)
    let place = try #require(whole.indices.first { whole[$0...].starts(with: name) }) + name.count
    for lie in [huge, half] {
      // The counts of tensors and keys, a string's length, both sizes of a tensor, its offset.
      for start in [8, 16, 24, place + 4, place + 12, place + 24] {
        var bytes = whole
        bytes.replaceSubrange(start..<start + 8, with: lie)
        #expect(failure { try Self.readAll(bytes) } != nil, "at \(start)")
      }
    }
    var bytes = whole
    bytes[place + 20] = 20
    let error = try #require(failure { try Self.readAll(bytes) })
    #expect(error.problem.contains("IQ4_NL") && error.location == .tensor("token_embd.weight"))
    bytes = whole
    bytes[4] = 1
    #expect(failure { try Self.readAll(bytes) }?.problem.contains("version 1") == true)
  }
}
