import Interpreter

/// Everything there is to know about one form of a command: help, completion, argument errors, the generated reference and
/// the tests of the examples all read this record.
public struct CommandRecord {
  /// The heading under which help and the reference list it.
  public enum Category: String, CaseIterable {
    case tensors, shapes, random, mathematics, layers, losses, values, text, models, editing,
      gradients, data, training, files, session
  }

  /// One line of code and what the prompt prints for it.
  public struct Example {
    public let code: String
    /// Nil: shown but its output is not promised (times, long tables).
    public let result: String?
    public init(_ code: String, _ result: String?) {
      self.code = code
      self.result = result
    }
  }

  public let signature: Signature
  public let category: Category
  /// One line, without a full stop's worth of detail: what it gives.
  public let summary: String
  /// Formula, shapes, units, errors and source, as far as they apply.
  public let help: String
  public let examples: [Example]
  /// The first argument's types that choose this form; empty: any.
  public let firstTypes: [String]
  public let body: (NativeCall) throws -> Value

  public init(
    _ name: String, _ parameters: [ParameterSpec], _ category: Category, _ summary: String,
    help: String = "", examples: [Example] = [], firstTypes: [String] = [],
    body: @escaping (NativeCall) throws -> Value
  ) {
    signature = Signature(name, parameters)
    self.category = category
    self.summary = summary
    self.help = help
    self.examples = examples
    self.firstTypes = firstTypes
    self.body = body
  }

  public var name: String { signature.name }
  public var native: Native { Native(signature, firstTypes: firstTypes, body: body) }
}
