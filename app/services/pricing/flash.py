"""Flash sessions as operators keep them: price lists of kind `flash` with a window and quotas."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.clock import now
from app.core.enums.pricing import FlashState, PriceListKind
from app.core.errors import NotFound, StaleVersion
from app.models.pricing import PriceList
from app.repositories.pricing import FlashRepository
from app.services import system
from app.services.pricing.errors import BelowSold, InvalidPriceList
from app.services.pricing.events import PricesChanged
from app.services.pricing.lists import (
    PriceListTerms,
    create_price_list,
    edit_price_list,
    locked,
    terms_of,
)
from app.services.pricing.prices import PriceRow, set_prices


@dataclass(frozen=True, slots=True, kw_only=True)
class FlashTerms:
    """What may be changed about a session, open in `[starts_at, ends_at)`."""

    name: str
    channel_id: UUID | None
    blocks_promotions: bool
    starts_at: datetime
    ends_at: datetime

    def of_list(self, *, is_active: bool) -> PriceListTerms:
        return PriceListTerms(
            name=self.name,
            channel_id=self.channel_id,
            blocks_promotions=self.blocks_promotions,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            is_active=is_active,
        )


@dataclass(frozen=True, slots=True)
class FlashItem:
    """`quota` pieces of a SKU at `price_minor`, `per_member` of them for one member; null: any."""

    sku_id: UUID
    price_minor: int
    quota: int | None
    per_member: int | None


@dataclass(frozen=True, slots=True)
class FlashView:
    """A session as it stands by the database's clock, and its offers in order of SKU code."""

    session: Any
    items: Sequence[Any]


async def create_flash_session(
    session: AsyncSession,
    terms: FlashTerms,
    items: Sequence[FlashItem],
    *,
    code: str,
    currency: str,
    actor: Actor,
) -> FlashView:
    """A session that sells nothing until it is activated.

    Raises `AlreadyExists`, `InvalidReference`, `InvalidPriceList` and `UnknownSkus`.
    """
    row = await create_price_list(
        session,
        terms.of_list(is_active=False),
        code=code,
        kind=PriceListKind.FLASH,
        currency=currency,
        actor=actor,
    )
    await _put(session, row, items, actor)
    return await get_flash_session(session, row.id)


async def edit_flash_session(
    session: AsyncSession,
    session_id: UUID,
    terms: FlashTerms,
    items: Sequence[FlashItem],
    *,
    version: int,
    actor: Actor,
) -> FlashView:
    """Replace terms and offers, while it runs too; what was sold stays sold.

    Raises `NotFound`, `StaleVersion`, `UnknownSkus`, and `BelowSold` for a quota below what was
    sold or for leaving out an offer of which something was.
    """
    row = await _locked(session, session_id)
    row = await edit_price_list(
        session, session_id, terms.of_list(is_active=row.is_active), version=version, actor=actor
    )
    has_changed = await _put(session, row, items, actor)
    if has_changed and row.version == version:
        row.version, row.updated_at = version + 1, now()
        await session.flush()
    await _announce(session, session_id)
    return await get_flash_session(session, session_id)


async def activate_flash_session(
    session: AsyncSession, session_id: UUID, *, version: int, actor: Actor
) -> FlashView:
    """Let it sell in its window. Raises `InvalidPriceList` when that is over or nothing is offered.

    Raises `NotFound` and `StaleVersion`.
    """
    row = await _locked(session, session_id)
    if row.version != version:
        raise StaleVersion("Read it again", version=row.version)
    view = await get_flash_session(session, session_id)
    if not view.items:
        raise InvalidPriceList("Offer something first", field="items")
    await _switch(session, row, is_active=True, actor=actor)
    found = await get_flash_session(session, session_id)
    if found.session.state == FlashState.ENDED:
        raise InvalidPriceList("The window is over", field="ends_at")
    return found


async def stop_flash_session(session: AsyncSession, session_id: UUID, *, actor: Actor) -> FlashView:
    """Sell nothing more at its prices from the commit on, whatever else was changed meanwhile.

    Stopping again changes nothing. Raises `NotFound`.
    """
    row = await _locked(session, session_id)
    await _switch(session, row, is_active=False, actor=actor)
    return await get_flash_session(session, session_id)


async def get_flash_session(session: AsyncSession, session_id: UUID) -> FlashView:
    """Raises `NotFound` for what is no flash session."""
    repository = FlashRepository(session)
    row = await repository.get(session_id)
    if row is None:
        raise NotFound("There is no such flash session")
    return FlashView(row, await repository.items(session_id))


async def list_flash_sessions(
    session: AsyncSession, *, state: FlashState | None, after: UUID | None, limit: int
) -> Sequence[Any]:
    """Sessions, newest first, with what is offered and sold in all."""
    return await FlashRepository(session).page(state=state, after=after, limit=limit)


async def _locked(session: AsyncSession, session_id: UUID) -> PriceList:
    row = await locked(session, session_id)
    if row.kind != PriceListKind.FLASH or row.starts_at is None or row.ends_at is None:
        raise NotFound("There is no such flash session")
    return row


async def _put(
    session: AsyncSession, row: PriceList, items: Sequence[FlashItem], actor: Actor
) -> bool:
    """Make the offers what `items` says; whether anything is different now."""
    before = {each.sku_id: each for each in await FlashRepository(session).items(row.id)}
    left_out = [each for sku_id, each in before.items() if sku_id not in {i.sku_id for i in items}]
    if sold := [each for each in left_out if each.sold]:
        raise BelowSold(
            "Stop the session instead, or lower the quota to what was sold",
            rows=[
                {"sku_id": str(each.sku_id), "min_quantity": 1, "sold": each.sold, "quota": 0}
                for each in sold
            ],
        )
    changed = [each for each in items if _is_new(each, before.get(each.sku_id))]
    rows = [
        *(PriceRow(i.sku_id, i.price_minor, 1, i.quota, i.per_member) for i in changed),
        *(PriceRow(each.sku_id, None) for each in left_out),
    ]
    if rows:
        await set_prices(session, row.id, rows, actor=actor)
    return bool(rows)


def _is_new(item: FlashItem, before: Any | None) -> bool:
    if before is None:
        return True
    was = (before.price_minor, before.quota, before.per_member)
    return (item.price_minor, item.quota, item.per_member) != was


async def _switch(session: AsyncSession, row: PriceList, *, is_active: bool, actor: Actor) -> None:
    if row.is_active != is_active:
        terms = replace(terms_of(row), is_active=is_active)
        await edit_price_list(session, row.id, terms, version=row.version, actor=actor)
        await _announce(session, row.id)


async def _announce(session: AsyncSession, session_id: UUID) -> None:
    """What its SKUs cost may be different now, although no price of it is."""
    skus = tuple(sorted(each.sku_id for each in await FlashRepository(session).items(session_id)))
    if skus:
        await system.publish(session, PricesChanged(price_list_id=session_id, sku_ids=skus))
