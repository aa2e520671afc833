import Checkpoints
import Datasets
import Interpreter

extension Registry {
  /// Reading and writing files.
  static func fileCommands(_ paths: Paths) -> [CommandRecord] {
    [
      CommandRecord(
        "load", [ParameterSpec("name"), ParameterSpec("base", default: Value.none)], .files,
        "a model: bundled, from a Hugging Face folder or a GGUF file, or an adapter on its base",
        help: """
          A bundled name, or a folder with config.json, model.safetensors and tokenizer.json, opened by memory map. A \
          folder with adapter_config.json is put onto `base`, or onto the base model that it names. A GGUF file (llama, qwen2; \
          F32, F16, BF16, Q8_0, Q4_0, Q4_1) is opened by memory map too, its quantised weights as f32.
          """
      ) { call in
        var base: Module?
        if !call.isNone(1) { base = try call.interpreter.attachRoot(call.module(1)) }
        let loader = ModelLoader(interpreter: call.interpreter, paths: paths, span: call.span)
        return .module(try loader.load(call.string(0), base: base))
      },
      CommandRecord(
        "save",
        [ParameterSpec("model"), ParameterSpec("path"), ParameterSpec("dtype", default: Value.none)],
        .files, "writes an adapter as a PEFT folder, or a whole model as a Hugging Face folder",
        help: """
          A model with adapters is saved as adapter_config.json and adapter_model.safetensors, its head with them; one \
          without as config.json, model.safetensors and tokenizer.json. `dtype` may be f32, f16, bf16 or int8. Nothing \
          half-written stays, and no folder is replaced but an earlier save.
          """
      ) { call in
        let saver = ModelSaver(interpreter: call.interpreter, paths: paths, span: call.span)
        try saver.save(
          call.interpreter.attachRoot(call.module(0)), to: call.string(1), type: storedType(call, 2))
        return .none
      },
      CommandRecord(
        "read",
        [
          ParameterSpec("name"), ParameterSpec("task", default: Value.none),
          ParameterSpec("text", default: Value.none), ParameterSpec("label", default: Value.none),
          ParameterSpec("pair", default: Value.none), ParameterSpec("positive", default: Value.none),
          ParameterSpec("negative", default: Value.none), ParameterSpec("delimiter", default: Value.none),
          ParameterSpec("header", default: Value.none), ParameterSpec("unit", default: .string("line")),
        ], .files, "a dataset: bundled, or from a TSV, CSV, JSONL or text file",
        help: """
          `task` is classify, regress, language or masked. `text`, `label` and `pair` name columns. With `positive` and \
          `negative` a numeric label becomes two classes: at least `positive`, at most `negative`; rows between are dropped. \
          `unit` of a text file: line, paragraph or document.
          """
      ) { call in
        let options = try readOptions(call)
        let name = try call.string(0)
        if Embedded.dataNames.contains(name), let region = Embedded.file("data/\(name).tsv") {
          return .host(DatasetValue(try Reader.read(region.array, path: "\(name).tsv", options)))
        }
        let path: String
        do { path = try paths.readable(name, argument: "name") } catch let mistake as Mistake {
          let near = Suggestion.nearest(name, Embedded.dataNames).map { "did you mean \"\($0)\"?" }
          throw Mistake(
            mistake.message, code: mistake.code, note: mistake.note, fix: near ?? mistake.fix,
            argument: "name")
        }
        return .host(DatasetValue(try Reader.read(path, options)))
      },
    ]
  }

  private static func storedType(_ call: NativeCall, _ index: Int) throws -> SafetensorsWriter.StoredType {
    if call.isNone(index) { return .unchanged }
    switch try call.string(index) {
    case "f32": return .f32
    case "f16": return .f16
    case "bf16": return .bf16
    case "int8": return .int8Rows
    case let other:
      throw Mistake(
        "weights cannot be stored as \"\(other)\"", code: "E0710",
        note: "types: f32, f16, bf16, int8", argument: "dtype")
    }
  }

  private static func readOptions(_ call: NativeCall) throws -> ReadOptions {
    var options = ReadOptions()
    func text(_ index: Int) throws -> String? { call.isNone(index) ? nil : try call.string(index) }
    if let name = try text(1) {
      guard let task = Dataset.Task(rawValue: name) else {
        throw Mistake(
          "there is no task \"\(name)\"", code: "E0711",
          note: "tasks: " + Dataset.Task.allCases.map(\.rawValue).joined(separator: ", "),
          fix: Suggestion.nearest(name, Dataset.Task.allCases.map(\.rawValue)).map {
            "did you mean \"\($0)\"?"
          }, argument: "task")
      }
      options.task = task
    }
    options.columns = ReadOptions.Columns(text: try text(2), pair: try text(4), label: try text(3))
    if !call.isNone(5) || !call.isNone(6) {
      guard !call.isNone(5), !call.isNone(6) else {
        throw Mistake("give both `positive` and `negative`", argument: "positive")
      }
      options.thresholds = ReadOptions.Thresholds(
        negative: try call.double(6), positive: try call.double(5))
    }
    options.delimiter = try text(7)?.first
    if !call.isNone(8) { options.header = try call.bool(8) }
    let unit = try call.string(9)
    guard let known = ReadOptions.Unit(rawValue: unit) else {
      throw Mistake(
        "there is no unit \"\(unit)\"", note: "units: line, paragraph, document", argument: "unit")
    }
    options.unit = known
    return options
  }

