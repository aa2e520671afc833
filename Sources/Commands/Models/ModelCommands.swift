import Interpreter
import Syntax
import Tensor

extension Registry {
  /// Looking at models and at the catalogue of methods.
  static func modelCommands() -> [CommandRecord] {
    [
      CommandRecord(
        "params", [ParameterSpec("model")], .models,
        "what trains, what changed and of what rank: the three counts",
        help: """
          trainable: parameters that the optimiser holds. changed: parameters of the merged model that differ from the \
          pretrained ones. rank: the numerical rank of each weight's change, summed.
          """
      ) { call in
        let model = try call.interpreter.attachRoot(call.module(0))
        return .host(try ParameterReport(model, interpreter: call.interpreter, span: call.span))
      },
      CommandRecord(
        "shapes", [ParameterSpec("model")], .models,
        "a model of shapes without values, of any size, to count and to edit",
        help: """
          Nothing is drawn and no memory is taken, so that `shapes(Llama(…)) |> lora(rank=32) |> params()` counts a model of \
          billions at once. Methods apply as to any model; running it, training it and saving it are mistakes.
          """,
        examples: [
          .init(
            "params(shapes(Llama(32000, 4096, 32, 32, inner=11008)) |> lora()).trainable", "4194304")
        ]
      ) { call in .module(try call.interpreter.outline(call.module(0), span: call.span)) },
      CommandRecord(
        "sites", [ParameterSpec("model"), ParameterSpec("at", default: .string("**"))], .models,
        "the sites of a model: the places that methods edit"
      ) { call in
        let model = try call.interpreter.attachRoot(call.module(0))
        let found = try call.interpreter.selectSites(model, call.string(1))
        return .host(
          TableValue(
            ["path", "type"],
            found.filter { !$0.path.isEmpty }.map { [.string($0.path), .string($0.module.type.name)] }))
      },
      CommandRecord(
        "reserve", [ParameterSpec("model"), ParameterSpec("count")], .models,
        "the model with so many positions kept from its texts, for rows that an edit adds",
        examples: [.init("reserve(load(\"tiny-bert\"), 10).maximum_length", "118")]
      ) { call in
        let model = try call.interpreter.attachRoot(call.module(0))
        let left = ModelInput.maximumLength(model) - (try call.int(1))
        guard left > 0 else {
          throw Mistake(
            "no position would be left for the text: the model has \(ModelInput.maximumLength(model))",
            code: "E0597", fix: "add fewer rows", argument: "count")
        }
        return .module(model.settingAttribute("maximum_length", .int(left)))
      },
      CommandRecord(
        "architecture",
        [
          ParameterSpec("name"), ParameterSpec("module"), ParameterSpec("build"),
          ParameterSpec("config"),
          ParameterSpec("prefix"), ParameterSpec("names"),
          ParameterSpec("transposed", default: .list([])), ParameterSpec("classes", default: .list([])),
          ParameterSpec("outside", default: .list([])), ParameterSpec("heads", default: .list([])),
          ParameterSpec("fits", default: Value.none), ParameterSpec("type", default: Value.none),
        ], .models, "declares how an architecture's checkpoints are named",
        help: """
          `build(config)` makes the model of a config.json, `config(model)` the config of a model. `names` are pairs \
          of our paths and the files', `*` standing for a number; `prefix` stands before the files' names where the model is \
          part of a task's. `transposed` weights are stored (in, out). `classes` pairs the files' class names with tasks. `outside` are pairs too, of parts that stand beside the prefix; \
          `heads` name the parts of a task's head, where they are not the layout's. `fits(model)` says of a constructed model \
          whether it is one, where two architectures share a module. `type` is what config.json calls it, where several \
          have one name there.
          """
      ) { call in
        let names = call.signature.parameters.map(\.name)
        call.interpreter.layouts["architecture", default: []].append(
          .tuple(Array(zip(names, call.arguments))))
        return .none
      },
      CommandRecord(
        "layout",
        [
          ParameterSpec("format"), ParameterSpec("type"), ParameterSpec("module"),
          ParameterSpec("apply"), ParameterSpec("tensors", default: .tuple([])),
          ParameterSpec("config", default: Value.none), ParameterSpec("names", default: .list([])),
          ParameterSpec("refuses", default: .list([])), ParameterSpec("when", default: Value.none),
          ParameterSpec("saves", default: Value.none), ParameterSpec("lists", default: .tuple([])),
        ], .models, "declares how a module's parameters are named in other tools' files",
        help: """
          Formats: `peft` (adapters) and `head` (a task's head). `refuses` names settings of a file's configuration that \
          would change the numbers and that `apply` does not know: a file in which one is set is not loaded. `apply(model, config, at)` \
          may ask for a fourth, `shape(site, tensor)`: the shape that the file has. `when(config)` \
          tells layouts of one type apart. `tensors` pairs a module's members with the files' names; a member that is a \
          function is called when a module is saved. \
          `saves(adapter)` makes the file's tensors where they stand under no site's name, or none where the other tool \
          computes otherwise; `config` may take the model as its second argument. `lists` names further lists of modules \
          in the configuration, each with the function that is true for their adapters: `apply` gets the pattern of their \
          sites as `config.NAME`, and `at` is the rest's.
          """
      ) { call in
        let names = call.signature.parameters.map(\.name)
        call.interpreter.layouts[try call.string(0), default: []].append(
          .tuple(Array(zip(names, call.arguments))))
        return .none
      },
    ] + quantizeCommands()
  }
}

