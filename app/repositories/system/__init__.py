"""Queries on platform tables."""
