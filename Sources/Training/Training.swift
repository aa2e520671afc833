// Room for Training; see README.md.
