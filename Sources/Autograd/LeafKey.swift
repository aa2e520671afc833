/// The identity of a parameter or of a watched tensor. Two keys are equal when they stand for the
/// same object, which the key keeps alive (so that its address is never used again).
public struct LeafKey: Hashable, @unchecked Sendable {
  // Only the identity of the object is ever used, which is safe to share between threads.
  private let object: AnyObject

  private final class Anonymous {}

  /// A key for an object that has identity of its own, such as a parameter's.
  public init(_ object: AnyObject) { self.object = object }

  /// A key unlike every other.
  public init() { self.object = Anonymous() }

  public static func == (a: LeafKey, b: LeafKey) -> Bool { a.object === b.object }

  public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(object)) }
}
