import Interpreter
import Terminal

/// Something that the doctor found: what, where, and the line of code that mends it.
struct Finding {
  /// What kind of mistake, in a word or two.
  let name: String
  let what: String
  let place: String
  let mend: String

  init(_ name: String, _ what: String, at place: String, mend: String) {
    self.name = name
    self.what = what
    self.place = place
    self.mend = mend
  }
}

/// `check(run)`: the findings, and what only looks like a mistake.
final class CheckReport: HostValue {
  let findings: [Finding]
  /// What is as it should be, and why, where one may wonder.
  let expected: [String]
  private let checks: Int
  private let subject: String

  init(_ findings: [Finding], expected: [String], checks: Int, subject: String) {
    self.findings = findings
    self.expected = expected
    self.checks = checks
    self.subject = subject
  }

  var typeName: String { "check report" }
  var count: Int? { findings.count }
  var memberNames: [String] { ["findings", "names", "expected", "checks"] }

  func member(_ name: String) throws -> Value? {
    switch name {
    case "findings": return .list(findings.map(CheckReport.tuple))
    case "names": return .list(findings.map { .string($0.name) })
    case "expected": return .list(expected.map { .string($0) })
    case "checks": return .int(checks)
    default: return nil
    }
  }

  func element(at index: Value) throws -> Value? {
    guard case .int(let position) = index else { return nil }
    let place = position < 0 ? position + findings.count : position
    guard findings.indices.contains(place) else {
      throw Mistake("finding \(position) is outside: there are \(findings.count)", code: "E0514")
    }
    return CheckReport.tuple(findings[place])
  }

  private static func tuple(_ finding: Finding) -> Value {
    .tuple([
      ("name", .string(finding.name)), ("what", .string(finding.what)),
      ("where", .string(finding.place)), ("mend", .string(finding.mend)),
    ])
  }

  func description(for printer: Printer) -> String {
    let count =
      findings.isEmpty
      ? "nothing found" : findings.count == 1 ? "1 finding" : "\(findings.count) findings"
    var lines = ["\(count) in \(checks) checks, \(subject)"]
    for (index, finding) in findings.enumerated() {
      let head = "\(index + 1). \(finding.name): "
      lines.append("")
      lines += CheckReport.wrap(head + finding.what, indent: 3, printer).enumerated().map {
        $0 == 0 ? printer.style($1, .heading) : $1
      }
      lines += CheckReport.wrap("   where  " + finding.place, indent: 10, printer)
      // Code is never wrapped: it is there to be copied.
      lines += finding.mend.split(separator: "\n").enumerated().map {
        ($0 == 0 ? "   mend   " : "          ") + $1
      }
    }
    if !expected.isEmpty {
      lines.append("")
      lines += expected.flatMap { CheckReport.wrap("expected: " + $0, indent: 2, printer) }
        .map { printer.style($0, .dim) }
    }
    return lines.joined(separator: "\n")
  }

  private static func wrap(_ text: String, indent: Int, _ printer: Printer) -> [String] {
    let margin = String(repeating: " ", count: indent)
    let room = Swift.max(20, printer.width - indent)
    let lead = String(text.prefix { $0 == " " })
    let lines = String(text.dropFirst(lead.count)).wrapped(to: room)
    return lines.enumerated().map { ($0 == 0 ? lead : margin) + $1.drop { $0 == " " } }
  }
}
