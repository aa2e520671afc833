import Tensor
import Testing

@testable import Commands

/// Every method of the library against its reference, in f64: logits, losses and gradients, the steps of a run, what was
/// trained and what merging makes of it. One folder a case, made by scripts/make-fixtures.d/method_*.py.
struct MethodParityTests {
  static let cases = MethodParity.names.flatMap { [($0, Math.fast), ($0, .exact)] }

  @Test func thereAreFolders() { #expect(!MethodParity.names.isEmpty) }

  @Test(arguments: cases)
  func everyNumberIsTheReferences(_ name: String, _ math: Math) throws {
    let parity = try MethodParity(name, math)
    try parity.compareAll()
    #expect(parity.disagreements == [])
  }

  /// A reference that is off by 1e-8 in one number must not pass, whichever kind of number that is.
  @Test func aReferenceThatIsOffIsSeen() throws {
    let sound = try #require(
      try MethodParity.names.map { try MethodParity($0, .fast) }.first { parity in
        try parity.compareAll()
        return parity.compared.contains { $0.hasPrefix("merged.") }
      })
    #expect(sound.disagreements == [])
    let kinds =
      ["logits", "losses", "final_loss", "final_logits"]
      + ["gradient.", "after.", "merged."].compactMap { kind in
        sound.compared.first { $0.hasPrefix(kind) }
      }
    #expect(kinds.count == 7)
    for key in kinds {
      let parity = try MethodParity(sound.name, .fast, perturbed: key)
      try parity.compareAll()
      #expect(parity.disagreements.count >= 1, "\(key) off by 1e-8 went unseen")
    }
  }
}
