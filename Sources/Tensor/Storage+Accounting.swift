import CKernels
import Synchronization

/// What a piece of work took from the pool.
public struct MemoryAccount: Sendable {
  /// The most bytes in use at one time.
  public internal(set) var peak = 0
  /// Bytes that were taken from the system: free blocks of one size serve no other.
  public internal(set) var held = 0
}

extension Storage {
  // One account at a time: the counters are one set.
  private static let accounts = Mutex<Void>(())

  /// Runs `body` on a pool of its own and says what it took. A rehearsal computes nothing: its
  /// tensors have shapes and room, but what is large in them is never touched, so a step of any
  /// model costs neither time nor memory. Small results are zeros; integers are handled in earnest.
  ///
  /// Of the calling thread only. What is still alive at the end is not counted against later work.
  public static func account<R>(
    rehearsal: Bool, _ body: () throws -> R
  ) rethrows -> (result: R, account: MemoryAccount) {
    try accounts.withLock { _ in
      let (wasAccounting, wasRehearsal) = (ck_is_accounting(), ck_is_rehearsal())
      ck_account(1)
      ck_rehearse(rehearsal ? 1 : 0)
      ck_begin_account()
      defer {
        ck_trim()
        ck_account(wasAccounting)
        ck_rehearse(wasRehearsal)
      }
      let result = try body()
      var account = MemoryAccount()
      account.peak = Int(ck_bytes_peak())
      account.held = Int(ck_bytes_held())
      return (result, account)
    }
  }

  /// Whether this thread rehearses.
  public static var isRehearsal: Bool { ck_is_rehearsal() != 0 }

  /// Bytes that the pool has taken from the system.
  public static var bytesHeld: Int { Int(ck_bytes_held()) }
}
