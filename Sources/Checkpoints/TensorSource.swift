import Tensor

/// Named tensors of a model, in whatever format they are stored.
public protocol TensorSource: Sendable {
  /// What errors call the file.
  var path: String { get }
  var names: [String] { get }
  func contains(_ name: String) -> Bool
  func shape(of name: String) -> [Int]?
  func tensor(_ name: String) throws -> Tensor
  /// Whether it was made smaller by a tool that puts a row for each output, whatever the architecture's files do.
  func isPacked(_ name: String) -> Bool
}

extension Weights: TensorSource {
  public func tensor(_ name: String) throws -> Tensor { try tensor(name, keepBF16: false) }
  public func isPacked(_ name: String) -> Bool { file(of: name)?.isPacked(name) == true }
}
