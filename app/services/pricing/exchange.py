"""Keeping exchange offers, and the page of goods that are to be had for points."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import InvalidReference, NotFound
from app.core.ids import new_id
from app.models.exchange import ExchangeOffer
from app.repositories.pricing import ExchangeRepository
from app.services import system
from app.services.catalog import ChannelFacts
from app.services.pricing.errors import InvalidPriceList
from app.services.pricing.kept import changed, require_room, require_version


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeTerms:
    """What may be changed about an offer. A piece costs `points` and `cash_minor` beside them.

    It is open in `[starts_at, ends_at)` to members of `tiers`, to all without any.
    """

    points: int
    cash_minor: int = 0
    quota: int | None = None
    per_member: int | None = None
    tiers: tuple[str, ...] = ()
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    is_active: bool = True


async def create_exchange_offer(
    session: AsyncSession,
    terms: ExchangeTerms,
    *,
    sku_id: UUID,
    channel_id: UUID | None,
    currency: str,
    actor: Actor,
) -> ExchangeOffer:
    """Offer a SKU for points. Raises `InvalidReference` and `InvalidPriceList`."""
    _check(terms)
    row = ExchangeOffer(
        id=new_id(),
        sku_id=sku_id,
        channel_id=channel_id,
        currency=currency,
        sold=0,
        version=1,
        **asdict(terms) | {"tiers": list(terms.tiers)},
    )
    ExchangeRepository(session).add(row)
    try:
        await session.flush()
    except IntegrityError as error:
        field = "channel_id" if "channel_id" in str(error.orig) else "sku_id"
        raise InvalidReference("The offer names an unknown thing", field=field) from error
    await system.record(
        session,
        actor,
        "pricing.create_exchange",
        "exchange_offer",
        row.id,
        {"sku_id": str(sku_id), "points": terms.points, "cash_minor": terms.cash_minor},
    )
    return row


async def edit_exchange_offer(
    session: AsyncSession, offer_id: UUID, terms: ExchangeTerms, *, version: int, actor: Actor
) -> ExchangeOffer:
    """Replace the terms; orders that were placed keep theirs.

    Raises `NotFound`, `StaleVersion`, `InvalidPriceList`, and `BelowSold` for a quota that was
    passed already.
    """
    row = await ExchangeRepository(session).get(offer_id, lock=True)
    if row is None:
        raise NotFound("There is no such offer")
    require_version(row, version)
    _check(terms)
    require_room(row, terms.quota)
    changes = changed(row, asdict(terms) | {"tiers": list(terms.tiers)})
    if changes:
        await session.flush()
        await system.record(
            session, actor, "pricing.edit_exchange", "exchange_offer", offer_id, changes
        )
    return row


async def get_exchange_offer(session: AsyncSession, offer_id: UUID) -> ExchangeOffer:
    row = await ExchangeRepository(session).get(offer_id)
    if row is None:
        raise NotFound("There is no such offer")
    return row


async def list_exchange_offers(
    session: AsyncSession, *, after: UUID | None, limit: int
) -> Sequence[ExchangeOffer]:
    """Every offer, newest first."""
    return await ExchangeRepository(session).page(after=after, limit=limit)


async def exchange_goods(
    session: AsyncSession,
    channel: ChannelFacts,
    *,
    point_value_minor: int,
    max_points: int | None = None,
    after: UUID | None = None,
    limit: int,
) -> list[Row[Any]]:
    """Goods that can be had for points in a channel now, newest offer first. One statement.

    What is not for sale, or would cost more in points than its list price, is left out.
    """
    return await ExchangeRepository(session).shown(
        channel_id=channel.id,
        currency=channel.currency,
        point_value_minor=point_value_minor,
        max_points=max_points,
        after=after,
        limit=limit,
    )


async def exchange_good(
    session: AsyncSession, offer_id: UUID, channel: ChannelFacts, *, point_value_minor: int
) -> Row[Any]:
    """One of `exchange_goods`. Raises `NotFound`."""
    row = await ExchangeRepository(session).shown_one(
        offer_id,
        channel_id=channel.id,
        currency=channel.currency,
        point_value_minor=point_value_minor,
    )
    if row is None:
        raise NotFound("There is no such offer")
    return row


def _check(terms: ExchangeTerms) -> None:
    if terms.starts_at and terms.ends_at and terms.ends_at <= terms.starts_at:
        raise InvalidPriceList("A window ends after it starts", field="ends_at")