/// `params(model)`: the three counts, their cost in bytes, and where the trainable parameters are.
final class ParameterReport: HostValue {
  let counts: ParameterCounts
  private let groups: [(name: String, shape: String, count: Int, copies: Int)]

  init(_ model: Module, interpreter: Interpreter, span: Span) throws {
    counts = try ParameterCounts(of: model, interpreter: interpreter, span: span)
    groups = ParameterReport.group(model.parameters())
  }

  /// Trainable parameters whose paths differ in numbers only are one row.
  private static func group(
    _ parameters: [NamedParameter]
  ) -> [(name: String, shape: String, count: Int, copies: Int)] {
    var order: [String] = []
    var found: [String: (name: String, shape: String, count: Int, copies: Int)] = [:]
    for named in parameters where named.parameter.isTrainable {
      let name = named.path.split(separator: ".").map { Int($0) == nil ? String($0) : "*" }
        .joined(separator: ".")
      let shape = describe(named.parameter.value.shape)
      let key = name + shape
      if found[key] == nil { order.append(key) }
      let known = found[key] ?? (name, shape, 0, 0)
      found[key] = (name, shape, known.count + named.parameter.value.count, known.copies + 1)
    }
    return order.compactMap { found[$0] }
  }

  var typeName: String { "counts" }
  var memberNames: [String] { ["trainable", "changed", "rank", "total", "stored_bytes", "optimizer_bytes"] }

  func member(_ name: String) throws -> Value? {
    switch name {
    case "trainable": .int(counts.trainable)
    case "changed": counts.changed.map { .int($0) } ?? Value.none
    case "rank": counts.rank.map { .int($0) } ?? Value.none
    case "total": .int(counts.total)
    case "stored_bytes": .int(counts.storedBytes)
    case "optimizer_bytes": .int(counts.optimizerBytes)
    default: nil
    }
  }

  private func known(_ count: Int?, _ printer: Printer) -> String {
    count.map { printer.grouped($0) } ?? "not known of shapes alone"
  }

  func description(for printer: Printer) -> String {
    let share = counts.total == 0 ? 0 : 100 * Double(counts.trainable) / Double(counts.total)
    let percent = printer.number((share * 1000).rounded() / 1000)
    var lines = [
      "trainable  \(printer.grouped(counts.trainable)) of \(printer.grouped(counts.total)) (\(percent)%)",
      "changed    \(known(counts.changed, printer))",
      "rank       \(known(counts.rank, printer))",
      "stored     \(printer.grouped(counts.storedBytes)) bytes, optimizer \(printer.grouped(counts.optimizerBytes)) bytes",
    ]
    if !groups.isEmpty {
      let rows = groups.map { group -> [Value] in
        [.string(group.name), .string(group.shape), .int(group.copies), .int(group.count)]
      }
      lines.append(
        TableValue(["trainable parameter", "shape", "copies", "count"], rows)
          .description(for: printer))
    }
    return lines.joined(separator: "\n")
  }
}
