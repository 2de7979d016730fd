"""Shapes of the catalog endpoints."""
