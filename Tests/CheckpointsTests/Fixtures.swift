import Foundation
import Tensor

@testable import Checkpoints

/// Files that scripts/make-fixtures.d/checkpoints.py made with the tools' own libraries.
enum Fixtures {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Fixtures").path

  static func path(_ name: String) -> String { "\(folder)/\(name)" }

  static func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: path(name))))
  }

  static func text(_ name: String) throws -> String {
    String(decoding: try bytes(name), as: UTF8.self)
  }

  /// All files below a folder as a bundle.
  static func bundle(_ name: String) throws -> FileBundle {
    var files: [String: ByteRegion] = [:]
    for file in try FileManager.default.contentsOfDirectory(atPath: path(name)) {
      files["\(name)/\(file)"] = ByteRegion(copying: try bytes("\(name)/\(file)"))
    }
    return FileBundle(name: "embedded", files: files).folder(name)
  }
}

/// A folder that is removed when the test is over.
final class Scratch {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("checkpoints-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ text: String, to name: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
  }

  func list(_ name: String = "") throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: "\(path)/\(name)").sorted()
  }
}

/// The elements of a contiguous tensor.
func values(_ tensor: Tensor) throws -> [Double] {
  let start = UnsafeRawPointer(try tensor.address("test"))
  return withExtendedLifetime(tensor) {
    (0..<tensor.count).map { index in
      let place = start + index * tensor.dtype.size
      switch tensor.dtype {
      case .f32: return Double(place.load(as: Float.self))
      case .f64: return place.load(as: Double.self)
      case .i32: return Double(place.load(as: Int32.self))
      case .i64: return Double(place.load(as: Int64.self))
      case .bool: return Double(place.load(as: UInt8.self))
      case .bf16: return Double(Float(bitPattern: UInt32(place.load(as: UInt16.self)) << 16))
      }
    }
  }
}

/// A safetensors file from a header as it is written here, and data.
func file(header: String, data: [UInt8] = []) -> [UInt8] {
  withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) } + Array(header.utf8)
    + data
}

/// The `CheckpointError` that a body throws; nil if it throws none.
func failure(_ body: () throws -> Void) -> CheckpointError? {
  do {
    try body()
    return nil
  } catch {
    return error as? CheckpointError
  }
}
