import Syntax

/// Anything that can be called by name: a closure, a native command, a module's constructor.
public final class Function {
  public enum Kind {
    case closure(FunctionCode, captured: [Value?], module: Module?)
    /// One or several forms, chosen by the first argument's type.
    case native([Native])
    case constructor(ModuleType)
  }

  public let name: String
  public let kind: Kind
  /// Set for `method`s: their place in the catalogue.
  public let method: MethodInfo?

  public init(name: String, kind: Kind, method: MethodInfo? = nil) {
    self.name = name
    self.kind = kind
    self.method = method
  }

  public var kindName: String {
    switch kind {
    case .closure: method == nil ? "function" : "method"
    case .native: "command"
    case .constructor: "module type"
    }
  }

  /// How a function of the language is written, and in which file.
  public struct Declaration {
    public let documentation: [String]
    public let source: String
    public let file: String
  }

  /// Nil for a command.
  public var declaration: Declaration? {
    switch kind {
    case .closure(let code, _, _):
      Declaration(
        documentation: code.documentation, source: code.source, file: code.span.source.name)
    case .constructor(let type):
      Declaration(
        documentation: type.documentation, source: type.source,
        file: type.constructor.span.source.name)
    case .native: nil
    }
  }

  public var signature: Signature {
    switch kind {
    case .closure(let code, _, _): code.signature
    case .native(let forms): forms.first?.signature ?? Signature(name, [])
    case .constructor(let type): type.signature
    }
  }
}

/// What the catalogue of `methods()` knows beyond the function itself.
public struct MethodInfo {
  /// The survey's class: adapter, prompt, selective, reparameterisation, hybrid.
  public let category: String
  public let documentation: [String]
}

/// A command's body in Swift, with the signature that checks its arguments.
public final class Native {
  public let signature: Signature
  /// The first argument's types this form takes; empty: any.
  public let firstTypes: [String]
  public let body: (NativeCall) throws -> Value

  public init(
    _ signature: Signature, firstTypes: [String] = [], body: @escaping (NativeCall) throws -> Value
  ) {
    self.signature = signature
    self.firstTypes = firstTypes
    self.body = body
  }
}
