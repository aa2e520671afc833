import Autograd
import Syntax
import Tensor

extension Interpreter {
  /// What `.name` gives on any value.
  public func member(_ name: String, of value: Value) throws -> Value {
    switch value {
    case .tensor(let variable):
      if let result = try member(name, of: variable) { return result }
    case .tuple(let tuple):
      if let result = tuple[name] { return result }
    case .list(let list):
      if name == "length" { return .int(list.elements.count) }
    case .string(let text):
      if name == "length" { return .int(text.unicodeScalars.count) }
    case .module(let module):
      if let result = try module.member(name, in: self) { return result }
    case .host(let host):
      if let result = try host.member(name) { return result }
    case .function(let function):
      if name == "name" { return .string(function.name) }
    default: break
    }
    let names = members(of: value)
    let shown = names.prefix(12).joined(separator: ", ")
    throw Mistake(
      "\(value.typeWithArticle) has no member `\(name)`", code: "E0520",
      note: names.isEmpty
        ? nil : "it has: \(shown)" + (names.count > 12 ? " and \(names.count - 12) more" : ""),
      fix: suggestion(for: name, among: names))
  }

  private func member(_ name: String, of variable: Variable) throws -> Value? {
    switch name {
    case "shape": return .list(variable.shape.map { .int($0) })
    case "dtype": return .string("\(variable.dtype)")
    case "rank": return .int(variable.rank)
    case "count": return .int(variable.value.count)
    case "T":
      if variable.rank < 2 { return .tensor(variable) }
      return .tensor(try tape.transpose(variable))
    default: return nil
    }
  }

  /// Members for completion and near misses.
  public func members(of value: Value) -> [String] {
    switch value {
    case .tensor: ["T", "count", "dtype", "rank", "shape"]
    case .tuple(let tuple): tuple.names.filter { !$0.isEmpty }
    case .list, .string: ["length"]
    case .module(let module): module.memberNames
    case .host(let host): host.memberNames
    case .function: ["name"]
    default: []
    }
  }

  /// What `for`, `map` and destructuring go through.
  public func elements(of value: Value) throws -> [Value] {
    switch value {
    case .list(let list): return list.elements
    case .tuple(let tuple): return tuple.elements
    case .string(let text): return text.unicodeScalars.map { .string(String($0)) }
    case .tensor(let variable) where variable.rank > 0:
      return try (0..<variable.shape[0]).map { .tensor(try tape.selecting(variable, axis: 0, index: $0)) }
    case .host(let host):
      if let count = host.count {
        return try (0..<count).map { position in
          if position & 0xFFF == 0xFFF { try poll() }
          guard let element = try host.element(at: .int(position)) else {
            throw Mistake("\(value.typeWithArticle) cannot be gone through", code: "E0517")
          }
          return element
        }
      }
    default: break
    }
    throw Mistake(
      "\(value.typeWithArticle) cannot be gone through", code: "E0517",
      note: "lists, tuples, ranges, tensors, strings and datasets can", fix: counting(value))
  }

  /// `for i in 3` is meant to count.
  private func counting(_ value: Value) -> String? {
    if case .int(let count) = value { "to count write `range(\(count))`" } else { nil }
  }
}
