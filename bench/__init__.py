"""Measurements of the service against ceilings taken beside it, and a harness that kills it."""
