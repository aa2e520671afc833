// Room for Tokenizers; see README.md.
