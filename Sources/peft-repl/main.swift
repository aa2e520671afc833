import Foundation
import Session

exit(Program.main(Array(CommandLine.arguments.dropFirst())))
