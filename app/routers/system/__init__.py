"""Endpoints of the platform itself."""
