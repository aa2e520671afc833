import Interpreter

/// The one list of commands. Adding a record here is all it takes for a command to exist.
public enum Registry {
  public static func records() -> [CommandRecord] {
    tensorCommands() + shapeCommands() + randomCommands() + mathematicsCommands() + layerCommands()
      + lossCommands() + valueCommands() + textCommands() + modelCommands() + editingCommands()
      + gradientCommands() + dataCommands() + trainingCommands() + fileCommands()
      + sessionCommands()
  }

  /// Makes every command known to an interpreter.
  public static func install(in interpreter: Interpreter) {
    for record in records() { interpreter.define(record.native) }
  }
}
