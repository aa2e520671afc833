import Interpreter

/// The one list of commands. Adding a record here is all it takes for a command to exist.
public enum Registry {
  public static func records(_ paths: Paths) -> [CommandRecord] {
    tensorCommands() + shapeCommands() + randomCommands() + mathematicsCommands() + layerCommands()
      + lossCommands() + valueCommands() + textCommands() + modelCommands() + editingCommands()
      + gradientCommands() + dataCommands() + trainingCommands() + fileCommands(paths)
      + sessionCommands()
  }

  /// Makes every command known to an interpreter.
  public static func install(in interpreter: Interpreter, paths: Paths) {
    for record in records(paths) { interpreter.define(record.native) }
  }
}
