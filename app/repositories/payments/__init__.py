"""Queries on payments."""
