// Room for Checkpoints; see README.md.
