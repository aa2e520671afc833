#include "CLibEdit.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct Editor {
  EditLine *line;
  History *history;
  FILE *input, *output;
  EditorHandler handler;
  void *context;
  const char *prompt;
  mbstate_t partial;  // the bytes of a letter that is not whole yet
};

bool editor_use_utf8(void) {
  const char *names[] = {"", "C.UTF-8", "C.utf8", "en_US.UTF-8"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    if (setlocale(LC_CTYPE, names[i]) && strcmp(nl_langinfo(CODESET), "UTF-8") == 0) return true;
  }
  return false;
}

static Editor *owner(EditLine *line) {
  void *data = NULL;
  el_get(line, EL_CLIENTDATA, &data);
  return data;
}

static char *prompt(EditLine *line) { return (char *)owner(line)->prompt; }

// One function a key, because libedit tells a function nothing but the last character.
#define KEY(name)                                              \
  static unsigned char on##name(EditLine *line, int character) { \
    Editor *editor = owner(line);                              \
    return editor->handler(editor->context, EditorKey##name, character); \
  }
KEY(Enter)
KEY(Newline)
KEY(Tab)
KEY(Interrupt)
KEY(EndOfFile)
KEY(Suspend)
KEY(Paste)
KEY(Up)
KEY(Down)
KEY(LineStart)
KEY(LineEnd)
KEY(Closer)
KEY(Space)
#undef KEY

static void add_functions(EditLine *line) {
  el_set(line, EL_ADDFN, "cell-enter", "Hand over the cell, or continue it", onEnter);
  el_set(line, EL_ADDFN, "cell-newline", "Insert a newline", onNewline);
  el_set(line, EL_ADDFN, "cell-complete", "Complete", onTab);
  el_set(line, EL_ADDFN, "cell-interrupt", "Drop the cell", onInterrupt);
  el_set(line, EL_ADDFN, "cell-end", "End of input, or delete", onEndOfFile);
  el_set(line, EL_ADDFN, "cell-suspend", "Suspend the program", onSuspend);
  el_set(line, EL_ADDFN, "cell-paste", "Take a bracketed paste", onPaste);
  el_set(line, EL_ADDFN, "cell-up", "Line above, or earlier cell", onUp);
  el_set(line, EL_ADDFN, "cell-down", "Line below, or later cell", onDown);
  el_set(line, EL_ADDFN, "cell-line-start", "Start of the line", onLineStart);
  el_set(line, EL_ADDFN, "cell-line-end", "End of the line", onLineEnd);
  el_set(line, EL_ADDFN, "cell-closer", "Closing bracket", onCloser);
  el_set(line, EL_ADDFN, "cell-space", "Space", onSpace);
}

// Waits for a byte or a signal; a signal becomes what its key would have been.
static int read_character(EditLine *line, wchar_t *character) {
  Editor *editor = owner(line);
  const int input = fileno(editor->input);
  struct pollfd typed = {.fd = input, .events = POLLIN};
  if (poll(&typed, 1, 0) == 0) editor->handler(editor->context, EditorKeyIdle, 0);
  for (;;) {
    struct pollfd ready[2] = {{.fd = input, .events = POLLIN},
                              {.fd = signals_descriptor(), .events = POLLIN}};
    if (poll(ready, 2, -1) < 0 && errno != EINTR) return -1;
    signals_drain();
    if (signals_take_resize()) editor->handler(editor->context, EditorKeyResize, 0);
    if (signals_take_interrupt()) {
      *character = 3;  // Ctrl-C
      return 1;
    }
    if (ready[0].revents == 0) continue;
    char byte;
    const ssize_t count = read(input, &byte, 1);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count <= 0) return 0;  // a terminal that hung up is the end of input, too
    const size_t length = mbrtowc(character, &byte, 1, &editor->partial);
    if (length == (size_t)-2) continue;
    if (length != (size_t)-1) return 1;
    memset(&editor->partial, 0, sizeof editor->partial);  // skip what is no letter
  }
}

Editor *editor_open(const char *program, const char *terminal, int input, int output,
                    EditorHandler handler, void *context) {
  Editor *editor = calloc(1, sizeof *editor);
  if (!editor) return NULL;
  editor->handler = handler;
  editor->context = context;
  editor->prompt = "";
  editor->input = fdopen(dup(input), "r");
  editor->output = fdopen(dup(output), "w");
  editor->history = history_init();
  if (editor->input && editor->output && editor->history) {
    editor->line = el_init(program, editor->input, editor->output, editor->output);
  }
  if (!editor->line) {
    editor_close(editor);
    return NULL;
  }
  EditLine *line = editor->line;
  HistEvent event;
  history(editor->history, &event, H_SETSIZE, 1000);
  el_set(line, EL_CLIENTDATA, editor);
  if (terminal) el_set(line, EL_TERMINAL, terminal);
  el_set(line, EL_EDITOR, "emacs");
  el_set(line, EL_SIGNAL, 0);
  // Ctrl-C, Ctrl-Z and Ctrl-S come as characters, so that they work on any thread and terminal.
  // Neither line end becomes the other: CR LF in a paste must not look like two newlines.
  el_set(line, EL_SETTY, "-d", "-isig", "-ixon", "-icrnl", "-inlcr", NULL);
  el_set(line, EL_PROMPT_ESC, prompt, '\1');
  el_set(line, EL_HIST, history, editor->history);
  el_wset(line, EL_GETCFN, read_character);
  add_functions(line);
  return editor;
}

void editor_close(Editor *editor) {
  if (!editor) return;
  if (editor->line) el_end(editor->line);
  if (editor->history) history_end(editor->history);
  if (editor->input) fclose(editor->input);
  if (editor->output) fclose(editor->output);
  free(editor);
}

EditLine *editor_line(Editor *editor) { return editor->line; }

const char *editor_read(Editor *editor, const char *prompt, int *count) {
  editor->prompt = prompt;
  memset(&editor->partial, 0, sizeof editor->partial);
  signals_watch_resize(true);
  // libedit writes the prompt first: a Ctrl-D typed at once would still be the terminal's, and be lost.
  el_set(editor->line, EL_PREP_TERM, 1);
  const char *cell = el_gets(editor->line, count);
  signals_watch_resize(false);
  editor->prompt = "";
  return cell;
}

void editor_write(Editor *editor, const char *text) {
  fputs(text, editor->output);
  fflush(editor->output);
}

void editor_redraw(Editor *editor) { el_set(editor->line, EL_REFRESH); }

void editor_prepare_terminal(Editor *editor, bool prepared) {
  el_set(editor->line, EL_PREP_TERM, prepared ? 1 : 0);
}

void editor_bind(Editor *editor, const char *keys, const char *function) {
  el_set(editor->line, EL_BIND, keys, function, NULL);
}

void editor_read_settings(Editor *editor) { el_source(editor->line, NULL); }

void editor_history_limit(Editor *editor, int entries) {
  HistEvent event;
  history(editor->history, &event, H_SETSIZE, entries);
}

void editor_history_add(Editor *editor, const char *cell) {
  HistEvent event;
  history(editor->history, &event, H_ENTER, cell);
}

void editor_flush_standard_streams(void) {
  fflush(stdout);
  fflush(stderr);
}
