"""Endpoints of merchants and their API keys."""
