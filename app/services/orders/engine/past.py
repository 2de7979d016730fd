"""Orders of another system that are over: what is asked of them, and their units. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple
from uuid import UUID

from app.core.enums.catalog import TaxMode
from app.core.enums.pricing import Objective
from app.services.promotions.engine.quote_types import (
    LineQuote,
    Quote,
    Totals,
    UnitGroup,
    money_hash,
)

IMPORTED = "imported"
"""Kind of the price of what was sold by another system, and its engine in quotes."""
NEWS = timedelta(days=7)
"""What was placed since is no history: it is announced, watched and may still be returned."""
MOST_PIECES, MOST_MINOR, UNITY_BPS = 1_000_000, 10**12, 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PastLine:
    """A line as it was sold. `list_minor` is of one piece, the other amounts of the line.

    `net_minor` is what was paid for it, whatever was taken off; it contains `tax_minor` where the
    channel's prices do. `merchant` is a code, asked for only where merchants share the SKU code.
    """

    sku: str
    quantity: int
    net_minor: int
    list_minor: int | None = None
    tax_minor: int = 0
    tax_rate_bps: int = 0
    merchant: str | None = None

    @property
    def listed_minor(self) -> int:
        """What one piece listed for: what it cost, rounded up, where nobody said."""
        if self.list_minor is not None:
            return self.list_minor
        return -(-self.net_minor // self.quantity)


@dataclass(frozen=True, slots=True, kw_only=True)
class PastOrder:
    """An order that was delivered and completed, or cancelled with nothing left to pay back.

    `ref` and `customer` name it and its buyer in the other system. Cancelled ones are told by
    `cancelled_at`; `ended_at` is then or when it was completed.
    """

    ref: str
    customer: str
    placed_at: datetime
    ended_at: datetime
    lines: tuple[PastLine, ...]
    is_cancelled: bool = False
    paid_at: datetime | None = None
    shipped_at: datetime | None = None
    received_at: datetime | None = None
    shipping_minor: int = 0
    number: str | None = None
    payment: str | None = None
    note: str | None = None
    address: dict[str, Any] | None = None

    def moments(self) -> Iterator[datetime]:
        """What happened, in the order in which it has to."""
        yield self.placed_at
        if not self.is_cancelled:
            yield from (each for each in (self.paid_at, self.shipped_at, self.received_at) if each)
        yield self.ended_at


def fault_of(order: PastOrder, at: datetime) -> str | None:
    """Why the order cannot be taken for history at that time; None where it can."""
    return next(_faults(order, at), None)


def _faults(order: PastOrder, at: datetime) -> Iterator[str]:
    moments = list(order.moments())
    if moments != sorted(moments):
        yield "its times are not one after the other"
    if order.placed_at > at - NEWS or order.ended_at > at:
        yield f"is no history: it was placed less than {NEWS.days} days ago"
    if not order.lines:
        yield "has no lines"
    if not 0 <= order.shipping_minor <= MOST_MINOR:
        yield "shipping_minor is out of range"
    for each in order.lines:
        for name, value, least, most in (
            ("quantity", each.quantity, 1, MOST_PIECES),
            ("net_minor", each.net_minor, 0, MOST_MINOR),
            ("tax_minor", each.tax_minor, 0, each.net_minor),
            ("list_minor", each.list_minor or 0, 0, MOST_MINOR),
            ("tax_rate_bps", each.tax_rate_bps, 0, UNITY_BPS),
        ):
            if not least <= value <= most:
                yield f"{each.sku}: {name} is out of range"


class PastUnits(NamedTuple):
    """`pieces` from `first` on that cost the same."""

    first: int
    pieces: int
    net_minor: int
    tax_minor: int


def units_of(line: PastLine) -> list[PastUnits]:
    """What each piece cost: whole minor units that add up to the line, the cheaper pieces first."""
    net, more_net = divmod(line.net_minor, line.quantity)
    tax, more_tax = divmod(line.tax_minor, line.quantity)
    dear, taxed = line.quantity - more_net, line.quantity - more_tax
    edges = sorted({0, dear, taxed, line.quantity})
    return [
        PastUnits(first, after - first, net + (first >= dear), tax + (first >= taxed))
        for first, after in pairwise(edges)
    ]


@dataclass(frozen=True, slots=True)
class PastQuote:
    """The lines of an order with the ids they are kept under, in their order."""

    order: PastOrder
    currency: str
    tax_mode: TaxMode
    lines: tuple[tuple[UUID, UUID, PastLine], ...]
    totals: Totals = field(init=False)

    def __post_init__(self) -> None:
        order = self.order
        listed = sum(each.listed_minor * each.quantity for each in order.lines)
        net = sum(each.net_minor for each in order.lines)
        tax = sum(each.tax_minor for each in order.lines)
        extra = tax if self.tax_mode is TaxMode.EXCLUSIVE else 0
        totals = Totals(
            list_minor=listed,
            price_saving_minor=listed - net,
            goods_minor=net,
            discount_minor=0,
            shipping_minor=order.shipping_minor,
            shipping_discount_minor=0,
            tax_minor=tax,
            net_minor=net,
            payable_minor=net + order.shipping_minor + extra,
        )
        object.__setattr__(self, "totals", totals)

    def quote(self) -> Quote:
        """What was paid, in the shape of every quote; nothing was worked out here."""
        lines = tuple(sorted((_line(*each) for each in self.lines), key=lambda x: x.line_id))
        deciding = [(x.line_id, x.sku_id, x.tax_rate_bps, x.units) for x in lines]
        return Quote(
            currency=self.currency,
            objective=Objective.CUSTOMER_BEST,
            optimality="exact",
            gap_minor=0,
            evaluations=0,
            engine_version=IMPORTED,
            rules_hash="",
            lines=lines,
            shipping_minor=self.totals.shipping_minor,
            shipping_tax_minor=0,
            totals=self.totals,
            applied=(),
            gifts=(),
            rejected=(),
            next_tiers=(),
            quote_hash=money_hash(self.currency, deciding, (), (), self.totals, 0),
        )


def _line(line_id: UUID, sku_id: UUID, line: PastLine) -> LineQuote:
    units = tuple(
        UnitGroup(
            count=run.pieces,
            list_minor=line.listed_minor,
            price_minor=run.net_minor,
            price_kind=IMPORTED,
            is_blocked=False,
            discounts=(),
            net_minor=run.net_minor,
            tax_minor=run.tax_minor,
        )
        for run in units_of(line)
    )
    return LineQuote(
        line_id=str(line_id),
        sku_id=str(sku_id),
        quantity=line.quantity,
        list_minor=line.listed_minor,
        goods_minor=line.net_minor,
        discount_minor=0,
        net_minor=line.net_minor,
        tax_minor=line.tax_minor,
        tax_rate_bps=line.tax_rate_bps,
        units=units,
    )
