import CLibEdit

/// Ctrl-C during a computation.
///
/// The signal only sets a flag; whoever computes polls it between steps. In the editor Ctrl-C
/// drops the cell and never sets the flag.
public enum Interrupt {
  /// Catches SIGINT from now on. Calling it again changes nothing.
  public static func install() { _ = signals_install_interrupt() }

  /// From now on SIGTERM and SIGHUP interrupt too, once.
  public static func endTidily() { signals_end_tidily() }

  /// The number of the signal that asked the program to end, if one did.
  public static var endingSignal: Int32? {
    let signal = signals_ending()
    return signal == 0 ? nil : signal
  }

  /// Gives SIGINT back to whoever handled it before `install`.
  public static func remove() { signals_remove_interrupt() }

  /// Whether an interruption waits to be noticed. Cheap enough for inner loops.
  public static var isRequested: Bool { signals_interrupt_requested() }

  /// Forgets a noticed interruption.
  public static func clear() { _ = signals_take_interrupt() }

  /// Asks for an interruption, as Ctrl-C does.
  public static func request() { signals_request_interrupt() }
}
