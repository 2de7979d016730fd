"""Recommendations: what to show next to what, and which goods badges point at."""

from app.services.recommendations.tags import check_rule, refresh_due_tag, refresh_tag

__all__ = ["check_rule", "refresh_due_tag", "refresh_tag"]
