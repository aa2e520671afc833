// Room for Commands; see README.md.
