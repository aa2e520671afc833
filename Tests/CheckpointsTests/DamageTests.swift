import Tensor
import Testing

@testable import Checkpoints

/// Files that lie or are broken must be refused with a `CheckpointError`, never read beyond their
/// bytes and never trap.
struct DamageTests {
  /// Opens a file and reads every tensor in it.
  private func readAll(_ bytes: [UInt8]) throws {
    let opened = try SafetensorsFile.open(bytes)
    for name in opened.names { _ = try values(opened.tensor(name)) }
  }

  @Test(arguments: ["types.safetensors", "lora/adapter_model.safetensors"])
  func truncationAnywhereIsNoticed(name: String) throws {
    let whole = try Fixtures.bytes(name)
    try readAll(whole)
    for count in 0..<whole.count {
      let error = failure { try readAll(Array(whole[..<count])) }
      if error == nil { Issue.record("cut at \(count) of \(whole.count) went unnoticed") }
    }
    #expect(failure { try readAll(whole + [0]) }?.location == .byte(whole.count))
  }

  static func entry(_ dtype: String, _ shape: String, _ offsets: String) -> String {
    #"{"dtype":\#(dtype),"shape":\#(shape),"data_offsets":\#(offsets)}"#
  }

  @Test(arguments: [
    (#"{"a":\#(entry("\"F32\"", "[2]", "[0,4]"))}"#, "needs 8 bytes"),
    (#"{"a":\#(entry("\"F32\"", "[2]", "[0,16]"))}"#, "only 8 bytes are there"),
    (#"{"a":\#(entry("\"F32\"", "[2]", "[8,0]"))}"#, "begin <= end"),
    (#"{"a":\#(entry("\"F32\"", "[2]", "[-8,0]"))}"#, "not negative"),
    (#"{"a":\#(entry("\"F32\"", "[-2]", "[0,8]"))}"#, "not negative"),
    (#"{"a":\#(entry("\"F32\"", "[2.0]", "[0,8]"))}"#, "whole numbers"),
    (#"{"a":\#(entry("\"F32\"", "[2]", "[0,8,8]"))}"#, "begin <= end"),
    (#"{"a":\#(entry("\"F32\"", "[2]", "[0,99999999999999999999]"))}"#, "whole numbers"),
    (#"{"a":\#(entry("\"F32\"", "[4294967296,4294967296]", "[0,8]"))}"#, "too large"),
    (#"{"a":\#(entry("\"F32\"", "[0,9223372036854775807,9]", "[0,0]"))}"#, "too large"),
    (#"{"a":\#(entry("\"F31\"", "[2]", "[0,8]"))}"#, "'F31' is not a type"),
    (#"{"a":\#(entry("7", "[2]", "[0,8]"))}"#, "exactly dtype"),
    (#"{"a":{"dtype":"F32","shape":[2]}}"#, "exactly dtype"),
    (#"{"a":[1]}"#, "exactly dtype"),
    (#"{"a":\#(entry("\"F32\"", "[1]", "[0,4]"))}"#, "accounts for"),
    (#"{"a":\#(entry("\"F32\"", "[1]", "[4,8]"))}"#, "belong to no tensor"),
    (
      #"{"a":\#(entry("\"F32\"", "[2]", "[0,8]")),"b":\#(entry("\"F32\"", "[1]", "[4,8]"))}"#,
      "overlaps"
    ),
    (
      #"{"a":\#(entry("\"F32\"", "[1]", "[0,4]")),"a":\#(entry("\"F32\"", "[1]", "[4,8]"))}"#,
      "twice"
    ),
    (#"{"__metadata__":{"x":1},"a":\#(entry("\"F32\"", "[2]", "[0,8]"))}"#, "must be a string"),
    (#"{"__metadata__":[],"a":\#(entry("\"F32\"", "[2]", "[0,8]"))}"#, "object of strings"),
    ("[]", "begin with '{'"),
    (#"{"a":"#, "not valid JSON"),
    (#"{"a":\#(entry("\"F4\"", "[3]", "[0,8]"))}"#, "too large"),
    (#"{"a":[[[[[[[[]]]]]]]]}"#, "nested deeper"),
  ])
  func liesInTheHeader(header: String, problem: String) {
    let error = failure { try readAll(file(header: header, data: [UInt8](repeating: 0, count: 8))) }
    #expect(error?.problem.contains(problem) == true, "\(String(describing: error))")
  }

  @Test(arguments: [UInt64.max, 1 << 63, 100_000_001, 100_000_000, 1 << 32, 0])
  func liesAboutTheHeadersLength(length: UInt64) throws {
    var bytes = try Fixtures.bytes("types.safetensors")
    withUnsafeBytes(of: length.littleEndian) { bytes.replaceSubrange(0..<8, with: $0) }
    let error = failure { try readAll(bytes) }
    #expect(error?.location == .byte(length == 0 ? 8 : 0))
  }

  @Test func errorsSayWhereAndWhatToDo() {
    let header = #"{"a":\#(Self.entry("\"F32\"", "[2]", "[0,4]"))}"#
    let bytes = file(header: header, data: [0, 0, 0, 0])
    #expect(
      failure { _ = try SafetensorsFile.open(bytes, name: "x.safetensors") }?.description
        == "x.safetensors, tensor 'a': Shape [2] of F32 needs 8 bytes, but data_offsets give 4. "
        + "The file is damaged or incomplete: copy or download it again.")
  }

  /// Seeded mutations of a good file: each is read without a trap, or refused.
  @Test func mutationsNeverTrap() throws {
    let header = #"""
      {"__metadata__":{"format":"pt"},"w":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"b":{"dtype":"BF16","shape":[2],"data_offsets":[8,12]}}
      """#
    let good = file(header: header, data: [UInt8](0..<12))
    try readAll(good)
    var random = SplitMix(state: 20_240_611)
    var refused = 0
    for round in 0..<20_000 {
      var bytes = good
      for _ in 0...Int(random.next() % 3) { mutate(&bytes, &random) }
      do {
        try readAll(bytes)
      } catch is CheckpointError {
        refused += 1
      } catch {
        Issue.record("round \(round): \(error)")
      }
    }
    // Changes of data or of names leave a file valid; most others do not.
    #expect(refused > 10_000 && refused < 20_000)
  }

  private func mutate(_ bytes: inout [UInt8], _ random: inout SplitMix) {
    guard !bytes.isEmpty else { return bytes.append(UInt8(truncatingIfNeeded: random.next())) }
    let place = Int(random.next() % UInt64(bytes.count))
    let interesting = Array("0123456789-{}[]\",:.eE\\u".utf8)
    switch random.next() % 6 {
    case 0: bytes[place] ^= 1 << UInt8(random.next() % 8)
    case 1: bytes[place] = interesting[Int(random.next() % UInt64(interesting.count))]
    case 2: bytes.remove(at: place)
    case 3: bytes.insert(interesting[Int(random.next() % UInt64(interesting.count))], at: place)
    case 4: bytes.removeSubrange(place..<min(bytes.count, place + Int(random.next() % 16)))
    default:
      let end = min(bytes.count, place + Int(random.next() % 24))
      bytes.insert(contentsOf: Array(bytes[place..<end]), at: place)
    }
  }
}

/// A small generator whose numbers are the same everywhere.
struct SplitMix {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
