"""Rules of what brings shoppers back. Pure."""

from app.services.crm.engine.streaks import next_streak, points_of

__all__ = ["next_streak", "points_of"]
