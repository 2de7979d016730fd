"""What the service must stand: every known attack, bad input and fault, and the tests of it."""
