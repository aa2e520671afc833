#define _GNU_SOURCE  // pipe2

#include "Signals.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

// A signal handler has no context of its own: these are process-wide, as signals are.
static atomic_bool interrupted;
static atomic_bool resized;
static atomic_int ending;
static int wake[2] = {-1, -1};
static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct sigaction previous_interrupt;
static struct sigaction previous_resize;
static bool catches_interrupt;

static void open_pipe(void) {
  if (pipe2(wake, O_CLOEXEC | O_NONBLOCK) != 0) wake[0] = wake[1] = -1;
}

static void handle(int signal) {
  const int saved = errno;
  atomic_store(signal == SIGINT ? &interrupted : &resized, true);
  if (wake[1] >= 0) {
    // A full pipe already holds the news.
    const ssize_t ignored = write(wake[1], "!", 1);
    (void)ignored;
  }
  errno = saved;
}

static void terminate(int signal) {
  // Whoever asks twice does not want to wait for a tidy end.
  if (atomic_exchange(&ending, signal) != 0) _exit(128 + signal);
  handle(SIGINT);
}

void signals_end_tidily(void) {
  pthread_once(&once, open_pipe);
  struct sigaction action = {.sa_handler = terminate};
  sigemptyset(&action.sa_mask);
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGHUP, &action, NULL);
  // Some programs start others with these held back.
  sigset_t both;
  sigemptyset(&both);
  sigaddset(&both, SIGTERM);
  sigaddset(&both, SIGHUP);
  pthread_sigmask(SIG_UNBLOCK, &both, NULL);
}

int signals_ending(void) { return atomic_load(&ending); }

bool signals_install_interrupt(void) {
  if (catches_interrupt) return true;
  pthread_once(&once, open_pipe);
  struct sigaction action = {.sa_handler = handle};
  sigemptyset(&action.sa_mask);
  catches_interrupt = sigaction(SIGINT, &action, &previous_interrupt) == 0;
  return catches_interrupt;
}

void signals_remove_interrupt(void) {
  if (!catches_interrupt) return;
  sigaction(SIGINT, &previous_interrupt, NULL);
  catches_interrupt = false;
}

bool signals_interrupt_requested(void) { return atomic_load(&interrupted); }
void signals_request_interrupt(void) { handle(SIGINT); }
bool signals_take_interrupt(void) { return atomic_exchange(&interrupted, false); }

void signals_watch_resize(bool watch) {
  pthread_once(&once, open_pipe);
  struct sigaction action = {.sa_handler = handle};
  sigemptyset(&action.sa_mask);
  if (watch) {
    sigaction(SIGWINCH, &action, &previous_resize);
  } else {
    sigaction(SIGWINCH, &previous_resize, NULL);
  }
}

bool signals_take_resize(void) { return atomic_exchange(&resized, false); }

int signals_descriptor(void) {
  pthread_once(&once, open_pipe);
  return wake[0];
}

void signals_drain(void) {
  char bytes[64];
  while (wake[0] >= 0 && read(wake[0], bytes, sizeof bytes) > 0) {
  }
}
