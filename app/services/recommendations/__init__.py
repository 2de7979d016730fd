"""Recommendations: what to show next to what."""
