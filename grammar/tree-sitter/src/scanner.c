// The end of a statement: a line end or the end of the file, asked for only where one may stand.
#include "tree_sitter/parser.h"

enum { END };

void *tree_sitter_peft_external_scanner_create(void) { return NULL; }
void tree_sitter_peft_external_scanner_destroy(void *payload) {}
unsigned tree_sitter_peft_external_scanner_serialize(void *payload, char *buffer) { return 0; }
void tree_sitter_peft_external_scanner_deserialize(
    void *payload, const char *buffer, unsigned length) {}

bool tree_sitter_peft_external_scanner_scan(
    void *payload, TSLexer *lexer, const bool *valid) {
  if (!valid[END]) return false;
  while (lexer->lookahead == ' ' || lexer->lookahead == '\t' || lexer->lookahead == '\r')
    lexer->advance(lexer, true);
  if (lexer->eof(lexer)) {
    // Once: nothing stands behind it that could ask again.
    lexer->result_symbol = END;
    return lexer->get_column(lexer) > 0;
  }
  if (lexer->lookahead != '\n') return false;
  lexer->advance(lexer, false);
  lexer->mark_end(lexer);
  lexer->result_symbol = END;
  return true;
}
