"""Endpoints of webhooks to merchants."""
