// Room for Session; see README.md.
