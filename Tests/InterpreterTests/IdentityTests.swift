import Syntax
import Tensor
import Testing

@testable import Interpreter

/// A module that an edit makes is let go when its attached form exists; another may then stand at its address, and must
/// not be taken for it. Which addresses come again is the allocator's affair, hence the many tries.
@Test func everySiteOfAnEditHasItsOwnModule() throws {
  let interpreter = Interpreter(engine: Engine())
  let code = """
    module Inner(size) {
      param weight = zeros([size])
      fn forward(x) = x
    }
    module Shift(base, rank = 2) {
      param a = zeros([rank])
      param b = zeros([rank])
      scale = 1 / rank
      fn forward(x) = base(x)
    }
    module Pair() {
      q = Inner(2)
      k = Inner(2)
      v = Inner(2)
      fn forward(x) = x
    }
    module Many() {
      items = [Pair(), Pair(), Pair(), Pair(), Pair(), Pair()]
      fn forward(x) = x
    }
    many = Many()
    """
  interpreter.define(
    Native(Signature("zeros", [ParameterSpec("shape")])) { _ in .tensor(Tensor.zeros([2])) })
  let parsed = Parser.parse(Source(code, name: "test"))
  #expect(parsed.errors.isEmpty)
  for statement in parsed.statements { _ = try interpreter.run(statement) }
  guard case .module(let many)? = interpreter.globals.lookup("many"),
    let shift = interpreter.globals.lookup("Shift"), let span = parsed.statements.first?.span
  else {
    Issue.record("no model")
    return
  }
  var kept: [Module] = []
  for count in 0..<400 {
    let edited = try interpreter.replace(many, at: "items.*.{q,v}", with: shift, span: span)
    let sites = edited.sites().filter { $0.module.type.name == "Shift" }
    #expect(sites.count == 12, "edit \(count)")
    #expect(sites.allSatisfy { $0.module.base?.path == $0.path }, "edit \(count)")
    if count % 3 == 0 { kept.append(edited) }
  }
}
