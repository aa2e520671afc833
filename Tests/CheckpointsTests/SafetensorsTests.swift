import Foundation
import Tensor
import Testing

@testable import Checkpoints

struct SafetensorsTests {
  // What the fixture's script put in; f16 6e-8 is the smallest subnormal, 2^-24.
  static let expected: [(name: String, dtype: DType, shape: [Int], values: [Double])] = [
    ("f32", .f32, [2, 3], [-1, -0.875, -0.75, -0.625, -0.5, -0.375]),
    ("f64", .f64, [3], [-1, -0.875, -0.75]),
    ("bf16", .f32, [3], [1.5, -2, 3.140625]),
    ("f16", .f32, [6], [1, -2, 65504, 0x1p-24, .infinity, 0.333251953125]),
    ("i64", .i64, [2], [7, -8]),
    ("i32", .i32, [2, 1], [1, 2]),
    ("i16", .i32, [1], [-300]),
    ("i8", .i32, [2], [-128, 127]),
    ("u8", .i32, [2], [0, 255]),
    ("bool", .bool, [3], [1, 0, 1]),
    ("scalar", .f32, [], [3]),
    ("empty", .f32, [0, 3], []),
    ("é\"\\\n", .f32, [1], [1]),
  ]

  @Test(arguments: [true, false])
  func readsEveryType(mapped: Bool) throws {
    let file =
      try mapped
      ? SafetensorsFile.open(Fixtures.path("types.safetensors"))
      : SafetensorsFile.open(Fixtures.bytes("types.safetensors"))
    #expect(Set(file.names) == Set(Self.expected.map(\.name)))
    #expect(file.metadata == ["format": "pt"])
    for entry in Self.expected {
      let tensor = try file.tensor(entry.name)
      #expect(tensor.dtype == entry.dtype && tensor.shape == entry.shape, "\(entry.name)")
      #expect(try values(tensor) == entry.values, "\(entry.name)")
    }
    #expect(file.type(of: "bf16") == .bf16 && file.shape(of: "f32") == [2, 3])
    let kept = try file.tensor("bf16", keepBF16: true)
    #expect(kept.dtype == .bf16)
    #expect(try values(kept) == [1.5, -2, 3.140625])
  }

  @Test func viewsCopyNothingAndOutliveTheFile() throws {
    var file: SafetensorsFile? = try SafetensorsFile.open(Fixtures.path("types.safetensors"))
    let tensor = try #require(try file?.tensor("f32"))
    let region = try #require(try file?.bytes(of: "f32"))
    #expect(tensor.storage.isExternal)
    #expect(UnsafeRawPointer(try tensor.address("test")) == region.start)
    file = nil
    #expect(try values(tensor).last == -0.375)
  }

  @Test func misalignedDataIsCopied() throws {
    let header = #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#  // 54 bytes
    let bytes = file(header: header, data: [0, 0, 0x80, 0x3F])
    let opened = try SafetensorsFile.open(bytes)
    #expect(!(try opened.bytes(of: "a").isAligned(to: 4)))
    let tensor = try opened.tensor("a")
    #expect(UInt(bitPattern: try tensor.address("test")) % 4 == 0)
    #expect(try values(tensor) == [1])
  }

  @Test func missingTensorNamesOthers() throws {
    let opened = try SafetensorsFile.open(Fixtures.path("lora/adapter_model.safetensors"))
    let error = failure { _ = try opened.tensor("nothing") }
    #expect(error?.location == .tensor("nothing"))
    #expect(error?.problem.contains("base_model.model.classifier.bias") == true)
  }

  @Test func uncommonTypes() throws {
    let header =
      #"{"f8":{"dtype":"F8_E4M3","shape":[2],"data_offsets":[0,2]},"u16":{"dtype":"U16","shape":[1],"data_offsets":[2,4]},"u32":{"dtype":"U32","shape":[1],"data_offsets":[4,8]},"u64":{"dtype":"U64","shape":[1],"data_offsets":[8,16]},"b":{"dtype":"BOOL","shape":[1],"data_offsets":[16,17]}}"#
    let data: [UInt8] = [1, 2, 0xFF, 0xFF] + [UInt8](repeating: 0xFF, count: 12) + [2]
    let opened = try SafetensorsFile.open(file(header: header, data: data))
    #expect(try values(opened.tensor("u16")) == [65535])
    #expect(try values(opened.tensor("u32")) == [4_294_967_295])
    #expect(failure { _ = try opened.tensor("f8") }?.problem.contains("F8_E4M3") == true)
    #expect(failure { _ = try opened.tensor("u64") }?.problem.contains("does not fit") == true)
    #expect(failure { _ = try opened.tensor("b") }?.problem.contains("is 2") == true)
  }

  // MARK: Writing

