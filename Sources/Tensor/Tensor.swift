// Room for Tensor; see README.md.
