import Commands
import Interpreter

/// `docs/commands.md`: the registry as a page. `scripts/write-reference` writes it.
enum Reference {
  static func page(_ session: Session) -> String {
    var blocks = [
      "# Commands",
      "Written by `scripts/write-reference` from the registry that `help` reads too: change the"
        + " record, not this page. The examples are run as tests. Methods are files of the"
        + " language; `methods()` lists them.",
    ]
    let records = session.interpreter.records
    for category in CommandRecord.Category.allCases {
      let chosen = records.filter { $0.category == category }
      if chosen.isEmpty { continue }
      blocks.append("## \(category.rawValue)")
      blocks += chosen.flatMap(entry)
    }
    blocks.append("## At the prompt")
    blocks.append("These act on the session; files have none of them.")
    let rows = SessionCommands.all.map { entry in
      let call = [":" + entry.name, entry.argument].filter { !$0.isEmpty }.joined(separator: " ")
      return "- `\(call)`: \(entry.summary)"
    }
    blocks.append(rows.joined(separator: "\n"))
    return blocks.joined(separator: "\n\n") + "\n"
  }

  private static func entry(_ record: CommandRecord) -> [String] {
    var blocks = ["### `\(record.signature.description)`", sentence(record.summary)]
    if !record.firstTypes.isEmpty {
      blocks.append("For a first argument that is: \(record.firstTypes.joined(separator: ", ")).")
    }
    if !record.help.isEmpty { blocks.append(record.help) }
    let examples = record.examples.map { example in
      ["> " + example.code, example.result].compactMap(\.self).joined(separator: "\n")
    }
    if !examples.isEmpty {
      blocks.append("```\n" + examples.joined(separator: "\n") + "\n```")
    }
    return blocks
  }

  private static func sentence(_ text: String) -> String {
    text.prefix(1).uppercased() + text.dropFirst() + (text.hasSuffix(".") ? "" : ".")
  }
}
