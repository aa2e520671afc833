import Syntax

extension ModuleType {
  /// A wrapper with fields `base` and `edit` whose forward is written in Swift, because it passes on any arguments.
  static func wrapper(
    _ name: String, documentation: String,
    forward: @escaping (Interpreter, Module, Arguments, Span) throws -> Value
  ) -> ModuleType {
    let source = Source("module \(name)(base, edit) { … }", name: "<built in>")
    let span = Span(0, source.utf8.count, source)
    let signature = Signature(name, [ParameterSpec("base"), ParameterSpec("edit")])
    let constructor = FunctionCode(
      name: name, signature: signature, span: span, documentation: [documentation],
      source: source.text, method: nil, shapes: [nil, nil], resultShape: nil)
    constructor.defaults = [nil, nil]
    let type = ModuleType(
      name: name, signature: signature, constructor: constructor, fieldNames: ["base", "edit"],
      functions: [:], captured: [], documentation: [documentation], source: source.text)
    type.nativeForward = forward
    return type
  }

  /// `before(model, at, edit)`: the site gets what `edit` makes of its inputs.
  public static func before() -> ModuleType {
    wrapper("Before", documentation: "Runs `edit` on a site's inputs.") { interpreter, module, inputs, span in
      let (base, edit) = try module.wrapped()
      let edited = try interpreter.call(edit, inputs, at: span)
      if case .tuple(let tuple) = edited, inputs.values.count > 1,
        tuple.names.allSatisfy(\.isEmpty)
      {
        return try interpreter.call(base, Arguments(values: tuple.elements), at: span)
      }
      var values = inputs.values
      if values.isEmpty { values = [edited] } else { values[0] = edited }
      return try interpreter.call(base, Arguments(values: values, names: inputs.names), at: span)
    }
  }

  /// `after(model, at, edit)`: what the site gives passes through `edit`, which may ask for the inputs too.
  public static func after() -> ModuleType {
    wrapper("After", documentation: "Runs `edit` on a site's output.") { interpreter, module, inputs, span in
      let (base, edit) = try module.wrapped()
      let output = try interpreter.call(base, inputs, at: span)
      var values = [output]
      values += inputs.values.prefix(Swift.max(interpreter.requiredCount(edit), 1) - 1)
      return try interpreter.call(edit, Arguments(values: values), at: span)
    }
  }
}

extension Module {
  fileprivate func wrapped() throws -> (base: Module, edit: Value) {
    guard let base, let index = type.fieldIndex["edit"], case .value(let edit) = fields[index] else {
      throw Mistake("`\(type.name)` wraps no module")
    }
    return (base, edit)
  }
}

extension Interpreter {
  /// How many arguments a function or a module's `forward` must be given.
  public func requiredCount(_ value: Value) -> Int {
    switch value {
    case .function(let function):
      return function.signature.parameters.count { $0.isRequired }
    case .module(let module):
      return module.type.functions["forward"]?.signature.parameters.count { $0.isRequired } ?? 1
    default: return 1
    }
  }
}
