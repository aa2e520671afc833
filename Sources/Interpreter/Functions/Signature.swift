import Syntax

/// One parameter of a function, native or written in the language.
public struct ParameterSpec {
  public let name: String
  /// Nil: required. Otherwise the default as written, for help; closures evaluate theirs in the call's own frame.
  public let defaultText: String?
  /// What a native takes when the argument is left out.
  public let defaultValue: Value?
  /// Takes all further positional arguments, as a list.
  public let isVariadic: Bool
  /// Takes all further named arguments, as a tuple.
  public let takesNamed: Bool

  public init(
    _ name: String, default value: Value? = nil, text: String? = nil, variadic: Bool = false,
    named: Bool = false
  ) {
    takesNamed = named
    self.name = name
    self.defaultValue = value
    self.defaultText = text ?? value.map { Printer.plain.inline($0) }
    self.isVariadic = variadic
  }

  public var isRequired: Bool { defaultText == nil && !isVariadic && !takesNamed }
}

/// The parameters of a function, in order, with what it is called.
public struct Signature {
  public let name: String
  public let parameters: [ParameterSpec]
  let indexByName: [String: Int]
  /// Some parameter takes any number of arguments.
  let takesRest: Bool

  public init(_ name: String, _ parameters: [ParameterSpec]) {
    self.name = name
    self.parameters = parameters
    takesRest = parameters.contains { $0.isVariadic || $0.takesNamed }
    var index: [String: Int] = [:]
    for (position, parameter) in parameters.enumerated() { index[parameter.name] = position }
    indexByName = index
  }

  /// `lora(model, rank = 8, at = model.targets)`
  public var description: String {
    let list = parameters.map { parameter in
      if parameter.isVariadic || parameter.takesNamed { return parameter.name + "…" }
      return parameter.defaultText.map { "\(parameter.name) = \($0)" } ?? parameter.name
    }
    return "\(name)(\(list.joined(separator: ", ")))"
  }
}
