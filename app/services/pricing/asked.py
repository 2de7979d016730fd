"""Prices a shopper asked for on a line: goods for points, taken through the points tender."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.pricing import ExchangeRepository
from app.repositories.pricing.exchange import AskedOffer
from app.services.catalog import ChannelFacts
from app.services.pricing.engine import BLOCK_ALL, Line, PriceOption
from app.services.pricing.errors import ExchangeUnavailable

EXCHANGE = "exchange"
"""Kind of a price that is paid in points, with or without money beside them."""


class Exchange(NamedTuple):
    """Pieces of a line to be had for `points` and `cash_minor` each."""

    line_id: str
    offer_id: UUID
    quantity: int
    points: int
    cash_minor: int

    @property
    def total_points(self) -> int:
        return self.points * self.quantity


async def priced_in_points(
    session: AsyncSession,
    lines: Mapping[str, Line],
    asked: Mapping[str, UUID],
    *,
    channel: ChannelFacts,
    member_id: UUID | None,
    at: datetime | None,
    point_value_minor: int,
    skip_unavailable: bool,
) -> tuple[dict[str, Line], tuple[Exchange, ...]]:
    """The lines in their order, those that are asked for by an offer at its price, and these.

    `asked` is the offer by line. One statement, none without any. Raises `ExchangeUnavailable`
    naming every line that cannot have what it asks for and why; `skip_unavailable` leaves those
    out.
    """
    asking = {line_id: asked[line_id] for line_id in lines if line_id in asked}
    if not asking:
        return dict(lines), ()
    offers = await ExchangeRepository(session).asked(
        sorted(set(asking.values())),
        channel_id=channel.id,
        currency=channel.currency,
        member_id=member_id,
        at=at,
    )
    pieces: dict[UUID, int] = {}
    for line_id, offer_id in asking.items():
        pieces[offer_id] = pieces.get(offer_id, 0) + lines[line_id].quantity
    priced: dict[str, Line] = {}
    exchanges: list[Exchange] = []
    refused: list[dict[str, object]] = []
    for line_id, line in lines.items():
        if line_id not in asking:
            priced[line_id] = line
            continue
        offer = offers.get(asking[line_id])
        reason = _refusal(line, offer, pieces[asking[line_id]], point_value_minor)
        if offer is None or reason is not None:
            refused.append(_refused(line_id, asking[line_id], reason, offer))
            continue
        option = _price(offer, point_value_minor)
        priced[line_id] = replace(line, prices=(), asked=option)
        exchanges.append(Exchange(line_id, offer.id, line.quantity, offer.points, offer.cash_minor))
    if refused and not skip_unavailable:
        raise ExchangeUnavailable("Some goods cannot be had for points", lines=refused)
    return priced, tuple(exchanges)


async def use_exchanges(
    session: AsyncSession, order_id: UUID, member_id: UUID, exchanges: Iterable[Exchange]
) -> None:
    """Count the pieces as taken by an order, all or none. One statement, none without any.

    The caller has held the member's row since the lines were priced, which judged what one member
    may take. Raises `ExchangeUnavailable` naming the offers of which too little is left.
    """
    wanted: dict[UUID, int] = {}
    for each in exchanges:
        wanted[each.offer_id] = wanted.get(each.offer_id, 0) + each.quantity
    if not wanted:
        return
    refused = await ExchangeRepository(session).take(
        sorted(wanted.items()), order_id=order_id, member_id=member_id
    )
    if refused:
        raise ExchangeUnavailable(
            "Less is left than was asked for",
            lines=[_refused(None, each, "exhausted", None) for each in refused],
        )


def _price(offer: AskedOffer, point_value_minor: int) -> PriceOption:
    """The price of one piece: its points at their value and the money. No promotion touches it."""
    return PriceOption(
        kind=EXCHANGE,
        price_minor=_worth(offer, point_value_minor),
        id=str(offer.id),
        blocks=BLOCK_ALL,
    )


def _refused(
    line_id: str | None, offer_id: UUID, reason: str | None, offer: AskedOffer | None
) -> dict[str, object]:
    left = None if offer is None or offer.left is None else max(0, offer.left)
    return {"line_id": line_id, "offer_id": str(offer_id), "reason": reason, "left": left}


def _refusal(
    line: Line, offer: AskedOffer | None, pieces: int, point_value_minor: int
) -> str | None:
    if offer is None or str(offer.sku_id) != line.sku_id:
        return "unknown"
    if not offer.is_open:
        return "not_open"
    if not offer.is_entitled:
        return "not_entitled"
    if offer.left is not None and pieces > offer.left:
        return "exhausted"
    return "dearer_than_list" if _worth(offer, point_value_minor) > line.list_minor else None


def _worth(offer: AskedOffer, point_value_minor: int) -> int:
    return offer.points * point_value_minor + offer.cash_minor
