"""Endpoints of finance."""
