import Syntax

/// `f(a, name = b)`
final class CallCode: Code {
  let callee: Code
  let arguments: [Code]
  /// Nil for a positional argument.
  let names: [String?]
  let isPositional: Bool

  init(_ span: Span, callee: Code, arguments: [Code], names: [String?]) {
    self.callee = callee
    self.arguments = arguments
    self.names = names
    isPositional = names.allSatisfy { $0 == nil }
    super.init(span)
  }

  override func evaluate(_ frame: Frame) throws -> Value {
    let target = try callee.evaluate(frame)
    var values: [Value] = []
    values.reserveCapacity(arguments.count)
    for argument in arguments { values.append(try argument.evaluate(frame)) }
    let interpreter = frame.interpreter
    if let debugger = interpreter.debugger { debugger.willOperate(self, frame) }
    do {
      let result = try interpreter.call(
        target, Arguments(values: values, names: isPositional ? nil : names), at: span)
      guard let debugger = interpreter.debugger else { return result }
      return try debugger.didOperate(self, result, frame)
    } catch {
      throw interpreter.place(error, at: culprit(error) ?? span)
    }
  }

  /// The argument that a mistake names, when it was written in this call.
  private func culprit(_ error: any Error) -> Span? {
    guard let mistake = error as? Mistake, let name = mistake.argument else { return nil }
    if let index = names.firstIndex(of: name) { return arguments[index].span }
    if let position = Int(name), arguments.indices.contains(position) {
      return arguments[position].span
    }
    return nil
  }
}

/// The arguments of one call: values with, where any was named, their names.
public struct Arguments {
  public var values: [Value]
  public var names: [String?]?

  public init(values: [Value], names: [String?]? = nil) {
    self.values = values
    self.names = names
  }
}

/// A lambda, or a `fn` inside another: captures its surroundings by value.
final class ClosureCode: Code {
  let function: FunctionCode
  init(_ span: Span, _ function: FunctionCode) {
    self.function = function
    super.init(span)
  }
  override func evaluate(_ frame: Frame) throws -> Value {
    .function(
      Function(
        name: function.name,
        kind: .closure(function, captured: function.capture(from: frame), module: frame.module),
        method: function.method))
  }
}

/// A `module` declaration: makes the type.
final class ModuleDeclarationCode: Code {
  let make: (_ captured: [Value?]) -> ModuleType
  let constructor: FunctionCode
  init(_ span: Span, constructor: FunctionCode, make: @escaping ([Value?]) -> ModuleType) {
    self.constructor = constructor
    self.make = make
    super.init(span)
  }
  override func evaluate(_ frame: Frame) throws -> Value {
    let type = make(constructor.capture(from: frame))
    return .function(Function(name: type.name, kind: .constructor(type)))
  }
}

/// A function of the language after resolution.
public final class FunctionCode {
  public let name: String
  public let signature: Signature
  public let span: Span
  public let documentation: [String]
  public let source: String
  public let method: MethodInfo?
  /// In the callee's frame; nil where the parameter is required.
  var defaults: [Code?] = []
  let shapes: [ShapePattern?]
  let resultShape: ShapePattern?
  // Filled once the body is resolved.
  var body: Code
  var slotNames: [String] = []
  /// (where in the enclosing frame, where in this one)
  var captures: [(from: Int, to: Int)] = []
  /// The slot under which a function inside another sees itself.
  var selfSlot: Int?

  init(
    name: String, signature: Signature, span: Span, documentation: [String], source: String,
    method: MethodInfo?, shapes: [ShapePattern?], resultShape: ShapePattern?
  ) {
    self.name = name
    self.signature = signature
    self.span = span
    self.documentation = documentation
    self.source = source
    self.method = method
    self.shapes = shapes
    self.resultShape = resultShape
    body = Code(span)
  }

  func capture(from frame: Frame) -> [Value?] { captures.map { frame.slots[$0.from] } }
}

/// What a native command's body sees of its call.
public struct NativeCall {
  public let interpreter: Interpreter
  public let signature: Signature
  /// One a parameter, defaults filled in; a variadic parameter's is a list.
  public let arguments: [Value]
  public let span: Span

  public subscript(index: Int) -> Value { arguments[index] }
}
