import Autograd
import Foundation
import Syntax
import Tensor

/// A session's evaluator: globals, tape, seed, the calls in progress. Runs on one thread.
public final class Interpreter {
  public let tape: Tape
  /// The commands', the library's, and the session's own names.
  public let commands = Namespace(parent: nil)
  public let library: Namespace
  public internal(set) var globals: Namespace
  public var printer = Printer.plain
  /// Where commands print; the session points it to the terminal.
  public var output: (String) -> Void = { print($0, terminator: "") }

  /// Makes the progress line of a long command: (label, total). Nil prints none.
  public var makeProgress: ((String, Int) -> (any ProgressLine)?)?

  /// Keys every random stream of the session.
  public var seed: UInt64 = 0
  /// Only `step` and `train` set it.
  public var isTraining = false
  /// The step whose dropout is drawn.
  public var step = 0
  /// True while Ctrl-C asks for a stop; polled by loops, calls and steps.
  public var isInterrupted: () -> Bool = { false }
  public var debugger: (any Debugger)?
  /// Makes a model's input of a text or a row of data; nil where it cannot.
  public var convertInput: ((Module, [Value]) throws -> [Value]?)?
  /// Reads an imported file: (as written, from the file of) → source.
  public var readImport: ((String, Span) throws -> Source)?
  /// Every `method`, in order of declaration.
  public internal(set) var catalogue: [Function] = []
  /// What `layout(…)` statements of library files declared, for Checkpoints' callers.
  public var layouts: [String: [Value]] = [:]

  /// What rooms above keep with a session.
  public var extensions: [String: AnyObject] = [:]

  var callStack: [StackEntry] = []
  var methodNames: [String] = []
  /// The path of the module whose function runs.
  public internal(set) var currentPath = ""
  /// How many modules' `forward`s run inside one another.
  var forwardDepth = 0
  /// What `once` computed in the forward pass that runs; the module is kept so that its identity stays its own.
  var sharedResults: [SharedResult: (module: Module, value: Value)] = [:]
  var drawCount = 0
  /// How often anything was drawn at all: whether a piece of work is random can be told from it.
  public internal(set) var drawTotal = 0
  /// How often each path drew in this step, so that two draws never share numbers.
  var drawsInStep: [String: Int] = [:]
  /// Names the stream of the parameter that is being initialised, and how often it was drawn from.
  var streamName: String?
  var streamDraws = 0
  /// The parameter boxes that a step differentiates; nil outside steps: all trainable ones.
  public var watched: Set<ObjectIdentifier>?
  /// True in hooks: `with` on a parameter then keeps its identity.
  var keepsIdentity = false
  /// Which named adapters take part in the forward pass that runs; nil: all.
  var adapterChoice: AdapterChoice?
  /// What was asked to be seen of the forward passes that run, the innermost last.
  var taps: [Taps] = []
  /// A name that the user gave to the adapter that is being added.
  public var adapterLabel: String?
  /// What stands for initialisers while a checkpoint is loaded: path and shape → value, or nil to draw it.
  var weightSource: ((String, [Int]) throws -> Tensor?)?
  /// True while only an initialiser's shape is wanted: initialisers then give tensors without values.
  public internal(set) var buildsShapesOnly = false
  var rootCount = 0
  var imports: [String] = []
  var imported: [String: Namespace] = [:]
  /// Deep enough for any honest recursion, shallow enough for the thread's stack.
  public var callLimit = 2000

  public init(engine: Engine) {
    tape = Tape(engine: engine)
    library = Namespace(parent: commands)
    globals = Namespace(parent: library)
  }

  /// Lets go of all names. Functions and the names that they use hold each other, so whoever is done
  /// with an interpreter says so; else its models and runs stay in memory.
  public func close() {
    var namespace: Namespace? = globals
    while let current = namespace {
      current.clear()
      namespace = current.parent
    }
    for namespace in imported.values { namespace.clear() }
    (imported, catalogue, layouts, extensions, sharedResults) = ([:], [], [:], [:], [:])
  }

  public var engine: Engine { tape.engine }

  /// Throws when Ctrl-C was pressed.
  @inline(__always)
  public func poll() throws {
    if isInterrupted() { throw Interrupted() }
  }
}

