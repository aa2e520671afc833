import Foundation
import Tensor
import Testing

@testable import Checkpoints

/// Every kind of block, as the format's own package decodes it; the references are
/// scripts/make-fixtures.d/gguf_kinds.py's.
struct GGUFKindsTests {
  private static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Golden/fixtures/gguf").path

  @Test(arguments: BlockKind.allCases)
  func blocksAreTheReferences(_ kind: BlockKind) throws {
    let file = try SafetensorsFile.open("\(Self.folder)/blocks.safetensors")
    let name = "\(kind)".uppercased()
    let expected = try file.tensor("\(name).values")
    let stored = try file.bytes(of: "\(name).bytes")
    let found = try Engine().decodeBlocks(stored.bytes, kind, shape: expected.shape)
    #expect(expected.count == 3 * kind.blockSize)
    #expect(try values(found) == values(expected))
    #expect(try values(expected).contains { $0 != 0 })
  }

  /// Sizes of blocks agree between the format's table and the decoders.
  @Test func theTablesAgree() {
    for type in GGUFType.allCases {
      guard case .blocks(let kind)? = type.reading else { continue }
      #expect(type.blockSize == kind.blockSize && type.blockBytes == kind.blockBytes)
      #expect("\(type)" == "\(kind)")
    }
  }

  @Test func scaledRotationIsRecognised() throws {
    let model = try GGUFModel.open("\(Self.folder)/pieces.gguf")
    let rotation = try #require(model.config["rope_parameters"]?.object)
    #expect(rotation["rope_type"]?.string == "llama3")
    #expect(rotation["factor"]?.double == 8)
    #expect(rotation["original_max_position_embeddings"]?.int == 8192)
  }

  /// One factor changed: no settings give these numbers.
  @Test func rotationOfAnotherKindIsRefused() throws {
    var bytes = Array(
      try Data(contentsOf: URL(fileURLWithPath: "\(Self.folder)/pieces.gguf")))
    let entry = try #require(try GGUFFile.open(bytes).entries["rope_freqs.weight"])
    let place = entry.range.upperBound - 64
    withUnsafeBytes(of: Float(3).bitPattern.littleEndian) {
      bytes.replaceSubrange(place..<place + 4, with: $0)
    }
    let error = try #require(failure { _ = try GGUFModel(GGUFFile.open(bytes)) })
    #expect(error.problem.contains("rotary"))
  }
}
