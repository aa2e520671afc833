import Foundation
import Interpreter
import Syntax
import Terminal

/// `peft-repl test`: every script under some paths, compared with its own golden lines.
public struct GoldenRunner {
  private let options: SessionOptions
  private let updates: Bool
  private let console: Console

  /// - Parameter updates: rewrites golden lines instead of comparing.
  public init(options: SessionOptions, updates: Bool = false, console: Console) {
    self.options = options
    self.updates = updates
    self.console = console
  }

  /// Runs the scripts and prints a line each and a summary; answers an exit code.
  public func run(_ paths: [String]) -> Int32 {
    var passed = 0
    var failed = 0
    for path in paths {
      guard let scripts = Self.scripts(at: path) else {
        console.err(console.errStyle(.error, "error:") + " there is no script at \"\(path)\"\n")
        failed += 1
        continue
      }
      for script in scripts {
        switch check(script) {
        case .passed: passed += 1
        case .failed: failed += 1
        case .interrupted: return ExitCode.interrupted
        }
      }
    }
    console.out("\(passed) passed, \(failed) failed\n")
    return failed == 0 ? ExitCode.success : ExitCode.failed
  }

  private enum Verdict { case passed, failed, interrupted }

  private func check(_ path: String) -> Verdict {
    do {
      let source = try ScriptFile.read(path)
      var options = options
      options.script = path
      let result = try GoldenScript(source, options: options).run(comparesAlways: updates)
      if result.wasInterrupted { return .interrupted }
      if updates, result.complaints.allSatisfy({ _ in !Parser.parse(source).hasErrors }) {
        return try update(source, result, path)
      }
      show(result, path)
      return result.isPassed ? .passed : .failed
    } catch {
      report("FAIL", .error, path)
      console.out("  \(ScriptFile.sentence(error))\n")
      return .failed
    }
  }

  private func update(_ source: Source, _ result: GoldenResult, _ path: String) throws -> Verdict {
    let text = GoldenUpdate.updated(source, result)
    if text == source.text {
      report("ok", .success, path)
    } else {
      try GoldenUpdate.write(text, to: path)
      report("updated", .note, path)
    }
    return .passed
  }

  private func show(_ result: GoldenResult, _ path: String) {
    if result.isPassed { return report("ok", .success, path) }
    report("FAIL", .error, path)
    for mismatch in result.mismatches {
      console.out("\(path):\(mismatch.line): the output differs\n")
      console.out(
        GoldenDifference.lines(mismatch, style: console.style).joined(separator: "\n") + "\n")
    }
    for complaint in result.complaints { console.out(complaint) }
  }

  private func report(_ word: String, _ role: Style.Role, _ path: String) {
    console.out(console.style(role, word) + " " + path + "\n")
  }

  /// A file itself, or the scripts in a folder and below, in order; nil if there is neither.
  static func scripts(at path: String) -> [String]? {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return nil }
    guard isFolder.boolValue else { return [path] }
    let found = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
    let prefix = path.hasSuffix("/") ? path : path + "/"
    return found.filter { $0.hasSuffix(".peft") }.sorted().map { prefix + $0 }
  }
}

/// Expected and printed lines side by side: `-` expected only, `+` printed only.
enum GoldenDifference {
  static func lines(_ mismatch: GoldenMismatch, style: Style) -> [String] {
    let change = mismatch.actual.difference(from: mismatch.expected)
    var removed: Set<Int> = []
    var inserted: Set<Int> = []
    for step in change {
      switch step {
      case .remove(let offset, _, _): removed.insert(offset)
      case .insert(let offset, _, _): inserted.insert(offset)
      }
    }
    var lines: [String] = []
    var (i, j) = (0, 0)
    while i < mismatch.expected.count || j < mismatch.actual.count {
      if i < mismatch.expected.count, removed.contains(i) {
        lines.append(style(.error, "  - " + mismatch.expected[i]))
        i += 1
      } else if j < mismatch.actual.count, inserted.contains(j) {
        lines.append(style(.success, "  + " + mismatch.actual[j]))
        j += 1
      } else {
        lines.append("    " + mismatch.actual[j])
        i += 1
        j += 1
      }
    }
    return lines
  }
}
