"""Keeping price lists: who gets their prices, when, and whether promotions may touch them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.pricing import PriceListKind
from app.core.errors import AlreadyExists, InvalidReference, NotFound
from app.core.ids import new_id
from app.models.pricing import PriceList
from app.repositories.pricing import PriceListRepository
from app.services import system
from app.services.pricing.errors import InvalidPriceList
from app.services.pricing.kept import changed, require_version


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceListTerms:
    """What may be changed about a list. It is open in `[starts_at, ends_at)`.

    `tier` is required for member prices and only for them; no `channel_id` means every channel.
    """

    name: str
    channel_id: UUID | None = None
    tier: str | None = None
    blocks_promotions: bool = False
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    is_active: bool = True


async def create_price_list(
    session: AsyncSession,
    terms: PriceListTerms,
    *,
    code: str,
    kind: PriceListKind,
    currency: str,
    actor: Actor,
) -> PriceList:
    """Raises `AlreadyExists` for a taken code and `InvalidPriceList` for contradicting terms."""
    _check(terms, kind)
    row = PriceList(
        id=new_id(), code=code, kind=kind, currency=currency, version=1, **asdict(terms)
    )
    await _save(session, row)
    await system.record(session, actor, "pricing.create_list", "price_list", row.id, {"code": code})
    return row


async def edit_price_list(
    session: AsyncSession, list_id: UUID, terms: PriceListTerms, *, version: int, actor: Actor
) -> PriceList:
    """Replace the terms; code, kind and currency are fixed. Raises `NotFound`, `StaleVersion`."""
    row = await locked(session, list_id)
    require_version(row, version)
    _check(terms, row.kind)
    changes = changed(row, asdict(terms))
    if changes:
        await _save(session, row)
        await system.record(session, actor, "pricing.edit_list", "price_list", list_id, changes)
    return row


async def close_price_list(
    session: AsyncSession, list_id: UUID, *, version: int, actor: Actor
) -> PriceList:
    """Take a list out of use; its prices and their history stay."""
    row = await get_price_list(session, list_id)
    terms = replace(terms_of(row), is_active=False)
    return await edit_price_list(session, list_id, terms, version=version, actor=actor)


async def get_price_list(session: AsyncSession, list_id: UUID) -> PriceList:
    row = await PriceListRepository(session).get(list_id)
    if row is None:
        raise NotFound("There is no such price list")
    return row


async def locked(session: AsyncSession, list_id: UUID) -> PriceList:
    """The list, locked until commit. Raises `NotFound`."""
    row = await PriceListRepository(session).get(list_id, lock=True)
    if row is None:
        raise NotFound("There is no such price list")
    return row


async def list_price_lists(
    session: AsyncSession, *, after: UUID | None, limit: int
) -> Sequence[PriceList]:
    """Price lists, newest first."""
    return await PriceListRepository(session).page(after=after, limit=limit)


def terms_of(row: PriceList) -> PriceListTerms:
    return PriceListTerms(
        name=row.name,
        channel_id=row.channel_id,
        tier=row.tier,
        blocks_promotions=row.blocks_promotions,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        is_active=row.is_active,
    )


def _check(terms: PriceListTerms, kind: PriceListKind) -> None:
    if (kind == PriceListKind.MEMBER_TIER) != (terms.tier is not None):
        raise InvalidPriceList("A list of member prices names a tier, no other does", field="tier")
    if kind == PriceListKind.CHANNEL and terms.channel_id is None:
        raise InvalidPriceList("A list of channel prices names its channel", field="channel_id")
    if terms.starts_at and terms.ends_at and terms.ends_at <= terms.starts_at:
        raise InvalidPriceList("A window ends after it starts", field="ends_at")


async def _save(session: AsyncSession, row: PriceList) -> None:
    try:
        await PriceListRepository(session).save(row)
    except IntegrityError as error:
        if "uq_price_lists_code" in str(error.orig):
            raise AlreadyExists(f"Code {row.code} is taken", field="code") from error
        raise InvalidReference("The channel does not exist", field="channel_id") from error
