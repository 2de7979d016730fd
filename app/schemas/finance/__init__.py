"""Shapes of finance."""
