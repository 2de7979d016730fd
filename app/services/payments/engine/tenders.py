"""Covering an amount by tenders (payments specification 3.3)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from app.core.enums.payments import OWN_KINDS, TenderKind
from app.services.payments.engine.points import Lot
from app.services.payments.errors import DuplicateTender, PointsMissing, TenderMismatch

_ORDER = {kind: place for place, kind in enumerate(TenderKind)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Something that can pay. Money from outside pays what is left: its `available_minor` is None.

    Of points, `points` are owned, in `lots`, each worth `point_value_minor`; they are used in
    multiples of `multiple`, for at most `cap_bps` of the payable and at most `cap_minor`. The first
    `exchange_points` of them pay for goods to be had for points alone: they are taken before
    anything else, and neither multiple nor caps speak of them. What `is_paid` was paid elsewhere.
    """

    kind: TenderKind
    available_minor: int | None = 0
    max_minor: int | None = None
    gift_card_id: UUID | None = None
    expires_at: datetime | None = field(default=None, compare=False)
    points: int = 0
    exchange_points: int = 0
    max_points: int | None = None
    point_value_minor: int = 1
    multiple: int = 1
    cap_bps: int = 10_000
    cap_minor: int | None = None
    channel: str | None = None
    is_paid: bool = False
    lots: tuple[Lot, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Planned:
    source: Source
    amount_minor: int
    points: int | None = None

    @property
    def missing_points(self) -> int:
        """Points the goods cost beyond those that are owned."""
        return max(0, self.source.exchange_points - (self.points or 0))


def in_tender_order(sources: Sequence[Source]) -> list[Source]:
    """Gift cards (earliest expiry first, those without one last), points, balance, then outside.

    Raises `DuplicateTender` when a gift card, or any other kind, is named twice, and when money is
    to come from outside in two ways.
    """
    names = [(source.kind, source.gift_card_id) for source in sources]
    if len(set(names)) < len(names):
        raise DuplicateTender("Name each gift card and each other means once")
    if sum(source.kind not in OWN_KINDS for source in sources) > 1:
        raise DuplicateTender("Choose one way in which money comes from outside")
    return sorted(sources, key=_place)


def cover(payable_minor: int, sources: Sequence[Source]) -> tuple[tuple[Planned, ...], int]:
    """Take from `sources` in their order until `payable_minor` is covered; what remains uncovered.

    Goods to be had for points are paid first and by points alone, as far as there are any; the
    sources share what else is to pay. Sources that are not needed are left out.
    """
    planned: list[Planned] = []
    fixed = sum(each.exchange_points * each.point_value_minor for each in sources)
    if fixed > payable_minor:
        raise ValueError(f"{fixed} are due in points of {payable_minor} in all")
    due = rest = payable_minor - fixed
    uncovered = 0
    for source in sources:
        bought = min(source.points, source.exchange_points)
        amount_minor, points = _take(source, due, rest)
        rest -= amount_minor
        uncovered += (source.exchange_points - bought) * source.point_value_minor
        if points is not None:
            amount_minor, points = amount_minor + bought * source.point_value_minor, points + bought
        if amount_minor or source.exchange_points:
            planned.append(Planned(source, amount_minor, points))
    return tuple(planned), rest + uncovered


def plan_tenders(payable_minor: int, sources: Sequence[Source]) -> tuple[Planned, ...]:
    """As `cover`; raises `PointsMissing` and `TenderMismatch` when something remains."""
    planned, rest = cover(payable_minor, sources)
    if missing := sum(each.missing_points for each in planned):
        raise PointsMissing("The goods cost more points than there are", missing_points=missing)
    if rest:
        raise TenderMismatch("The tenders leave something to pay", uncovered_minor=rest)
    return planned


def _take(source: Source, payable_minor: int, rest_minor: int) -> tuple[int, int | None]:
    limit = rest_minor if source.max_minor is None else min(rest_minor, source.max_minor)
    if source.kind is not TenderKind.POINTS:
        return min(limit, limit if source.available_minor is None else source.available_minor), None
    limit = min(limit, payable_minor * source.cap_bps // 10_000)
    limit = limit if source.cap_minor is None else min(limit, source.cap_minor)
    free = max(0, source.points - source.exchange_points)
    owned = free if source.max_points is None else min(free, source.max_points)
    points = min(owned, limit // source.point_value_minor)
    points -= points % source.multiple
    return points * source.point_value_minor, points


def _place(source: Source) -> tuple[int, bool, float, str]:
    expires = source.expires_at
    return (
        _ORDER[source.kind],
        expires is None,
        expires.timestamp() if expires else 0,
        str(source.gift_card_id),
    )
