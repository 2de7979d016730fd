"""What sending from a warehouse counts for when warehouses are chosen. Minor units. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from app.core.money import share_bps


@dataclass(frozen=True, slots=True)
class Site:
    """A warehouse as a choice: how far it is and what handling an order there costs.

    `goods` are grams and cm³ of a piece by SKU.
    """

    steps: int = 0
    handling_minor: int = 0
    goods: Mapping[UUID, tuple[int, int]] = field(default_factory=dict)


class Cost(NamedTuple):
    """What a warehouse counts for once it is used, by reason, and its pieces' freight."""

    split_minor: int
    distance_minor: int
    priority_minor: int
    handling_minor: int
    freight_minor: int
    pieces_minor: int = 0

    @property
    def total_minor(self) -> int:
        return sum(self)


@dataclass(frozen=True, slots=True)
class Policy:
    """What a channel weighs. Every weight is 0 or more.

    Each parcel counts `split_minor`, each step of distance `distance_minor`, each point of a
    warehouse's priority `priority_minor`; of the freight that is estimated counts `freight_bps`.
    """

    split_minor: int = 1_000
    distance_minor: int = 200
    priority_minor: int = 0
    freight_bps: int = 10_000

    def once(self, site: Site, priority: int, freight_minor: int) -> Cost:
        return Cost(
            self.split_minor,
            self.distance_minor * site.steps,
            self.priority_minor * priority,
            site.handling_minor,
            share_bps(freight_minor, self.freight_bps),
        )

    def by_piece(self, freight_minor: int) -> int:
        return share_bps(freight_minor, self.freight_bps)


DEFAULT = Policy()
"""Fewest parcels, then near, then cheap; equals go by priority and code."""
