// Room for Terminal; see README.md.
