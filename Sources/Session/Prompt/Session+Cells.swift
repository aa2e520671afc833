import Foundation
import Interpreter
import Syntax

/// The names of a session at one moment, and the cell that was run then.
struct Snapshot {
  var cell = ""
  let values: [(name: String, value: Value)]
  let seed: UInt64
  let historyCount: Int
}

extension Session {
  /// How many cells `:undo` can take back.
  static let undoLimit = 50

  /// Runs a typed cell: kept for `:undo`, and for `:save` if it has no error.
  func enter(_ parsed: ParseResult) -> Outcome {
    let before = snapshot()
    // A golden line typed alone has its statement in an earlier cell.
    let outcome = feed(parsed, ignoring: ["W0220"])
    guard outcome != .syntaxError else { return outcome }
    // A cell that failed before it changed anything is no step to go back.
    if outcome == .done || !before.isSame(as: snapshot()) { keep(before, cell: parsed.source.text) }
    if outcome == .done { history.append(parsed.source.text) }
    return outcome
  }

  /// Makes a moment one that `:undo` goes back to.
  func keep(_ snapshot: Snapshot, cell: String) {
    var snapshot = snapshot
    snapshot.cell = cell
    snapshots.append(snapshot)
    if snapshots.count > Self.undoLimit { snapshots.removeFirst() }
  }

  /// Takes back what the latest cell defined, and answers that cell; nil if there is none.
  func undo() -> String? {
    guard let last = snapshots.popLast() else { return nil }
    restore(last)
    history.removeLast(max(0, history.count - last.historyCount))
    return last.cell
  }

  /// The names as they were.
  func restore(_ snapshot: Snapshot) {
    for name in interpreter.globals.ownNames { interpreter.globals.remove(name) }
    for (name, value) in snapshot.values { interpreter.globals.define(name, value) }
    interpreter.seed = snapshot.seed
  }

  func snapshot() -> Snapshot {
    let globals = interpreter.globals
    return Snapshot(
      values: globals.ownNames.compactMap { name in globals.lookup(name).map { (name, $0) } },
      seed: interpreter.seed, historyCount: history.count)
  }

  /// The user's own names, oldest first.
  var userNames: [String] {
    interpreter.globals.ownNames.filter { $0 != Self.lastValueName && $0 != "args" }
  }
}

extension Snapshot {
  /// No name was bound to another value since.
  func isSame(as other: Snapshot) -> Bool {
    // The bits of a value are its number, or where it lives: the same bits are the same value.
    func bits(_ value: Value) -> [UInt8] { withUnsafeBytes(of: value) { Array($0) } }
    return seed == other.seed && values.count == other.values.count
      && zip(values, other.values).allSatisfy { $0.name == $1.name && bits($0.value) == bits($1.value) }
  }
}
