import Tensor
import Testing

@testable import Training

/// The nameless file: what is written comes back, and room that is given up is used again.
struct SpillTests {
  private func storage(_ values: [Double]) -> Storage { Tensor(values).storage }

  private func values(_ storage: Storage) throws -> [Double] {
    try Tensor(storage: storage, shape: [storage.byteCount / 8], dtype: .f64).doubles()
  }

  @Test func whatIsWrittenComesBack() throws {
    let file = try #require(SpillFile())
    let texts: [[Double]] = [[1, 2, 3], [], [.pi], Array(repeating: 0.5, count: 100_000)]
    let blocks = try texts.map { try #require(file.write(storage($0))) }
    for (text, block) in zip(texts, blocks).reversed() {
      #expect(try values(file.read(block)) == text)
    }
  }

  @Test func roomIsUsedAgain() throws {
    let file = try #require(SpillFile())
    var first = file.write(storage([1, 2]))
    var second = file.write(storage([3, 4]))
    let third = try #require(file.write(storage([5])))
    #expect(third.place == 32..<40)
    first = nil
    second = nil
    // The two gaps are one now.
    let joined = try #require(file.write(storage([6, 7, 8, 9])))
    #expect(joined.place == 0..<32)
    #expect(try values(file.read(third)) == [5])
    #expect(try values(file.read(joined)) == [6, 7, 8, 9])
    #expect(first == nil && second == nil)
  }

  @Test func aFolderThatIsNotThere() {
    #expect(SpillFile(folder: "/no/such/folder") == nil)
  }
}
