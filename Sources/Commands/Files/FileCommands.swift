import Autograd
import Checkpoints
import Datasets
import Interpreter
import Tensor

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
          F32, F16, BF16, Q8_0, Q4_0 to Q5_1, Q2_K to Q6_K) is opened by memory map too, its quantised weights as f32.
          """
      ) { call in
        var base: Module?
        if !call.isNone(1) { base = try call.interpreter.attachRoot(call.module(1)) }
        let loader = ModelLoader(interpreter: call.interpreter, paths: paths, span: call.span)
        return .module(try loader.load(call.string(0), base: base))
      },
      CommandRecord(
        "inspect", [ParameterSpec("path")], .files,
        "what a file or folder holds, without loading it: a model, an adapter, weights, a tokenizer",
        help: """
          For a bundled name, a Hugging Face folder (of one file or several), a GGUF file of any architecture, a PEFT or \
          AdapterHub adapter's folder, a safetensors file or a tokenizer.json. Only directories and settings are read, \
          whatever the size of the data. Members: kind, architecture, adapter, base, config, parameters, bytes, types and \
          tensors (tables), tokenizer, problems (what keeps it, or a part of it, from being loaded here).
          """,
        examples: [
          .init("inspect(\"tiny-bert\").architecture", "\"bert\""),
          .init("inspect(\"tiny-bert\").problems", "[]"),
        ]
      ) { try inspection($0, paths) },
      CommandRecord(
        "tokenizer", [ParameterSpec("path")], .files,
        "the tokenizer of a tokenizer.json, of a model's folder or of a GGUF file",
        help: "Called with a text it gives ids: `tokenizer(\"tokenizer.json\")(\"Hello\")`.",
        examples: [.init("tokenizer(\"tiny-bert\")(\"the film\")", "[2, 109, 227, 3]")]
      ) { try tokenizer($0, paths) },
      CommandRecord(
        "save",
        [
          ParameterSpec("model"), ParameterSpec("path"), ParameterSpec("dtype", default: Value.none),
          ParameterSpec("format", default: Value.none), ParameterSpec("shard", default: Value.none),
        ],
        .files, "writes an adapter as a PEFT folder, or a whole model as a Hugging Face folder",
        help: """
          A model with adapters is saved as adapter_config.json and adapter_model.safetensors, its head with them; one \
          without as config.json, model.safetensors and tokenizer.json. `dtype` may be f32, f16, bf16 or int8; \
          weights that `quantize` made NF4 are stored as bitsandbytes does, if it is not given. `shard=2GB` splits a whole \
          model's weights into files of at most so many bytes, with an index. Nothing half-written \
          stays, and no folder is replaced but an earlier save. With `format="adapterhub"` an adapter on BERT or \
          RoBERTa is saved as the folder that AdapterHub's library loads.
          """
      ) { call in
        let saver = ModelSaver(interpreter: call.interpreter, paths: paths, span: call.span)
        let model = try call.interpreter.attachRoot(call.module(0))
        switch call.isNone(3) ? "huggingface" : try call.string(3) {
        case "huggingface":
          try saver.save(
            model, to: call.string(1), type: storedType(call, 2), shardBytes: shardBytes(call, 4))
        case "adapterhub":
          try call.interpreter.needValues(model)
          try saver.saveHub(model, to: paths.writable(call.string(1)))
        case let other:
          throw Mistake(
            "there is no format \"\(other)\"", code: "E0710", note: "formats: huggingface, adapterhub",
            argument: "format")
        }
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
          `task` is classify, regress, language, masked, pairs (from `text` an encoder-decoder writes `pair`) \
          or chat (conversations in a column `messages` of JSONL; what the assistant wrote is learnt). \
          `text`, `label` and `pair` name columns. With `positive` and \
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

  private static func inspection(_ call: NativeCall, _ paths: Paths) throws -> Value {
    let name = try call.string(0)
    let found: Inspection
    if let bundle = Embedded.model(name) {
      found = try Inspection.open(bundle)
    } else {
      guard let path = try paths.existing(name) else {
        throw Mistake(
          "there is no file or folder \"\(name)\"", code: "E0700",
          note: "looked in " + paths.readFolders.joined(separator: ", "),
          fix: Suggestion.nearest(name, Embedded.modelNames).map { "did you mean \"\($0)\"?" }
            ?? paths.near(name), argument: "path")
      }
      found = try Inspection.open(path)
    }
    let architectures = try Architecture.all(call.interpreter).map(\.type)
    let adapters = try Layout.all("peft", call.interpreter).map(\.type)
    return .host(InspectionValue(found, name: name, known: (architectures, adapters)))
  }

  private static func tokenizer(_ call: NativeCall, _ paths: Paths) throws -> Value {
    let name = try call.string(0)
    func needed(_ source: ModelSource) throws -> Value {
      if let value = try source.tokenizer() { return .host(value) }
      throw Mistake("\(source.path) holds no tokenizer", code: "E0592", argument: "path")
    }
    if let bundle = Embedded.model(name) { return try needed(ModelSource(ModelFolder.open(bundle))) }
    let path = try paths.readable(name, argument: "path")
    if GGUFFile.isGGUF(path) { return .host(try ModelSource.tokenizer(of: GGUFFile.open(path))) }
    if !path.hasSuffix(".json") { return try needed(ModelSource(ModelFolder.open(path))) }
    return .host(try ModelSource.tokenizer(file: path))
  }

  private static func shardBytes(_ call: NativeCall, _ index: Int) throws -> Int? {
    if call.isNone(index) { return nil }
    let size = try call.int(index)
    if size > 0 { return size }
    throw Mistake("a shard holds at least a byte", code: "E0710", argument: "shard")
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
      ) { call in
        let count = try call.count(1, atLeast: 0)
        return .host(DatasetValue(try data(call).sample(count, seed: sessionSeed(call, 2))))
      },
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
        "token_ids", [ParameterSpec("tokenizer"), ParameterSpec("texts")], .data,
        "all ids of many texts: (ids, lengths), as tensors",
        help: "`texts` is a dataset or a list of texts; the special tokens of each are among its ids.",
        examples: [
          .init("token_ids(tokenizer(\"tiny-bert\"), [\"the film\", \"\"]).lengths", "tensor i64 [2]\n  4  2")
        ]
      ) { call in
        let tokenizer = try call.host(0, TokenizerValue.self, "a tokenizer").tokenizer
        var texts: [String]
        if case .host(let host) = call[1], let data = host as? DatasetValue {
          texts = data.dataset.rows.map(\.text)
        } else {
          texts = try call.list(1).map { value in
            guard case .string(let text) = value else {
              throw Mistake("`texts` holds \(value.typeWithArticle)", code: "E0547", argument: "texts")
            }
            return text
          }
        }
        var (ids, lengths) = ([Int](), [Int]())
        for text in texts {
          try call.interpreter.poll()
          let found = try tokenizer.encode(text).ids
          ids += found.map { Int($0) }
          lengths.append(found.count)
        }
        return .tuple([
          ("ids", .tensor(Variable(Tensor(ids, shape: [ids.count])))),
          ("lengths", .tensor(Variable(Tensor(lengths, shape: [lengths.count])))),
        ])
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