/// A line that shows how far a long command is.
public protocol ProgressLine: AnyObject {
  func update(_ done: Int, details: [String])
  func finish()
}

// MARK: - Errors

extension Interpreter {
  func failure(
    _ message: String, at span: Span, code: String = "E0500", note: String? = nil,
    fix: String? = nil
  ) -> Failure {
    Failure(
      Diagnostic(code, message, at: span, note: note, fix: fix),
      stack: callStack.reversed())
  }

  /// Gives an error without a place the place `span`; leaves others as they are.
  public func place(_ error: any Error, at span: Span) -> any Error {
    switch error {
    case is Failure, is any Signal: return error
    case let mistake as Mistake:
      return failure(
        mistake.message, at: span, code: mistake.code, note: mistake.note, fix: mistake.fix)
    case let error as TensorError:
      return failure(
        "\(Self.spelling(of: error.operation)): \(error.message)", at: span, code: "E0525")
    case let error as OutOfMemory:
      return failure(
        error.description, at: span, code: "E0526",
        fix: "make it smaller, or give up what is no longer needed: `name = none`")
    case let error as any CustomStringConvertible & Error:
      return failure(error.description, at: span, code: "E0530")
    default: return failure("\(error)", at: span, code: "E0530")
    }
  }

  /// How a tensor operation is written: its command, or its operator.
  private static func spelling(of operation: String) -> String {
    let others = ["concatenate": "concat", "floorDivide": "`//`", "remainder": "`%`"]
    if let other = others[operation] { return other }
    return operation.reduce(into: "") { text, letter in
      text += letter.isUppercase ? "_" + letter.lowercased() : String(letter)
    }
  }

  func placing<R>(at span: Span, _ body: () throws -> R) throws -> R {
    do { return try body() } catch { throw place(error, at: span) }
  }
}

// MARK: - Running a program

extension Interpreter {
  /// Resolves and runs one statement in the session's names; returns the value of a bare expression.
  public func run(_ statement: Statement) throws -> Value {
    let code = try Resolver(interpreter: self, namespace: globals).resolveTopLevel(statement)
    let frame = Frame(interpreter: self, slotCount: 0)
    callStack.removeAll()
    methodNames.removeAll()
    currentPath = ""
    if let debugger { try debugger.willRun(code, frame) }
    return try placing(at: code.span) { try code.evaluate(frame) }
  }

  /// Runs a whole file's statements in `namespace` without printing: the library, imports.
  public func run(_ statements: [Statement], in namespace: Namespace) throws {
    let frame = Frame(interpreter: self, slotCount: 0)
    for statement in statements {
      let code = try Resolver(interpreter: self, namespace: namespace).resolveTopLevel(statement)
      _ = try placing(at: code.span) { try code.evaluate(frame) }
    }
  }

  /// Makes a command known under its name; several forms of one name are joined.
  public func define(_ native: Native) {
    let name = native.signature.name
    var forms = [native]
    if case .function(let known)? = commands.lookup(name), case .native(let others) = known.kind {
      forms = others + forms
    }
    commands.define(name, .function(Function(name: name, kind: .native(forms))))
  }
}

extension Interpreter {
  /// The value of a piece of code among the session's names and some of its own, which leaves no trace in the session.
  public func evaluate(_ code: String, with names: [(String, Value)]) throws -> Value {
    let parsed = Parser.parse(Source(code, name: "example"))
    if let error = parsed.errors.first { throw Failure(error) }
    let namespace = Namespace(parent: globals)
    for (name, value) in names { namespace.define(name, value) }
    let (count, running, outer) = (rootCount, methodNames, adapterLabel)
    methodNames = []
    adapterLabel = nil
    defer { (rootCount, methodNames, adapterLabel) = (count, running, outer) }
    let frame = Frame(interpreter: self, slotCount: 0)
    var last = Value.none
    for statement in parsed.statements {
      let resolved = try Resolver(interpreter: self, namespace: namespace).resolveTopLevel(statement)
      last = try placing(at: resolved.span) { try resolved.evaluate(frame) }
    }
    return last
  }
}
