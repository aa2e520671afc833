// Room for Syntax; see README.md.
