import Interpreter
import Training

extension Registry {
  /// A step taken apart: as a table, and stop by stop.
  static func debuggingCommands() -> [CommandRecord] { [traceCommand(), debugCommand()] }

  private static func traceCommand() -> CommandRecord {
    CommandRecord(
      "trace",
      [
        ParameterSpec("run"), ParameterSpec("at", default: .string("**")),
        ParameterSpec("depth", default: Value.none), ParameterSpec("values", default: .bool(false)),
      ], .training, "the next step, operation by operation; the run stays where it is",
      help: """
        Forward: under the function and line that it stands in, each piece of the source with its \
        operation, shape, time, FLOPs and the bytes that it keeps for the backward pass. Backward \
        from the loss: each gradient with shape and norm, under the local, the parameter or the \
        text that computed the value. Then the optimizer: norms of value, gradient and update of \
        each parameter, and their ratio. `at` takes some sites only; `depth` sums what is called \
        deeper into one row a call. `.forward`, `.backward` and `.optimizer` are tables of the \
        same; with `values=true` `.activations`, `.gradients` and `.updates` hold the tensors by \
        path. docs/stepping.md says how FLOPs are counted.
        """, firstTypes: ["run"]
    ) { call in
      let run = try call.run(0)
      let pattern = try call.string(1) == "**" ? nil : SitePattern(call.string(1))
      let depth = call.isNone(2) ? nil : try call.int(2)
      if let depth, depth < 1 { throw Mistake("`depth` must be at least 1", argument: "depth") }
      let model = run.trainee.model
      if let pattern, !model.sites().contains(where: { SitePattern.covers(pattern, $0.path) }) {
        // The one error that lists near misses.
        _ = try call.interpreter.selectSites(model, pattern.text)
      }
      let tracer = Tracer(call.interpreter, model: model, keepsValues: try call.bool(3))
      let record = try call.interpreter.observing(with: tracer) {
        let bookmark = run.run.bookmark()
        let state = call.interpreter.state
        defer {
          run.run.restore(bookmark)
          call.interpreter.state = state
        }
        return try TrainingLoop(run, call.interpreter).step()
      }
      return .host(TraceReport(tracer, record, at: pattern, depth: depth))
    }
  }

  private static func debugCommand() -> CommandRecord {
    CommandRecord(
      "debug", [ParameterSpec("function"), ParameterSpec("commands", default: .list([]))],
      .training,
      "calls a function under the debugger, which obeys the commands; at the prompt, `:debug EXPR`",
      help: """
        Stops before statements, behind each operation inside an expression, at each gradient on \
        the way back and at each parameter in the optimizer, and shows the source there. \
        Commands: into, part, next, out, continue [PLACE], back [N], break [PLACE], clear [N], \
        locals, list, where, up, down, show EXPR, help, quit. A PLACE is a line, FILE:LINE, a \
        site, a parameter, nan, norm > X, if EXPR, backward or optimizer. Anything else is code \
        that runs there: assigning a local or `it` changes what goes on; `gradient(x)` is the \
        gradient that has arrived. After the last command the rest runs on; `quit` leaves \
        everything as before.
        """,
      examples: [
        .init(
          "fn f(x) = 2.5 * x + 1.0; debug(() -> f(3), commands=[\"into\", \"into\", \"it = 10.0\", \"continue\"])",
          "11.0")
      ]
    ) { call in
      guard case .function(let function) = call[0] else {
        throw Mistake(
          "`debug` takes a function, not \(call[0].typeWithArticle)", code: "E0547",
          fix: "write `debug(() -> step(run))`", argument: "function")
      }
      let lines = try call.list(1).map { value -> String in
        guard case .string(let text) = value else {
          throw Mistake(
            "commands are strings, not \(value.typeWithArticle)", code: "E0547",
            argument: "commands")
        }
        return text
      }
      var commands = lines[...]
      let debugging = try Debugging(call.interpreter, isScripted: true, reaching: [call[0]]) { _ in
        commands.popFirst().map(DebugInput.line) ?? .end
      }
      let result = try debugging.run {
        try call.interpreter.call(.function(function), at: call.span)
      }
      return result ?? Value.none
    }
  }
}
