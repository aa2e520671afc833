import Autograd
import Foundation
import Interpreter
import Tensor
import Testing

@Suite("Modules, sites and edits")
struct ModuleTests {
  /// Two blocks of two layers, and a wrapper that adds a low-rank term.
  static let model = """
    module Layer(inputs, outputs) {
      param weight = draw([outputs, inputs])
      fn forward(x: [..., In]) -> [..., Out] = x @ weight.T
    }
    module Block(width) {
      q = Layer(width, width)
      v = Layer(width, width)
      fn forward(x) = v(q(x))
    }
    module Net(width, depth) {
      targets = "blocks.*.q"
      blocks = map(range(depth), i -> Block(width))
      fn forward(x) {
        for block in blocks { x = block(x) }
        x
      }
    }
    module Low(base, rank = 2) {
      param A = draw([rank, base.inputs])
      param B = zeros([base.outputs, rank])
      fn forward(x) = base(x) + x @ A.T @ B.T
      fn merged() = base with (weight = base.weight + B @ A)
    }
    method low(model, at = model.targets) in reparameterisation {
      model |> freeze() |> replace(at, layer -> Low(layer))
    }
    net = Net(3, 2)
    x = draw([4, 3])
    """

  private func bench(_ more: String = "") throws -> Bench {
    let bench = Bench()
    try bench.run(Self.model)
    if !more.isEmpty { try bench.run(more) }
    return bench
  }

  private func module(_ bench: Bench, _ name: String) throws -> Module {
    guard case .module(let module)? = bench.interpreter.globals.lookup(name) else {
      throw Mistake("\(name) is no module")
    }
    return module
  }

