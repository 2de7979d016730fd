"""The vendors' own and other people's libraries, as witnesses that our reading is the usual one."""
