// Room for Interpreter; see README.md.
