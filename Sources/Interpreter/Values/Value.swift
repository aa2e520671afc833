import Autograd
import Tensor

/// What an expression of the language evaluates to. All are values but a run, which is a host value with reference semantics.
public enum Value {
  case none
  case bool(Bool)
  case int(Int)
  case float(Double)
  case string(String)
  case list(ListValue)
  case tuple(TupleValue)
  /// Boxed, so that copying a number does not copy a tensor's room.
  indirect case tensor(Variable)
  case module(Module)
  case function(Function)
  case host(any HostValue)
}

/// An immutable list; a class, so that a `Value` stays two words.
public final class ListValue {
  public let elements: [Value]
  public init(_ elements: [Value]) { self.elements = elements }
}

/// An immutable named tuple. A positional element has the empty name; names are unique otherwise.
public final class TupleValue {
  public let names: [String]
  public let elements: [Value]

  public init(names: [String], elements: [Value]) {
    self.names = names
    self.elements = elements
  }

  public convenience init(_ pairs: [(String, Value)]) {
    self.init(names: pairs.map(\.0), elements: pairs.map(\.1))
  }

  public subscript(name: String) -> Value? {
    guard !name.isEmpty, let index = names.firstIndex(of: name) else { return nil }
    return elements[index]
  }

  /// The tuple with `changes` applied: known names replaced in place, new ones appended.
  public func updating(_ changes: [(String, Value)]) -> TupleValue {
    var names = names
    var elements = elements
    for (name, value) in changes {
      if let index = names.firstIndex(of: name) {
        elements[index] = value
      } else {
        names.append(name)
        elements.append(value)
      }
    }
    return TupleValue(names: names, elements: elements)
  }
}

extension Value {
  public static func list(_ elements: [Value]) -> Value { .list(ListValue(elements)) }
  public static func tuple(_ pairs: [(String, Value)]) -> Value { .tuple(TupleValue(pairs)) }
  public static func tensor(_ value: Tensor) -> Value { .tensor(Variable(value)) }

  /// The name of the value's type as users know it.
  public var typeName: String {
    switch self {
    case .none: "none"
    case .bool: "bool"
    case .int: "int"
    case .float: "float"
    case .string: "string"
    case .list: "list"
    case .tuple: "tuple"
    case .tensor: "tensor"
    case .module(let module): module.type.name
    case .function(let function): function.kindName
    case .host(let host): host.typeName
    }
  }

  /// The type with its article, for messages: "an int", "a tensor".
  public var typeWithArticle: String {
    if case .none = self { return "none" }
    return Self.withArticle(typeName)
  }

  static func withArticle(_ name: String) -> String {
    ("aeiouAEIOU".contains(name.first ?? "x") ? "an " : "a ") + name
  }
}
