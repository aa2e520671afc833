import Interpreter

/// The one list of commands. Adding a record here is all it takes for a command to exist.
public enum Registry {
  public static func records(_ paths: Paths) -> [CommandRecord] {
    tensorCommands() + shapeCommands() + randomCommands() + mathematicsCommands() + layerCommands()
      + lossCommands() + valueCommands() + textCommands() + modelCommands() + moduleCommands()
      + editingCommands() + adapterCommands() + catalogueCommands()
      + gradientCommands() + dataCommands() + trainingCommands() + steppingCommands()
      + debuggingCommands() + checkCommands() + pictureCommands(paths) + plotCommands(paths)
      + fileCommands(paths) + sessionCommands() + measuringCommands() + decodingCommands()
  }

  /// Makes every command known to an interpreter.
  public static func install(in interpreter: Interpreter, paths: Paths) {
    let all = records(paths)
    for record in all { interpreter.define(record.native) }
    interpreter.extensions["records"] = RecordList(all)
  }
}

/// The records of a session, for help and completion.
final class RecordList {
  let records: [CommandRecord]
  init(_ records: [CommandRecord]) { self.records = records }
}

extension Interpreter {
  /// The commands that this interpreter knows.
  public var records: [CommandRecord] { (extensions["records"] as? RecordList)?.records ?? [] }
}
