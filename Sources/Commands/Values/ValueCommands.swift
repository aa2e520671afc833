import Foundation
import Interpreter

extension Registry {
  /// Numbers, lists, tuples, functions.
  static func valueCommands() -> [CommandRecord] {
    let list = ParameterSpec("values")
    let function = ParameterSpec("function")
    return [
      CommandRecord(
        "range",
        [ParameterSpec("start"), ParameterSpec("end", default: Value.none), ParameterSpec("step", default: .int(1))],
        .values, "whole numbers from start to below end; with one argument, from 0",
        examples: [.init("to_list(range(3))", "[0, 1, 2]")]
      ) { call in
        let step = try call.int(2)
        if step == 0 { throw Mistake("the step cannot be 0", code: "E0515", argument: "step") }
        if call.isNone(1) { return .host(RangeValue(start: 0, end: try call.int(0), step: step)) }
        return .host(RangeValue(start: try call.int(0), end: try call.int(1), step: step))
      },
      CommandRecord(
        "to_list", [list], .values, "the elements as a list",
        firstTypes: ["range", "tuple", "string", "list", "dataset"]
      ) { call in .list(try call.interpreter.elements(of: call[0])) },
      CommandRecord(
        "len", [list], .values, "how many elements there are",
        examples: [.init("len([1, 2, 3])", "3")]
      ) { call in
        if case .tensor(let x) = call[0], x.rank > 0 { return .int(x.shape[0]) }
        if case .host(let host) = call[0], let count = host.count { return .int(count) }
        return .int(try call.interpreter.elements(of: call[0]).count)
      },
      CommandRecord(
        "map", [list, function], .values, "the function's result for each element",
        examples: [.init("map([1, 2], x -> x * 10)", "[10, 20]")]
      ) { call in
        .list(
          try call.interpreter.elements(of: call[0]).map {
            try call.interpreter.poll()
            return try call.interpreter.call(call[1], $0, at: call.span)
          })
      },
      CommandRecord(
        "map_values", [ParameterSpec("tuple"), function], .values,
        "the tuple with each value replaced by function(value), or by function(value, name)",
        examples: [.init("map_values((a=1, b=2), x -> x * 10)", "(a=10, b=20)")]
      ) { call in
        guard case .tuple(let tuple) = call[0] else {
          throw Mistake(
            "`map_values` goes through a named tuple, not \(call[0].typeWithArticle)", code: "E0547",
            fix: "for a list take `map`", argument: "tuple")
        }
        let wantsName = call.interpreter.requiredCount(call[1]) > 1
        return .tuple(
          TupleValue(
            names: tuple.names,
            elements: try zip(tuple.names, tuple.elements).map { name, element in
              try call.interpreter.poll()
              let values = wantsName ? [element, .string(name)] : [element]
              return try call.interpreter.call(call[1], Arguments(values: values), at: call.span)
            }))
      },
      CommandRecord(
        "has", [ParameterSpec("tuple"), ParameterSpec("name")], .values,
        "whether a tuple has a member of this name", examples: [.init("has((a=1, b=2), \"b\")", "true")]
      ) { call in
        guard case .tuple(let tuple) = call[0] else { return .bool(false) }
        return .bool(tuple[try call.string(1)] != nil)
      },
      CommandRecord(
        "filter", [list, function], .values, "the elements for which the function is true",
        examples: [.init("filter([1, 2, 3], x -> x > 1)", "[2, 3]")]
      ) { call in
        .list(
          try call.interpreter.elements(of: call[0]).filter {
            try call.interpreter.truth(
              of: call.interpreter.call(call[1], $0, at: call.span), at: call.span)
          })
      },
      CommandRecord(
        "reduce", [list, function, ParameterSpec("start")], .values,
        "the elements joined from the left: function(so far, element)",
        examples: [.init("reduce([1, 2, 3], (a, b) -> a + b, 0)", "6")]
      ) { call in
        try call.interpreter.elements(of: call[0]).reduce(call[2]) {
          try call.interpreter.call(call[1], $0, $1, at: call.span)
        }
      },
      CommandRecord(
        "sum", [list], .values, "the sum of a list of numbers", examples: [.init("sum([1, 2, 3])", "6")],
        firstTypes: ["list", "tuple", "range"]
      ) { call in
        try call.interpreter.elements(of: call[0]).reduce(.int(0)) {
          try call.interpreter.add($0, $1)
        }
      },
      CommandRecord(
        "mean", [list], .values, "the mean of a list of numbers", examples: [.init("mean([1, 2])", "1.5")],
        firstTypes: ["list", "tuple", "range"]
      ) { call in
        let elements = try call.interpreter.elements(of: call[0])
        guard !elements.isEmpty else { throw Mistake("an empty list has no mean", argument: "values") }
        let total = try elements.reduce(0.0) { try $0 + call.interpreter.number($1, at: call.span) }
        return .float(total / Double(elements.count))
      },
      extreme("max", "the largest of a list") { $0 > $1 },
      extreme("min", "the smallest of a list") { $0 < $1 },
      CommandRecord(
        "zip", [ParameterSpec("a"), ParameterSpec("b")], .values, "pairs of elements, as long as the shorter",
        examples: [.init("zip([1, 2], [3, 4])", "[(1, 3), (2, 4)]")]
      ) { call in
        let (a, b) = (
          try call.interpreter.elements(of: call[0]), try call.interpreter.elements(of: call[1])
        )
        return .list(zip(a, b).map { .tuple([("", $0), ("", $1)]) })
      },
      CommandRecord(
        "round", [ParameterSpec("x"), ParameterSpec("digits", default: .int(0))], .values,
        "x rounded to so many decimals", examples: [.init("round(2.345, 1)", "2.3")]
      ) { call in
        if case .int = call[0] { return call[0] }
        let factor = pow(10, Double(try call.int(1)))
        return .float((try call.double(0) * factor).rounded() / factor)
      },
      CommandRecord(
        "int", [ParameterSpec("x")], .values, "a number without its fraction",
        examples: [.init("int(2.9)", "2")]
      ) { call in
        if case .string(let text) = call[0] {
          guard let number = Int(text) else {
            throw Mistake("\"\(text)\" is no whole number", code: "E0547", argument: "x")
          }
          return .int(number)
        }
        let x = try call.double(0)
        guard x.isFinite, abs(x) < 9e18 else { throw Mistake("\(x) is no whole number", argument: "x") }
        return .int(Int(x))
      },
      CommandRecord(
        "float", [ParameterSpec("x")], .values, "a number as a float", examples: [.init("float(2)", "2.0")]
      ) { call in
        if case .string(let text) = call[0] {
          guard let number = Double(text) else {
            throw Mistake("\"\(text)\" is no number", code: "E0547", argument: "x")
          }
          return .float(number)
        }
        return .float(try call.double(0))
      },
      CommandRecord(
        "fail", [ParameterSpec("message"), ParameterSpec("fix", default: Value.none)], .values,
        "ends what runs with an error: what is wrong, and what to do about it",
        help: "For mistakes that only a method can see, such as a run that is too short."
      ) { call in
        throw Mistake(try call.string(0), code: "E0599", fix: call.isNone(1) ? nil : try call.string(1))
      },
      CommandRecord(
        "type", [ParameterSpec("value")], .values, "the name of a value's type",
        examples: [.init("type(1)", "\"int\"")]
      ) { call in .string(call[0].typeName) },
    ]
  }

