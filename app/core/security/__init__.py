"""Secrets: access tokens, passwords, API keys, codes."""
