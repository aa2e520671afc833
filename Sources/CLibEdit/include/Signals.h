#pragma once

#include <stdbool.h>

/// Interruption and resizing reach the program as flags and as one byte in a pipe, so that
/// a computation can poll them and a waiting reader wakes, whichever thread got the signal.

/// Catches SIGINT from now on. False if the system refuses.
bool signals_install_interrupt(void);
/// Gives SIGINT back to whoever had it before.
void signals_remove_interrupt(void);
bool signals_interrupt_requested(void);
void signals_request_interrupt(void);
/// Clears the flag and answers whether it was set.
bool signals_take_interrupt(void);

/// From now on the first SIGTERM or SIGHUP interrupts, so that nothing half-written stays; the second ends at once.
void signals_end_tidily(void);
/// The number of the signal that asked for the end; 0 if none did.
int signals_ending(void);

/// Catches SIGWINCH until the matching call with false.
void signals_watch_resize(bool watch);
bool signals_take_resize(void);

/// Readable after a signal; -1 if there is no pipe. Drain it before the flags are taken.
int signals_descriptor(void);
void signals_drain(void);
