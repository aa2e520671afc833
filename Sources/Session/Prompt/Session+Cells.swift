import Foundation
import Interpreter
import Syntax

/// The names of a session at one moment.
struct Snapshot {
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
    snapshots.append(before)
    if snapshots.count > Self.undoLimit { snapshots.removeFirst() }
    if outcome == .done { history.append(parsed.source.text) }
    return outcome
  }

  /// Takes back what the latest cell defined; false if there is none.
  func undo() -> Bool {
    guard let last = snapshots.popLast() else { return false }
    restore(last)
    history.removeLast(max(0, history.count - last.historyCount))
    return true
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
