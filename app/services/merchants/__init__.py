"""Merchants: sellers on the platform and their API keys."""