  /// The format's own library, given the same tensors, writes the same bytes.
  @Test func writesTheBytesThatTheLibraryWrites() throws {
    for name in ["types.safetensors", "model/model.safetensors", "lora/adapter_model.safetensors"] {
      let opened = try SafetensorsFile.open(Fixtures.path(name))
      let entries = try opened.names.reversed().map { name in
        SafetensorsWriter.Entry(
          name: name, type: try #require(opened.type(of: name)),
          shape: try #require(opened.shape(of: name)), data: try opened.bytes(of: name))
      }
      #expect(try SafetensorsWriter.bytes(entries) == Fixtures.bytes(name), "\(name)")
    }
  }

  @Test func roundTripsTensors() throws {
    let scratch = try Scratch()
    let tensors: [(name: String, tensor: Tensor)] = [
      ("a", Tensor([Float(1.5), -2, 3e-9], shape: [3, 1])), ("b", Tensor([Double.pi])),
      ("c", Tensor([1, -2])), ("d", Tensor([Int32(5)])), ("e", Tensor([true, false])),
      ("f", Tensor([Float](), shape: [0, 4])),
    ]
    let path = "\(scratch.path)/x.safetensors"
    try SafetensorsWriter.write(tensors, to: path)
    let opened = try SafetensorsFile.open(path)
    for (name, tensor) in tensors {
      let read = try opened.tensor(name)
      #expect(read.dtype == tensor.dtype && read.shape == tensor.shape)
      #expect(try values(read) == values(tensor))
    }
    let first = try Data(contentsOf: URL(fileURLWithPath: path))
    // Overwriting while the old file is still mapped.
    try SafetensorsWriter.write(tensors.reversed(), to: path)
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == first)
    #expect(try values(opened.tensor("b")) == [Double.pi])
    #expect(try scratch.list() == ["x.safetensors"])
  }

  @Test func storedTypes() throws {
    let tensors = [("m", Tensor([Float(1), -0.5, 100, 127], shape: [2, 2])), ("n", Tensor([3]))]
      .map { (name: $0.0, tensor: $0.1) }
    let half = try SafetensorsFile.open(SafetensorsWriter.bytes(tensors, as: .f16))
    #expect(half.type(of: "m") == .f16 && half.type(of: "n") == .i64)
    #expect(try values(half.tensor("m")) == [1, -0.5, 100, 127])
    let brain = try SafetensorsFile.open(SafetensorsWriter.bytes(tensors, as: .bf16))
    #expect(brain.type(of: "m") == .bf16)
    #expect(try values(brain.tensor("m")) == [1, -0.5, 100, 127])
    let small = try SafetensorsFile.open(SafetensorsWriter.bytes(tensors, as: .int8Rows))
    #expect(small.type(of: "m") == .i8)
    #expect(Set(small.names) == ["m", "n"] && !small.contains("m.row_scale"))
    // Row 0: scale 1/127, so -0.5 is -63.5 -> -64 (ties to even); row 1: scale 1.
    #expect(
      try values(small.tensor("m")) == [1, Double(Float(1) / 127 * -64), 100, 127])
  }

  @Test func refusesDoubleNames() {
    let tensors = [("a", Tensor([1])), ("a", Tensor([2]))].map { (name: $0.0, tensor: $0.1) }
    #expect(failure { _ = try SafetensorsWriter.bytes(tensors) }?.location == .tensor("a"))
  }

  @Test func leavesNothingBehindWhenItCannotWrite() throws {
    let scratch = try Scratch()
    let error = failure {
      try SafetensorsWriter.write(
        [(name: "a", tensor: Tensor([1]))], to: "\(scratch.path)/missing/x.safetensors")
    }
    #expect(error?.problem.contains("No such file") == true)
    #expect(try scratch.list() == [])
  }
}

struct HalfPrecisionTests {
  /// Every f16 that is a number survives being read as f32 and written again.
  @Test func allHalvesRoundTrip() throws {
    let data = (UInt16.min...UInt16.max).flatMap {
      [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)]
    }
    let entry = SafetensorsWriter.Entry(
      name: "h", type: .f16, shape: [65536], data: ByteRegion(copying: data))
    let tensor = try SafetensorsFile.open(SafetensorsWriter.bytes([entry])).tensor("h")
    let numbers = try values(tensor)
    let again = try SafetensorsFile.open(
      SafetensorsWriter.bytes([(name: "h", tensor: tensor)], as: .f16)
    ).bytes(of: "h").array
    for bits in 0..<65536 {
      if bits & 0x7C00 == 0x7C00 && bits & 0x3FF != 0 {
        if !numbers[bits].isNaN { Issue.record("\(bits) is no NaN") }
      } else if again[2 * bits] != data[2 * bits] || again[2 * bits + 1] != data[2 * bits + 1] {
        Issue.record("\(bits) came back as another half")
      }
    }
  }

  // Reference: torch.tensor(x).half() and .bfloat16(), viewed as int16.
  @Test(arguments: [
    (Float(0.1), 0x2E66, 0x3DCD), (65519, 0x7BFF, 0x4780), (65520, 0x7C00, 0x4780),
    (1e-8, 0x0000, 0x322C), (3e-8, 0x0001, 0x3301), (-0.0, 0x8000, 0x8000),
    (1.00048828125, 0x3C00, 0x3F80), (1.00146484375, 0x3C02, 0x3F80), (3.3e38, 0x7C00, 0x7F78),
    (6.1e-5, 0x03FF, 0x3880), (1.00390625, 0x3C04, 0x3F80), (1.01171875, 0x3C0C, 0x3F82),
  ])
  func roundsToNearestEven(value: Float, half: Int, brain: Int) throws {
    #expect(HalfPrecision.f16(value) == UInt16(half))
    let file = try SafetensorsFile.open(
      SafetensorsWriter.bytes([(name: "x", tensor: Tensor([value]))], as: .bf16))
    #expect(try file.bytes(of: "x").array == [UInt8(brain & 0xFF), UInt8(brain >> 8)])
  }
}
