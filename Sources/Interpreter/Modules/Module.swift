import Autograd
import Syntax
import Tensor

/// A module's declaration, resolved: what constructing and calling it need.
public final class ModuleType {
  public let name: String
  public let signature: Signature
  let constructor: FunctionCode
  /// Constructor parameters first, then the fields of the body in order.
  public let fieldNames: [String]
  let fieldIndex: [String: Int]
  public internal(set) var functions: [String: FunctionCode]
  let captured: [Value?]
  public let documentation: [String]
  public let source: String
  /// Set for the few types whose `forward` takes any arguments: the wrappers that `before` and `after` make.
  var nativeForward: ((Interpreter, Module, Arguments, Span) throws -> Value)?

  /// Whether modules of this type run a function on what a site gets or gives.
  public var isHook: Bool { nativeForward != nil }

  init(
    name: String, signature: Signature, constructor: FunctionCode, fieldNames: [String],
    functions: [String: FunctionCode], captured: [Value?], documentation: [String], source: String
  ) {
    self.name = name
    self.signature = signature
    self.constructor = constructor
    self.fieldNames = fieldNames
    self.functions = functions
    self.captured = captured
    self.documentation = documentation
    self.source = source
    var index: [String: Int] = [:]
    for (position, field) in fieldNames.enumerated() { index[field] = position }
    fieldIndex = index
  }

  /// A type whose constructor takes `base` wraps a module: it is transparent in paths and forwards unknown members.
  public var wrapsBase: Bool { signature.indexByName["base"] != nil }
}

/// What a module holds under one name.
enum Field {
  case unset
  case value(Value)
  case parameter(Parameter)
  case pending(PendingParameter)
  /// A value that `with` computed while recording: gradients flow through it; it is never counted or saved.
  case computed(Variable)
}

/// An immutable tree of parameters, plain values and submodules. Edits rebuild the way from the root; the rest is shared.
public final class Module {
  public let type: ModuleType
  /// Written only by the constructor and by attachment, before the module is shared.
  var fields: [Field]
  /// The site's final path, once attached; the root's is empty.
  public internal(set) var path: String
  public internal(set) var isAttached: Bool
  /// The name under which a method added this module: part of the paths of its own parameters.
  public internal(set) var adapterName: String?
  /// What this module became when it was first used without having joined a model.
  var attachedForm: Module?
  /// Root attributes: tokenizer, config, hooks, penalties, groups, adapters.
  public internal(set) var attributes: [String: Value]

  init(
    type: ModuleType, fields: [Field], path: String = "", isAttached: Bool = false,
    adapterName: String? = nil, attributes: [String: Value] = [:]
  ) {
    self.type = type
    self.fields = fields
    self.path = path
    self.isAttached = isAttached
    self.adapterName = adapterName
    self.attributes = attributes
  }

  func copy() -> Module {
    Module(
      type: type, fields: fields, path: path, isAttached: isAttached, adapterName: adapterName,
      attributes: attributes)
  }

  /// The module that this one wraps, if it does.
  public var base: Module? {
    guard type.wrapsBase, let index = type.fieldIndex["base"], case .value(.module(let inner)) = fields[index]
    else { return nil }
    return inner
  }

  /// An attribute of this module or of what it wraps.
  public func attribute(_ name: String) -> Value? {
    attributes[name] ?? base?.attribute(name)
  }

  public func settingAttribute(_ name: String, _ value: Value) -> Module {
    let result = copy()
    result.attributes[name] = value
    return result
  }
}
