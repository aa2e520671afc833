import Interpreter
import Syntax

extension Registry {
  /// What there are of methods, and what each does to which hidden state.
  static func catalogueCommands() -> [CommandRecord] {
    [
      CommandRecord(
        "methods", [], .models,
        "the catalogue of methods: the survey's class, and the unified view's dimensions",
        help: """
          Every `method` that the session knows, the user's own too. What it edits, how that enters and by what form is \
          read off a small model that the method is applied to, and off its modules' sources; a method that needs \
          more than a model says how it is called in a `##` line such as "Example: `base |> pfeiffer() |> adapter_drop()`"; \
          `base` and `examples`, batches of one, are at hand there.
          """
      ) { call in
        let order = ["adapter", "prompt", "selective", "reparameterisation", "hybrid"]
        func place(_ method: Function) -> Int {
          order.firstIndex(of: method.method?.category ?? "") ?? order.count
        }
        let methods = call.interpreter.catalogue.sorted { (place($0), $0.name) < (place($1), $1.name) }
        // The models that are made here draw nothing of the session's.
        let state = call.interpreter.state
        defer { call.interpreter.state = state }
        let probe = try CatalogueProbe(call.interpreter)
        return .host(
          Catalogue(
            try methods.map { method in
              try call.interpreter.poll()
              return CatalogueEntry(method, probe: probe, interpreter: call.interpreter, span: call.span)
            }))
      },
      CommandRecord(
        "unified", [ParameterSpec("method")], .models,
        "a method as edits of hidden states: which state h at which site becomes h ← …",
        help: """
          Of a method, as it is applied to a small model with its defaults; of a tuned model, as it is. The equation is the \
          module's own source with its local names written out: `h` is what the site gives without it, other \
          names are the site's inputs (He et al. 2021, arXiv:2110.04366).
          """,
        examples: [
          .init(
            "unified(lora)",
            """
            lora: reparameterisation, Hu et al. 2021, arXiv:2106.09685
            at blocks.*.attn.{q,v}, by LoRA:
                h ← h + scale * (drop(x, dropout) @ A.T @ B.T)
                added, parallel
            """)
        ]
      ) { call in
        if case .module(let model) = call[0] {
          return .host(UnifiedReport("", UnifiedView(try call.interpreter.attachRoot(model))))
        }
        guard case .function(let method) = call[0], method.method != nil else {
          throw Mistake(
            "`unified` looks at a method or a tuned model, not \(call[0].typeWithArticle)", code: "E0547",
            fix: "`methods().method` lists them", argument: "method")
        }
        let state = call.interpreter.state
        defer { call.interpreter.state = state }
        let entry = CatalogueEntry(
          method, probe: try CatalogueProbe(call.interpreter), interpreter: call.interpreter, span: call.span)
        guard let view = entry.view else {
          throw Mistake(
            "`\(method.name)` needs more than a model", code: "E0568",
            note: "it is \(method.signature.description)", fix: "apply it and look at the model: `unified(tuned)`",
            argument: "method")
        }
        let paper = entry.paper.isEmpty ? "" : ", \(entry.paper)"
        return .host(UnifiedReport("\(method.name): \(method.method?.category ?? "")\(paper)", view))
      },
    ]
  }
}
