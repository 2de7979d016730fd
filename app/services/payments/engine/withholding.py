"""What is kept from a refund: for points that are spent, and for postage. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

from app.core.enums.payments import TenderKind


class Withheld(NamedTuple):
    """What each part of a refund lacks for `points` that are missing, and for postage."""

    points: int = 0
    by_part: tuple[int, ...] = ()
    postage_minor: int = 0

    def off(self, place: int) -> int:
        """What the part at `place` lacks, in minor units."""
        return self.by_part[place] if self.by_part else 0

    def with_postage(self, minor: int, parts: Sequence[tuple[TenderKind, int]]) -> "Withheld":
        """Keep `minor` for postage, too, as far as there is money, as `withhold` does."""
        room = [
            0 if kind is TenderKind.POINTS else amount - self.off(place)
            for place, (kind, amount) in enumerate(parts)
        ]
        kept = min(minor, sum(room))
        if not kept:
            return self
        more = _from_the_last(kept, room)
        by_part = tuple(self.off(place) + each for place, each in enumerate(more))
        return Withheld(self.points, by_part, kept)


NOTHING = Withheld()


def withhold(
    missing: int, point_value_minor: int, parts: Sequence[tuple[TenderKind, int]]
) -> Withheld:
    """Keep the value of `missing` points from the parts of a refund, in tender order.

    The last part first, so that a gift card gets less only where nothing else is left; never from
    points, which come back as points. Whole points only, and never more than goes back: what is
    not covered stays missing.
    """
    room = [0 if kind is TenderKind.POINTS else amount for kind, amount in parts]
    points = min(missing, sum(room) // point_value_minor)
    return Withheld(points, _from_the_last(points * point_value_minor, room))


def _from_the_last(minor: int, room: Sequence[int]) -> tuple[int, ...]:
    by_part = []
    for each in reversed(room):
        by_part.append(min(each, minor))
        minor -= by_part[-1]
    return tuple(reversed(by_part))
