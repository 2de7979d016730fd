"""Faults planted into a copy of the code, each of which a test must turn red."""
