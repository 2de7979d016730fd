"""Rules of what brings shoppers back. Pure."""

from app.services.crm.engine.draws import WHOLE_PPM, draws_left, rolled
from app.services.crm.engine.streaks import next_streak, points_of

__all__ = ["WHOLE_PPM", "draws_left", "next_streak", "points_of", "rolled"]
