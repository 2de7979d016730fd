"""Keeping bargain activities, and who started what of them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import InvalidReference, NotFound
from app.core.ids import new_id
from app.models.bargains import Bargain, BargainActivity
from app.repositories.pricing import BargainRepository
from app.services import catalog, system
from app.services.pricing.errors import InvalidPriceList
from app.services.pricing.kept import changed, require_room, require_version


@dataclass(frozen=True, slots=True, kw_only=True)
class BargainTerms:
    """What may be changed about an activity; bargains that were started keep their amounts.

    `cuts` others bring a piece from `start_minor`, the list price it is compared with, to
    `floor_minor`. A bargain may be started in `[starts_at, ends_at)` by members of `tiers`, by all
    without any, and is good for `lives_hours`, to be cut and to be ordered.
    """

    start_minor: int
    floor_minor: int
    cuts: int
    lives_hours: int = 24
    helps_per_day: int = 3
    quota: int | None = None
    tiers: tuple[str, ...] = ()
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    blocks_promotions: bool = True
    is_active: bool = True


async def create_bargain_activity(
    session: AsyncSession, terms: BargainTerms, *, sku_id: UUID, channel_id: UUID, actor: Actor
) -> BargainActivity:
    """Let members bargain for a SKU, in the channel's currency.

    Raises `InvalidReference` and `InvalidPriceList`.
    """
    _check(terms)
    channel = await catalog.channel(session, channel_id)
    row = BargainActivity(
        id=new_id(),
        sku_id=sku_id,
        channel_id=channel.id,
        currency=channel.currency,
        sold=0,
        version=1,
        **asdict(terms) | {"tiers": list(terms.tiers)},
    )
    BargainRepository(session).add(row)
    try:
        await session.flush()
    except IntegrityError as error:
        raise InvalidReference("There is no such SKU", field="sku_id") from error
    await system.record(
        session,
        actor,
        "pricing.create_bargain",
        "bargain_activity",
        row.id,
        {"sku_id": str(sku_id), "floor_minor": terms.floor_minor, "cuts": terms.cuts},
    )
    return row


async def edit_bargain_activity(
    session: AsyncSession, activity_id: UUID, terms: BargainTerms, *, version: int, actor: Actor
) -> BargainActivity:
    """Replace the terms; bargains that were started keep their amounts and their time.

    Raises `NotFound`, `StaleVersion`, `InvalidPriceList`, and `BelowSold` for a quota that was
    passed already.
    """
    row = await BargainRepository(session).get(activity_id, lock=True)
    if row is None:
        raise NotFound("There is no such activity")
    require_version(row, version)
    _check(terms)
    require_room(row, terms.quota)
    changes = changed(row, asdict(terms) | {"tiers": list(terms.tiers)})
    if changes:
        await session.flush()
        await system.record(
            session, actor, "pricing.edit_bargain", "bargain_activity", activity_id, changes
        )
    return row


async def get_bargain_activity(session: AsyncSession, activity_id: UUID) -> BargainActivity:
    row = await BargainRepository(session).get(activity_id)
    if row is None:
        raise NotFound("There is no such activity")
    return row


async def list_bargain_activities(
    session: AsyncSession, *, after: UUID | None, limit: int
) -> Sequence[BargainActivity]:
    """Every activity, newest first."""
    return await BargainRepository(session).page(after=after, limit=limit)


async def list_started_bargains(
    session: AsyncSession, activity_id: UUID, *, after: UUID | None, limit: int
) -> Sequence[Bargain]:
    """What members started of an activity, newest first. Raises `NotFound`."""
    await get_bargain_activity(session, activity_id)
    return await BargainRepository(session).started_of(activity_id, after=after, limit=limit)


def _check(terms: BargainTerms) -> None:
    if terms.starts_at and terms.ends_at and terms.ends_at <= terms.starts_at:
        raise InvalidPriceList("A window ends after it starts", field="ends_at")
    if terms.start_minor - terms.floor_minor < terms.cuts:
        raise InvalidPriceList("Every cut takes at least one minor unit", field="cuts")