  /// Datasets in memory.
  static func dataCommands() -> [CommandRecord] {
    func data(_ call: NativeCall) throws -> Dataset {
      try call.host(0, DatasetValue.self, "a dataset").dataset
    }
    let seed = ParameterSpec("seed", default: Value.none, text: "the session's")
    return [
      CommandRecord(
        "split",
        [ParameterSpec("data"), ParameterSpec("validation", default: .float(0)),
         ParameterSpec("test", default: .float(0)), seed],
        .data, "the dataset in parts: `.train`, `.validation`, `.test`",
        help: "A part below 1 is a share, else a number of rows; each class has its share of each part.",
        firstTypes: ["dataset"]
      ) { call in
        let whole = try data(call)
        let parts = try whole.split(
          validation: call.double(1), test: call.double(2), seed: sessionSeed(call, 3))
        return .host(DatasetValue(whole, parts: parts))
      },
      CommandRecord(
        "sample", [ParameterSpec("data"), ParameterSpec("count"), seed], .data,
        "so many rows drawn without repetition", firstTypes: ["dataset"]
      ) { .host(DatasetValue(try data($0).sample($0.int(1), seed: sessionSeed($0, 2)))) },
      CommandRecord(
        "shuffle", [ParameterSpec("data"), seed], .data, "the rows in random order",
        firstTypes: ["dataset"]
      ) { .host(DatasetValue(try data($0).shuffled(seed: sessionSeed($0, 1)))) },
      CommandRecord(
        "balance", [ParameterSpec("data"), seed], .data,
        "as many rows of each class as the rarest has", firstTypes: ["dataset"]
      ) { .host(DatasetValue(try data($0).balanced(seed: sessionSeed($0, 1)))) },
      CommandRecord(
        "quality", [ParameterSpec("data")], .data,
        "duplicates, contradictions, class balance and lengths of a dataset", firstTypes: ["dataset"]
      ) { call in
        .host(TextValue(try data(call).qualityReport().lines.joined(separator: "\n")))
      },
      CommandRecord(
        "tokens", [ParameterSpec("model"), ParameterSpec("text")], .data,
        "the tokens of a text as a model sees them: no more than it takes"
      ) { call in
        let model = try call.interpreter.attachRoot(call.module(0))
        guard case .host(let host)? = model.attribute("tokenizer"), let value = host as? TokenizerValue
        else { throw Mistake("this model carries no tokenizer", code: "E0592") }
        let longest = ModelInput.maximumLength(model)
        let ids = try value.tokenizer.encode(
          call.string(1), pair: nil, addsSpecialTokens: true, maxLength: longest
        ).ids
        return .list(ids.map { .string(value.tokenizer.token(of: $0) ?? "?") })
      },
      CommandRecord(
        "train_tokenizer",
        [ParameterSpec("data"), ParameterSpec("kind"), ParameterSpec("size", default: .int(2048))],
        .data, "a tokenizer whose vocabulary is learnt from a dataset's texts",
        help: "`kind` is wordpiece (BERT's, lower case) or bpe (GPT-2's, on bytes).", firstTypes: ["dataset"]
      ) { try trainTokenizer($0, texts: data($0).rows.map(\.text)) },
      CommandRecord(
        "with_tokenizer", [ParameterSpec("model"), ParameterSpec("tokenizer")], .data,
        "the model carrying a tokenizer"
      ) { call in
        _ = try call.host(1, TokenizerValue.self, "a tokenizer")
        return .module(
          try call.interpreter.attachRoot(call.module(0)).settingAttribute("tokenizer", call[1]))
      },
    ]
  }

  static func sessionSeed(_ call: NativeCall, _ index: Int) throws -> UInt64 {
    call.isNone(index) ? call.interpreter.seed : UInt64(bitPattern: Int64(try call.int(index)))
  }
}

/// Text that prints as it is, of several lines.
final class TextValue: HostValue {
  let text: String
  init(_ text: String) { self.text = text }
  var typeName: String { "text" }
  func description(for printer: Printer) -> String { text }
}
