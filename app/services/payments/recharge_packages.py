"""Recharge packages, as staff keep them and members see them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.actor import Actor
from app.core.errors import NotFound, StaleVersion
from app.core.ids import new_id
from app.models.top_ups import RechargePackage
from app.repositories.payments.top_ups import TopUpRepository
from app.services import system

MOST_ON_OFFER = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageTerms:
    """Pay `pay_minor`, get `bonus_minor` on top; `per_member` times at most."""

    name: str
    currency: str
    pay_minor: int
    bonus_minor: int
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    per_member: int | None = None
    is_active: bool = True


async def create_package(
    session: AsyncSession, terms: PackageTerms, *, actor: Actor
) -> RechargePackage:
    """Offer a package."""
    row = RechargePackage(id=new_id(), version=1, **asdict(terms))
    await TopUpRepository(session).add(row)
    await system.record(session, actor, "payments.create_package", "recharge_package", row.id)
    return row


async def edit_package(
    session: AsyncSession, package_id: UUID, terms: PackageTerms, *, version: int, actor: Actor
) -> RechargePackage:
    """Replace what a package says; top-ups that were begun keep what they were told.

    Raises `NotFound` and `StaleVersion`.
    """
    row = await TopUpRepository(session).package(package_id, lock=True)
    if row is None:
        raise NotFound("No such package")
    if row.version != version:
        raise StaleVersion("Read it again", version=row.version)
    changed = [name for name, value in asdict(terms).items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, getattr(terms, name))
    if changed:
        row.version += 1
        row.updated_at = clock.now()
        await session.flush()
        changes = {"changed": changed}
        await system.record(
            session, actor, "payments.edit_package", "recharge_package", package_id, changes
        )
    return row


async def get_package(session: AsyncSession, package_id: UUID) -> RechargePackage:
    """Raises `NotFound`."""
    row = await TopUpRepository(session).package(package_id)
    if row is None:
        raise NotFound("No such package")
    return row


async def list_packages(
    session: AsyncSession, *, after: UUID | None, limit: int
) -> Sequence[RechargePackage]:
    """One more than `limit`, newest first."""
    return await TopUpRepository(session).packages(after=after, limit=limit + 1)


async def packages_on_offer(session: AsyncSession) -> Sequence[RechargePackage]:
    """What members can have now."""
    return await TopUpRepository(session).on_offer(limit=MOST_ON_OFFER)
