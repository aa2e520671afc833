import Autograd
import Checkpoints
import Foundation
import Interpreter
import Syntax
import Tensor

@testable import Commands

/// Places of the package that tests read.
enum Package {
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
  static let fixtures = root + "/Tests/Golden/fixtures"
  static let miniLM = root + "/models/all-MiniLM-L6-v2"

  /// False where scripts/fetch-models was not run: tests on real weights are then skipped.
  static let hasMiniLM = FileManager.default.fileExists(atPath: miniLM + "/model.safetensors")

  static let smolLM2 = root + "/models/SmolLM2-135M-Instruct/SmolLM2-135M-Instruct.Q4_1.gguf"
  static let hasSmolLM2 = FileManager.default.fileExists(atPath: smolLM2)

  static func json(_ path: String) throws -> JSONObject { try jsonFile("\(fixtures)/\(path)") }

  static func jsonFile(_ path: String) throws -> JSONObject {
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    guard let object = try JSONParser.parse(String(decoding: data, as: UTF8.self)).object else {
      throw Unexpected("\(path) is no object")
    }
    return object
  }

  static func tensors(_ path: String) throws -> SafetensorsFile {
    try SafetensorsFile.open("\(fixtures)/\(path)")
  }
}

struct Unexpected: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// A session without a terminal: commands, library, and a folder of its own to write to.
final class Bench {
  let interpreter: Interpreter
  let folder: String
  private(set) var printed = ""

  init(math: Math = .fast) throws {
    interpreter = Interpreter(engine: Engine(math: math))
    folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("commands-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    Registry.install(
      in: interpreter, paths: Paths(readFolders: [Package.root, folder], outputFolder: folder))
    try Embedded.loadLibrary(into: interpreter)
    interpreter.convertInput = ModelInput.convert
    interpreter.output = { [unowned self] in printed += $0 }
  }

  deinit {
    interpreter.close()
    try? FileManager.default.removeItem(atPath: folder)
  }

  /// Runs statements; the value of the last.
  @discardableResult
  func run(_ code: String) throws -> Value {
    let parsed = Parser.parse(Source(code, name: "test"))
    if let error = parsed.errors.first { throw Failure(error) }
    var last = Value.none
    for statement in parsed.statements { last = try interpreter.run(statement) }
    return last
  }

  func display(_ code: String) throws -> String { interpreter.printer.display(try run(code)) }

  func define(_ name: String, _ value: Value) { interpreter.globals.define(name, value) }

  func module(_ code: String) throws -> Module {
    guard case .module(let module) = try run(code) else { throw Unexpected("\(code): no module") }
    return try interpreter.attachRoot(module)
  }

  func tensor(_ code: String) throws -> Tensor {
    guard case .tensor(let variable) = try run(code) else { throw Unexpected("\(code): no tensor") }
    return variable.value
  }

  /// The failure that a piece of code ends with; nil if it ends well.
  func failure(_ code: String) throws -> Failure? {
    do {
      try run(code)
      return nil
    } catch let failure as Failure { return failure }
  }

  func path(_ name: String) -> String { "\(folder)/\(name)" }

  /// A copy of a fixture's folder, to damage.
  func copy(_ fixture: String, as name: String) throws {
    try FileManager.default.copyItem(atPath: "\(Package.fixtures)/\(fixture)", toPath: path(name))
  }
}

/// How far tensors are from their references; the worst of many.
struct Agreement {
  private(set) var worst = 0.0
  private(set) var place = "nothing compared"
  private(set) var count = 0

  /// max|a − b| / max|b|, or max|a − b| where only that is asked.
  mutating func compare(
    _ name: String, _ found: Tensor, _ expected: Tensor, relative: Bool = true
  ) throws {
    try compare(
      name, found.shape == expected.shape ? found.doubles() : [], expected.doubles(),
      relative: relative)
  }

  mutating func compare(
    _ name: String, _ found: [Double], _ expected: [Double], relative: Bool = true
  ) throws {
    count += 1
    guard found.count == expected.count else {
      worst = .infinity
      place = "\(name): shapes differ"
      return
    }
    var difference = zip(found, expected).map { abs($0 - $1) }.reduce(0) { $1.isNaN ? .nan : max($0, $1) }
    let size = expected.map { abs($0) }.reduce(0, max)
    // All zeros are met by zeros only.
    if relative, difference != 0 { difference /= size }
    // Not-a-number compares false with everything.
    if !(difference <= worst) {
      worst = difference.isNaN ? .infinity : difference
      place = name
    }
  }

  /// True if something was compared and nothing was further off than this.
  func within(_ tolerance: Double) -> Bool { count > 0 && worst <= tolerance }
}

extension Agreement: CustomStringConvertible {
  var description: String { "worst \(worst) of \(count), at \(place)" }
}

extension JSONValue {
  /// The numbers of nested lists, row-major.
  var numbers: [Double] {
    if let number = double { return [number] }
    return (array ?? []).flatMap(\.numbers)
  }
}
