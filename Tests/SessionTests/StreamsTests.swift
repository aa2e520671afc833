import Foundation
import Testing

/// The program as a process among others: what its standard streams may be, and how it ends when it is told to.
@Suite("Streams and signals of the process") struct StreamsTests {
  /// Runs a line of the shell in which "$0" is the program; answers exit code and standard error.
  private func shell(_ line: String) throws -> (status: Int32, errors: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", line, Typist.program]
    let errors = Pipe()
    process.standardError = errors
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, text)
  }

  @Test func aFolderAsInputIsAMistake() throws {
    let (status, errors) = try shell("exec \"$0\" - < /tmp")
    #expect(status == 2)
    #expect(errors.contains("standard input cannot be read"))
  }

  @Test(arguments: ["-", ""])
  func aClosedInputIsAnEmptyOne(_ argument: String) throws {
    let (status, errors) = try shell("exec timeout 60 \"$0\" \(argument) <&-")
    #expect(status == 0, "\(errors)")
  }

  /// Not killed where it stands: it says that it was interrupted, as after Ctrl-C, and lets go of what it began.
  @Test func aTerminationInterruptsAScript() throws {
    let folder = try Folder()
    let out = folder["out"]
    let (status, errors) = try shell(
      """
      "$0" -c 'print("runs"); while true { }' > "\(out)" & program=$!
      (for i in $(seq 3000); do sleep 0.1; done; kill -KILL $program) > /dev/null 2>&1 & watch=$!
      until grep -q runs "\(out)" || ! kill -0 $program; do sleep 0.1; done
      kill -TERM $program; wait $program; status=$?
      kill -KILL $watch; exit $status
      """)
    #expect(status == 143 && errors.contains("interrupted"), "\(status): \(errors)")
  }
}