  @Test func pathsOfParameters() throws {
    let net = try module(bench(), "net")
    #expect(
      net.parameters().map(\.path) == [
        "blocks.0.q.weight", "blocks.0.v.weight", "blocks.1.q.weight", "blocks.1.v.weight",
      ])
  }

  @Test("A method leaves its model as it was, shares what it does not change, and starts as the identity")
  func methodIsAnEdit() throws {
    let bench = try bench("tuned = low(net)")
    let (net, tuned) = (try module(bench, "net"), try module(bench, "tuned"))
    let untouched = net.parameters().filter(\.parameter.isTrainable)
    #expect(untouched.count == 4)
    let trainable = tuned.parameters().filter(\.parameter.isTrainable).map(\.path)
    #expect(
      trainable == [
        "blocks.0.q.low.A", "blocks.0.q.low.B", "blocks.1.q.low.A", "blocks.1.q.low.B",
      ])
    #expect(tuned.parameters().map(\.path).contains("blocks.0.q.weight"))
    #expect(try bench.show("tuned(x) ~= net(x)") == "true")
    let before = net.parameters().first { $0.path == "blocks.0.v.weight" }?.parameter.value.storage
    let after = tuned.parameters().first { $0.path == "blocks.0.v.weight" }?.parameter.value.storage
    #expect(before === after)
  }

  @Test("Every site gets a module of its own, however many there are")
  func manySites() throws {
    let bench = try bench("deep = Net(3, 200)\ntuned = low(deep, at=\"blocks.*.{q,v}\")")
    let tuned = try module(bench, "tuned")
    #expect(tuned.parameters().filter(\.parameter.isTrainable).count == 800)
    let paths = tuned.parameters().map(\.path)
    #expect(Set(paths).count == 1200)
  }

  @Test("Methods stack: the second adapter of one name is numbered, the wrapped layer keeps its path")
  func stacking() throws {
    let bench = try bench("twice = net |> low() |> low()")
    let paths = try module(bench, "twice").parameters().map(\.path)
    #expect(paths.contains("blocks.0.q.low.A"))
    #expect(paths.contains("blocks.0.q.low_2.A"))
    #expect(paths.filter { $0 == "blocks.0.q.weight" }.count == 1)
  }

  @Test("Initial values are keyed by path: another layer does not change them")
  func streams() throws {
    let bench = try bench()
    let first = try module(bench, "net")
    let other = Bench()
    try other.run(Self.model.replacingOccurrences(of: "net = Net(3, 2)", with: "net = Net(3, 5)"))
    let second = try module(other, "net")
    func weight(_ module: Module) throws -> [Double]? {
      try module.parameters().first { $0.path == "blocks.1.v.weight" }?.parameter.value.doubles()
    }
    let (mine, same) = (try weight(first), try weight(second))
    let another = try first.parameters()[0].parameter.value.doubles()
    #expect(mine == same)
    #expect(mine != another)
  }

  @Test("Two modules made at the prompt differ")
  func rootsDiffer() throws {
    #expect(try bench("a = Layer(3, 3)\nb = Layer(3, 3)").show("a.weight ~= b.weight") == "false")
  }

  @Test("A module at two sites is one set of parameters")
  func sharing() throws {
    let bench = try bench(
      """
      module Shift(base, shared) {
        fn forward(x) = base(x) + shared(x)
      }
      extra = Layer(3, 3)
      both = net |> replace("blocks.*.q", layer -> Shift(layer, extra))
      """)
    let both = try module(bench, "both")
    #expect(both.parameters().count == 5)
  }

  @Test("Merging gives plain layers with equal outputs")
  func merging() throws {
    let bench = try bench(
      """
      tuned = low(net)
      tuned = tuned with ("blocks.0.q.low.B" = draw([3, 2]))
      merged = merge(tuned)
      """)
    #expect(try bench.show("merged(x) ~= tuned(x)") == "true")
    #expect(try bench.show("merged(x) ~= net(x)") == "false")
    let merged = try module(bench, "merged")
    #expect(merged.parameters().count == 4)
  }

  @Test("A frozen copy of a model is a constant to a step that watches the other")
  func watched() throws {
    let bench = try bench()
    let net = try module(bench, "net")
    let own = net.mappingParameters { _, parameter in parameter.reboxed() }
    bench.interpreter.watched = Set(own.parameters().map { ObjectIdentifier($0.parameter) })
    bench.interpreter.globals.define("own", .module(own))
    guard case .tensor(let reference) = try bench.run("net(x)"),
      case .tensor(let trained) = try bench.run("own(x)")
    else { throw Mistake("no tensors") }
    #expect(reference.node == nil)
    #expect(trained.node != nil)
  }

  @Test("Gradients flow through a weight that `with` computed")
  func computedWeight() throws {
    let bench = try bench(
      """
      module Scaled(base) {
        param s = draw([1])
        fn forward(x) = (base with (weight = base.weight * s))(x)
      }
      scaled = net |> freeze() |> replace("blocks.0.q", layer -> Scaled(layer))
      """)
    let scaled = try module(bench, "scaled")
    let keys = Set(scaled.parameters().filter(\.parameter.isTrainable).map(\.parameter.key))
    #expect(keys.count == 1)
    guard case .tensor(let out) = try bench.run("scaled(x)") else { throw Mistake("no tensor") }
    let loss = try bench.interpreter.tape.sum(out)
    let gradients = try bench.interpreter.tape.gradients(of: loss, leaves: keys)
    #expect(gradients.count == 1)
    let slope = try gradients.values.first?.item()
    #expect(slope != 0)
  }

  @Test(arguments: [
    ("net[\"blocks.*.k\"]", "E0563"), ("low(net, at=\"block.*.q\")", "E0563"),
    ("net(draw([4, 5]))", nil as String?),
    ("module M(n) { param w = draw([n])\ny = w }\nM(3)", "E0551"), ("net.blocs", "E0520"),
    ("net with (weight = 3)", "E0553"),
    ("net with (\"blocks.0.q.weight\" = zeros([2, 2]))", "E0554"),
    ("replace(net, \"blocks.0.q\", layer -> 3)", "E0561"),
    ("fn f(x: [B, D], y: [D, K]) = x\nf(zeros([2, 3]), zeros([4, 5]))", "E0572"),
    ("fn f(x: [B, 3]) = x\nf(zeros([2, 4]))", "E0571"), ("fn f(x: [B, D]) = x\nf(zeros([2]))", "E0570"),
  ])
  func mistakes(code: String, expected: String?) throws {
    let failure = try bench().mistake(code)
    #expect(failure != nil)
    if let expected { #expect(failure?.diagnostic.code == expected) }
  }

  @Test("A pattern without a match lists near ones")
  func nearMisses() throws {
    let note = try bench().mistake("net[\"blocks.*.qq\"]")?.diagnostic.note ?? ""
    #expect(note.contains("blocks.*.q"))
  }

  @Test(arguments: [
    ("blocks.*.q", "blocks.11.q", true), ("blocks.*.q", "blocks.1.attn.q", false),
    ("**.q", "blocks.1.attn.q", true), ("blocks.*.attn.{q,v}", "blocks.0.attn.v", true),
    ("blocks.{0,1}.*", "blocks.1.x", true), ("blocks.{0,1}.*", "blocks.2.x", false),
    ("b*s.0", "blocks.0", true), ("{a.b,c}.d", "a.b.d", true), ("{a.b,c}.d", "c.d", true), ("**", "", true),
    ("a.**.d", "a.d", true), ("{a{1,2},b}", "a2", true),
  ])
  func patterns(pattern: String, path: String, matches: Bool) throws {
    let compiled = try SitePattern(pattern)
    #expect(compiled.matches(path) == matches)
  }
}
