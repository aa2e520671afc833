import CKernelsExact
import Testing

@testable import Tensor

@Suite struct RandomNumbers {
  /// The known answers that come with Random123 for philox4x32-10.
  @Test func philoxKnownAnswers() {
    let answers: [([UInt32], [UInt32], [UInt32])] = [
      ([0, 0, 0, 0], [0, 0], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
      (
        [0xffff_ffff, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff], [0xffff_ffff, 0xffff_ffff],
        [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
      ),
      (
        [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0],
        [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
      ),
    ]
    for (counter, key, expected) in answers {
      var result = [UInt32](repeating: 0, count: 4)
      cke_philox(counter, key, &result)
      #expect(result == expected)
    }
  }

  @Test func valuesDependOnPlaceOnly() throws {
    let draw = Philox(seed: 7, stream: hash64("blocks.0.attn.q.weight"))
    for dtype in floatTypes {
      let long = try draw.normal([50_001], dtype: dtype).doubles()
      #expect(try draw.normal([13], dtype: dtype).doubles() == Array(long.prefix(13)))
      #expect(
        try draw.uniform([9], dtype: dtype).doubles()
          == Array(draw.uniform([5000], dtype: dtype).doubles().prefix(9)))
    }
    #expect(
      try sameBitsForAnyThreads { _ in
        [
          try draw.normal([30_000]), try draw.uniform([30_000]),
          try draw.bernoulli([30_000], probability: 0.3),
        ]
      })
    #expect(
      try Philox(seed: 8, stream: draw.stream).uniform([4]).floats() != draw.uniform([4]).floats())
    #expect(try Philox(seed: 7, stream: 1).uniform([4]).floats() != draw.uniform([4]).floats())
  }

  @Test func moments() throws {
    let draw = Philox(seed: 2, stream: 3)
    let n = 200_000
    for dtype in floatTypes {
      let x = try draw.normal([n], dtype: dtype).doubles()
      let mean = x.reduce(0, +) / Double(n)
      let square = x.reduce(0) { $0 + $1 * $1 } / Double(n)
      let fourth = x.reduce(0) { $0 + $1 * $1 * $1 * $1 } / Double(n)
      #expect(abs(mean) < 0.01 && abs(square - 1) < 0.015 && abs(fourth - 3) < 0.1)
      let u = try draw.uniform([n], low: -1, high: 3, dtype: dtype).doubles()
      #expect(u.allSatisfy { $0 >= -1 && $0 < 3 })
      #expect(abs(u.reduce(0, +) / Double(n) - 1) < 0.015)
    }
    let kept = try draw.bernoulli([n], probability: 0.25).bools().filter { $0 }.count
    #expect(abs(Double(kept) / Double(n) - 0.25) < 0.005)
    let mask = try Engine().dropoutMask([n], rate: 0.2, random: draw).floats()
    #expect(Set(mask) == [0, 1.25])
    #expect(abs(Double(mask.filter { $0 == 0 }.count) / Double(n) - 0.2) < 0.005)
    let whole = try draw.integers([n], below: 6).ints()
    #expect(Set(whole) == Set(0..<6))
    #expect(throws: TensorError.self) { try Engine().dropoutMask([2], rate: 1, random: draw) }
  }

  @Test func permutations() {
    let draw = Philox(seed: 2, stream: 3)
    let order = draw.permutation(1000)
    #expect(order.sorted() == Array(0..<1000))
    #expect(order != Array(0..<1000))
    #expect(draw.permutation(1000) == order)
    #expect(draw.permutation(0).isEmpty)
    // Each of the six orders of three comes about equally often.
    var counts: [[Int]: Int] = [:]
    for stream in 0..<6000 {
      counts[Philox(seed: 1, stream: UInt64(stream)).permutation(3), default: 0] += 1
    }
    #expect(counts.count == 6 && counts.values.allSatisfy { (850...1150).contains($0) })
  }

  @Test func hashes() {
    #expect(hash64("a") != hash64("b"))
    #expect(hash64("ab", "c") != hash64("a", "bc"))
    #expect(hash64("a", "x", 1) != hash64("a", "x", 2))
    #expect(Set((0..<10_000).map { hash64("p", "q", UInt64($0)) }).count == 10_000)
  }
}
