import Foundation

/// What every template can call.
enum TemplateFunctions {
  static var globals: [(key: String, value: TemplateValue)] {
    let functions = [
      TemplateFunction("raise_exception") { arguments in
        let message = arguments.values.first?.printed ?? ""
        throw TokenizerError("The chat template refuses these messages: \(message)")
      },
      TemplateFunction("namespace") { arguments in
        var members: [(key: String, value: TemplateValue)] = []
        if case .dictionary(let first)? = arguments.values.first { members = first }
        for (key, value) in arguments.named { members.set(key, value) }
        return .namespace(TemplateNamespace(members))
      },
      TemplateFunction("dict") { .dictionary($0.named) },
      TemplateFunction("range", range),
      TemplateFunction("strftime_now") { arguments in
        .string(now(arguments.values.first?.text ?? ""))
      },
    ]
    return functions.map { ($0.name, .function($0)) }
  }

  private static func range(_ arguments: TemplateArguments) throws -> TemplateValue {
    let bounds = arguments.values.compactMap(\.integer)
    guard bounds.count == arguments.values.count, (1...3).contains(bounds.count) else {
      throw TokenizerError("The chat template's `range` takes one to three whole numbers.")
    }
    let (start, end) = bounds.count == 1 ? (0, bounds[0]) : (bounds[0], bounds[1])
    let step = bounds.count == 3 ? bounds[2] : 1
    guard step != 0, abs(Double(end) - Double(start)) / abs(Double(step)) <= 100_000 else {
      throw TokenizerError("The chat template's `range` is too long.")
    }
    return .list(stride(from: start, to: end, by: step).map { .int($0) })
  }

  private static func now(_ format: String) -> String {
    var moment = time(nil)
    var parts = tm()
    localtime_r(&moment, &parts)
    var buffer = [CChar](repeating: 0, count: 256)
    let length = strftime(&buffer, buffer.count, format, &parts)
    return String(decoding: buffer.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// `loop`, inside of a loop.
  static func loop(_ index: Int, _ elements: [TemplateValue]) -> TemplateValue {
    let count = elements.count
    let cycle = TemplateFunction("cycle") { arguments in
      arguments.values.isEmpty
        ? .undefined("the value") : arguments.values[index % arguments.values.count]
    }
    return .dictionary([
      ("index", .int(index + 1)), ("index0", .int(index)), ("revindex", .int(count - index)),
      ("revindex0", .int(count - index - 1)), ("first", .bool(index == 0)),
      ("last", .bool(index == count - 1)), ("length", .int(count)),
      ("previtem", index > 0 ? elements[index - 1] : .undefined("`loop.previtem`")),
      ("nextitem", index + 1 < count ? elements[index + 1] : .undefined("`loop.nextitem`")),
      ("cycle", .function(cycle)),
    ])
  }
}
