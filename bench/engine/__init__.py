"""How fast the promotion engine answers, in one process and without I/O."""
