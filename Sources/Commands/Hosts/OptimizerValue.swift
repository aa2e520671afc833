import Interpreter
import Training

/// An optimiser's rule and settings; its memory belongs to the run.
public final class OptimizerValue: HostValue {
  public let optimizer: any Optimizer
  private let settings: [(String, Value)]

  public init(_ optimizer: any Optimizer, _ settings: [(String, Value)]) {
    self.optimizer = optimizer
    self.settings = settings
  }

  public var typeName: String { "optimizer" }
  public var memberNames: [String] { ["name"] + settings.map(\.0) }

  public func member(_ name: String) throws -> Value? {
    name == "name" ? .string(optimizer.name) : settings.first { $0.0 == name }?.1
  }

  public func description(for printer: Printer) -> String {
    let parts = settings.map { "\($0.0)=\(printer.inline($0.1))" }
    return "\(optimizer.name)(\(parts.joined(separator: ", ")))"
  }
}
