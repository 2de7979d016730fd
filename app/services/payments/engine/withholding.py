"""Points that are spent when what earned them goes back, kept from the refund. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

from app.core.enums.payments import TenderKind


class Withheld(NamedTuple):
    """`points` that are missing are paid for by what each part of the refund lacks."""

    points: int = 0
    by_part: tuple[int, ...] = ()

    def off(self, place: int) -> int:
        """What the part at `place` lacks, in minor units."""
        return self.by_part[place] if self.by_part else 0


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
    rest = points * point_value_minor
    by_part = []
    for each in reversed(room):
        by_part.append(min(each, rest))
        rest -= by_part[-1]
    return Withheld(points, tuple(reversed(by_part)))
