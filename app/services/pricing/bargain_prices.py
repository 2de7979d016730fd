"""Prices that were bargained for: of one piece, for one member, once."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.pricing import BargainPriceRepository
from app.repositories.pricing.bargain_prices import AskedBargain
from app.services.catalog import ChannelFacts
from app.services.pricing.engine import BLOCK_ALL, Line, PriceOption
from app.services.pricing.errors import BargainUnavailable

BARGAIN = "bargain"
"""Kind of a price that others cut down."""


class BargainUse(NamedTuple):
    """A line that has the price of a bargain."""

    line_id: str
    bargain_id: UUID


async def priced_by_bargains(
    session: AsyncSession,
    lines: Mapping[str, Line],
    asked: Mapping[str, UUID],
    *,
    channel: ChannelFacts,
    member_id: UUID | None,
    at: datetime | None,
    skip_unavailable: bool,
) -> tuple[dict[str, Line], tuple[BargainUse, ...]]:
    """The lines in their order, those that ask for a bargain at its price, and these.

    `asked` is the bargain by line. One statement, none without any. Raises `BargainUnavailable`
    naming every line that cannot have its price and why; `skip_unavailable` leaves those out.
    """
    asking = {line_id: asked[line_id] for line_id in lines if line_id in asked}
    if not asking:
        return dict(lines), ()
    bargains = await BargainPriceRepository(session).asked(
        sorted(set(asking.values())),
        channel_id=channel.id,
        currency=channel.currency,
        member_id=member_id,
        at=at,
    )
    pieces: Counter[UUID] = Counter()
    for line_id, bargain_id in asking.items():
        pieces[bargain_id] += lines[line_id].quantity
    priced: dict[str, Line] = {}
    uses: list[BargainUse] = []
    refused: list[dict[str, object]] = []
    for line_id, line in lines.items():
        if line_id not in asking:
            priced[line_id] = line
            continue
        bargain = bargains.get(asking[line_id])
        reason = _refusal(line, bargain, pieces[asking[line_id]])
        if bargain is None or reason is not None:
            refused.append(_refused(line_id, asking[line_id], reason))
            continue
        priced[line_id] = replace(line, prices=(), asked=_price(bargain))
        uses.append(BargainUse(line_id, bargain.id))
    if refused and not skip_unavailable:
        raise BargainUnavailable("Some bargains are not good", lines=refused)
    return priced, tuple(uses)


async def use_bargains(session: AsyncSession, order_id: UUID, uses: Iterable[BargainUse]) -> None:
    """Take the bargains for an order, all or none. One statement, none without any.

    Raises `BargainUnavailable` naming those that another order has, or that are beyond the quota.
    """
    wanted = sorted(each.bargain_id for each in uses)
    if not wanted:
        return
    refused = await BargainPriceRepository(session).take(wanted, order_id)
    if refused:
        raise BargainUnavailable(
            "Some bargains are gone",
            lines=[
                _refused(None, each, "exhausted" if is_free else "used")
                for each, is_free in refused
            ],
        )


async def bargain_of(session: AsyncSession, bargain_id: UUID, member_id: UUID) -> UUID | None:
    """The SKU a member's own bargain is about; None where the member has no such bargain."""
    return await BargainPriceRepository(session).sku_of(bargain_id, member_id)


def _price(bargain: AskedBargain) -> PriceOption:
    return PriceOption(
        kind=BARGAIN,
        price_minor=bargain.floor_minor,
        id=str(bargain.id),
        blocks=BLOCK_ALL if bargain.blocks_promotions else (),
    )


def _refused(line_id: str | None, bargain_id: UUID, reason: str | None) -> dict[str, object]:
    return {"line_id": line_id, "bargain_id": str(bargain_id), "reason": reason}


def _refusal(line: Line, bargain: AskedBargain | None, pieces: int) -> str | None:
    if bargain is None or str(bargain.sku_id) != line.sku_id:
        return "unknown"
    for reason, holds in (
        ("not_yours", not bargain.is_own),
        ("one_piece", pieces > 1),
        ("not_open", not bargain.is_open),
        ("not_finished", not bargain.is_finished),
        ("used", bargain.is_used),
        ("expired", bargain.is_expired),
        ("exhausted", bargain.is_exhausted),
        ("dearer_than_list", bargain.floor_minor > line.list_minor),
    ):
        if holds:
            return reason
    return None
