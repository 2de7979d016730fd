"""Queries of finance."""
