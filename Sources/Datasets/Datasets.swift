// Room for Datasets; see README.md.
