// Room for Autograd; see README.md.
