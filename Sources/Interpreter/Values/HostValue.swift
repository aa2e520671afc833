/// A value that a room outside the language hands to it: a dataset, tokenizer, optimizer, run, table or plot.
///
/// Reference identity is the value's identity. Only runs may change; every other host value is immutable.
public protocol HostValue: AnyObject {
  /// The type's name as users know it, such as `dataset`.
  var typeName: String { get }
  /// The members that completion offers and `.name` reaches.
  var memberNames: [String] { get }
  func member(_ name: String) throws -> Value?
  /// The value at `index`, or nil where the type cannot be indexed.
  func element(at index: Value) throws -> Value?
  /// How many elements `for` and `len` see, or nil where there are none to count.
  var count: Int? { get }
  /// What the prompt shows; may have several lines.
  func description(for printer: Printer) -> String
  /// Called like a function: `tokenizer("text")`. Nil where it cannot be.
  func call(_ arguments: [Value], in interpreter: Interpreter) throws -> Value?
}

extension HostValue {
  public var memberNames: [String] { [] }
  public func member(_ name: String) throws -> Value? { nil }
  public func element(at index: Value) throws -> Value? { nil }
  public var count: Int? { nil }
  public func description(for printer: Printer) -> String { typeName }
  public func call(_ arguments: [Value], in interpreter: Interpreter) throws -> Value? { nil }
}