  private static func extreme(
    _ name: String, _ summary: String, _ better: @escaping (Double, Double) -> Bool
  ) -> CommandRecord {
    CommandRecord(
      name, [ParameterSpec("values")], .values, summary,
      examples: [.init("\(name)([1, 3, 2])", name == "max" ? "3" : "1")],
      firstTypes: ["list", "tuple", "range"]
    ) { call in
      let elements = try call.interpreter.elements(of: call[0])
      guard var best = elements.first else {
        throw Mistake("an empty list has no \(name)", argument: "values")
      }
      for element in elements.dropFirst()
      where better(
        try call.interpreter.number(element, at: call.span),
        try call.interpreter.number(best, at: call.span))
      {
        best = element
      }
      return best
    }
  }

  static func textCommands() -> [CommandRecord] {
    [
      CommandRecord(
        "print", [ParameterSpec("values", variadic: true), ParameterSpec("whole", default: .bool(false))],
        .text, "prints values on one line; a table or a report by itself, as the prompt shows it",
        help: "Of a list with more than 24 elements the first and the last are shown; whole=true shows all."
      ) { call in
        var printer = call.interpreter.printer
        if try call.bool(1) { printer.longestList = .max }
        let values = try call.list(0)
        if values.count == 1, case .host = values[0] {
          call.interpreter.output(printer.display(values[0]) + "\n")
        } else {
          call.interpreter.output(values.map { printer.text($0) }.joined(separator: " ") + "\n")
        }
        return .none
      },
      CommandRecord(
        "format", [ParameterSpec("x"), ParameterSpec("decimals")], .text,
        "a number with so many decimals, as text", examples: [.init("format(0.5, 2)", "\"0.50\"")]
      ) { call in .string(String(format: "%.\(try call.int(1))f", try call.double(0))) },
      CommandRecord(
        "join", [ParameterSpec("values"), ParameterSpec("with", default: .string(""))], .text,
        "the elements as one text", examples: [.init("join([1, 2], \", \")", "\"1, 2\"")]
      ) { call in
        .string(
          try call.interpreter.elements(of: call[0]).map { call.interpreter.printer.text($0) }
            .joined(separator: call.string(1)))
      },
      CommandRecord(
        "split", [ParameterSpec("text"), ParameterSpec("by", default: .string(" "))], .text,
        "the parts of a text between separators", examples: [.init("split(\"a b\")", "[\"a\", \"b\"]")],
        firstTypes: ["string"]
      ) { call in
        .list(try call.string(0).components(separatedBy: call.string(1)).map { .string($0) })
      },
    ] + chatCommands()
  }
}
