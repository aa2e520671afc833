import Interpreter
import Syntax
import Testing

@testable import Commands

/// The examples that help shows are true.
struct ExampleTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let command: String
    let code: String
    let result: String
    var testDescription: String { "\(command): \(code)" }
  }

  static let cases: [Case] = Registry.records(Paths(readFolders: [], outputFolder: "")).flatMap {
    record in
    record.examples.compactMap { example in
      example.result.map { Case(command: record.name, code: example.code, result: $0) }
    }
  }

  @Test(arguments: cases)
  func theExamplePrintsItsResult(_ example: Case) throws {
    #expect(try Bench(math: .exact).display(example.code) == example.result)
  }

  /// Of several forms, one that takes any first argument must be the last, or those behind it are never reached.
  @Test func everyFormCanBeReached() throws {
    var seen: Set<String> = []
    for record in Registry.records(Paths(readFolders: [], outputFolder: "")) {
      #expect(!seen.contains(record.name), "\(record.name)")
      if record.firstTypes.isEmpty { seen.insert(record.name) }
    }
  }

  /// Those whose output is not promised run all the same.
  @Test func examplesWithoutAResultRun() throws {
    let bench = try Bench()
    for record in bench.interpreter.records {
      for example in record.examples where example.result == nil {
        #expect(throws: Never.self, "\(example.code)") { _ = try bench.display(example.code) }
      }
    }
  }

  /// `help` knows the language's own words too; what it shows of each can be typed.
  @Test func wordsOfTheLanguageAreExplained() throws {
    let bench = try Bench()
    let help = Help(bench.interpreter)
    let contextual = ["module", "method", "param", "state", "with", "within", "new"]
    for word in Token.Kind.reservedWords + contextual {
      #expect(try help.text(for: .string(word)).hasPrefix("\(word)\n  "), "\(word)")
    }
    for entry in LanguageHelp.entries where entry.word != "import" {
      #expect(throws: Never.self, "\(entry.example)") { _ = try Bench().display(entry.example) }
    }
  }

  /// A name of the library that is a command's too would hide it.
  @Test func noNameOfTheLibraryHidesACommand() throws {
    let interpreter = try Bench().interpreter
    let commands = Set(interpreter.records.map(\.name))
    #expect(commands.intersection(interpreter.library.ownNames) == [])
  }
}
