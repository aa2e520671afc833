#pragma once

#include <histedit.h>
#include <stdbool.h>

#include "Signals.h"

/// The keys whose meaning Terminal defines; libedit keeps the others.
typedef enum EditorKey {
  EditorKeyEnter,
  EditorKeyNewline,
  EditorKeyTab,
  EditorKeyInterrupt,
  EditorKeyEndOfFile,
  EditorKeySuspend,
  EditorKeyPaste,
  EditorKeyUp,
  EditorKeyDown,
  EditorKeyLineStart,
  EditorKeyLineEnd,
  EditorKeyCloser,
  EditorKeySpace,
  EditorKeyResize,
  /// No key: the line is drawn, and nothing more is typed yet.
  EditorKeyIdle
} EditorKey;

/// Called for each of these keys, on the thread that reads. `character` is the key's last character.
/// Returns one of libedit's `CC_` codes.
typedef unsigned char (*EditorHandler)(void *context, EditorKey key, int character);

typedef struct Editor Editor;

/// Sets the character type to a UTF-8 locale, since libedit drops letters that the locale lacks.
/// Numbers keep the C locale. False if there is no such locale.
bool editor_use_utf8(void);

/// An editor over two open descriptors, which stay the caller's. `terminal` may be NULL: `$TERM`.
/// NULL if the terminal cannot be prepared.
Editor *editor_open(const char *program, const char *terminal, int input, int output,
                    EditorHandler handler, void *context);
void editor_close(Editor *editor);
EditLine *editor_line(Editor *editor);

/// Reads one cell. NULL when a handler answered `CC_EOF` or the input ended.
/// Escape sequences in the prompt stand between two `\1`.
const char *editor_read(Editor *editor, const char *prompt, int *count);

/// Writes to the terminal at once, past libedit's idea of the screen.
void editor_write(Editor *editor, const char *text);
/// Draws prompt and line anew from where the cursor stands.
void editor_redraw(Editor *editor);
/// Hands the terminal back (false) or takes it again (true).
void editor_prepare_terminal(Editor *editor, bool prepared);
void editor_bind(Editor *editor, const char *keys, const char *function);
/// The user's own `~/.editrc`.
void editor_read_settings(Editor *editor);

void editor_history_limit(Editor *editor, int entries);
void editor_history_add(Editor *editor, const char *cell);

/// Flushes standard output and standard error, so that direct writes come after them.
void editor_flush_standard_streams(void);
