"""Promotions as staff keep them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, any_, func, literal, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.promotions import PromotionPhase, PromotionStatus, UseState
from app.models.promotions import Promotion, PromotionQuota, PromotionUse, PromotionVersion

FALLBACK_ZONE = "Asia/Shanghai"
"""Where days begin in a shop without channels."""

IN_ORDER = (Promotion.stage, Promotion.priority.desc(), Promotion.id)


class PromotionRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, *rows: Promotion | PromotionQuota | PromotionVersion) -> None:
        self._session.add_all(rows)

    async def zone_of(self, channel_ids: Sequence[UUID]) -> str:
        """Where the days of the first of the channels begin, or of the default one if none are."""
        statement = text(
            "SELECT time_zone FROM channels WHERE id = :id OR (CAST(:id AS uuid) IS NULL"
            " AND is_default)"
        )
        first = channel_ids[0] if channel_ids else None
        found: str | None = await self._session.scalar(statement, {"id": first})
        return found or FALLBACK_ZONE

    async def knows_zone(self, name: str) -> bool:
        """Whether the database can tell days in a time zone."""
        statement = text("SELECT EXISTS (SELECT FROM pg_timezone_names WHERE name = :name)")
        return bool(await self._session.scalar(statement, {"name": name}))

    async def get(self, promotion_id: UUID, *, lock: bool = False) -> Promotion | None:
        return await self._session.get(
            Promotion, promotion_id, with_for_update=lock or None, populate_existing=lock
        )

    async def quotas(self, promotion_ids: Sequence[UUID]) -> Mapping[UUID, PromotionQuota]:
        rows = await self._session.scalars(
            select(PromotionQuota)
            .where(PromotionQuota.promotion_id.in_(promotion_ids))
            .execution_options(populate_existing=True)
        )
        return {row.promotion_id: row for row in rows}

    async def uses(self, promotion_id: UUID) -> tuple[int, int]:
        """How many uses there are now and what they took off in all, released ones left out."""
        row = (
            await self._session.execute(
                select(func.count(), func.coalesce(func.sum(PromotionUse.amount_minor), 0)).where(
                    PromotionUse.promotion_id == promotion_id,
                    PromotionUse.state != UseState.RELEASED,
                )
            )
        ).one()
        return int(row[0]), int(row[1])

    async def versions(self, promotion_id: UUID) -> Sequence[PromotionVersion]:
        """What was approved of a promotion, the latest first."""
        statement = (
            select(PromotionVersion)
            .where(PromotionVersion.promotion_id == promotion_id)
            .order_by(PromotionVersion.number.desc())
        )
        return (await self._session.scalars(statement)).all()

    async def approved(self, promotion_ids: Sequence[UUID]) -> Mapping[UUID, Mapping[str, Any]]:
        """The terms approved last by promotion; drafts have none in force."""
        statement = (
            select(PromotionVersion.promotion_id, PromotionVersion.terms)
            .join(
                Promotion,
                (Promotion.id == PromotionVersion.promotion_id)
                & (Promotion.approved_number == PromotionVersion.number),
            )
            .where(
                Promotion.id.in_(promotion_ids),
                Promotion.status.not_in([PromotionStatus.DRAFT, PromotionStatus.SUBMITTED]),
            )
        )
        return {row.promotion_id: row.terms for row in await self._session.execute(statement)}

    async def page(
        self,
        *,
        status: PromotionStatus | None,
        phase: PromotionPhase | None,
        is_archived: bool,
        merchant_id: UUID | None,
        after: UUID | None,
        limit: int,
    ) -> Sequence[Promotion]:
        """Promotions, newest first."""
        statement = select(Promotion).order_by(Promotion.id.desc()).limit(limit)
        archived = Promotion.archived_at
        statement = statement.where(archived.isnot(None) if is_archived else archived.is_(None))
        if phase is not None:
            statement = statement.where(_in_phase(phase))
        if status is not None:
            statement = statement.where(Promotion.status == status)
        if merchant_id is not None:
            statement = statement.where(Promotion.merchant_id == merchant_id)
        if after is not None:
            statement = statement.where(Promotion.id < after)
        return (await self._session.scalars(statement)).all()

    async def over(self, *, limit: int) -> Sequence[Promotion]:
        """Promotions that run while their window has closed, locked; those held are left out."""
        statement = (
            select(Promotion)
            .where(Promotion.status == PromotionStatus.RUNNING, Promotion.ends_at <= func.now())
            .order_by(Promotion.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
            .execution_options(populate_existing=True)
        )
        return (await self._session.scalars(statement)).all()

    async def named(self, promotion_ids: Sequence[UUID]) -> Sequence[Promotion]:
        """Those that exist, in order of stage, priority and id."""
        statement = select(Promotion).where(Promotion.id.in_(promotion_ids)).order_by(*IN_ORDER)
        return (await self._session.scalars(statement)).all()

    async def started(
        self, *, channel_id: UUID, currency: str, at: datetime | None, limit: int
    ) -> Sequence[Promotion]:
        """Promotions started in a channel that are open at `at`, or not over, in order."""
        statement = select(Promotion).where(
            Promotion.status == PromotionStatus.RUNNING,
            Promotion.currency == currency,
            (func.cardinality(Promotion.channel_ids) == 0)
            | (literal(channel_id, Uuid) == any_(Promotion.channel_ids)),
            Promotion.ends_at.is_(None) | (Promotion.ends_at > (func.now() if at is None else at)),
        )
        if at is not None:
            statement = statement.where(Promotion.starts_at.is_(None) | (Promotion.starts_at <= at))
        return (await self._session.scalars(statement.order_by(*IN_ORDER).limit(limit))).all()

    async def open_beside(self, row: Promotion) -> Sequence[Promotion]:
        """Other promotions approved or running in the same currency whose windows overlap."""
        statement = select(Promotion).where(
            Promotion.id != row.id,
            Promotion.currency == row.currency,
            Promotion.status.in_([PromotionStatus.APPROVED, PromotionStatus.RUNNING]),
        )
        if row.ends_at is not None:
            statement = statement.where(
                Promotion.starts_at.is_(None) | (Promotion.starts_at < row.ends_at)
            )
        if row.starts_at is not None:
            statement = statement.where(
                Promotion.ends_at.is_(None) | (Promotion.ends_at > row.starts_at)
            )
        return (await self._session.scalars(statement.order_by(Promotion.id))).all()


def _in_phase(phase: PromotionPhase) -> ColumnElement[bool]:
    """The promotions that are in a phase by the database's clock (`phase_of`)."""
    is_started = Promotion.status == PromotionStatus.RUNNING
    is_early = Promotion.starts_at > func.now()
    is_over = Promotion.ends_at <= func.now()
    if phase is PromotionPhase.SCHEDULED:
        return is_started & is_early
    if phase is PromotionPhase.ENDED:
        ended = Promotion.status == PromotionStatus.ENDED
        return ended | (is_started & is_over)
    if phase is PromotionPhase.RUNNING:
        return (
            is_started
            & (Promotion.starts_at.is_(None) | ~is_early)
            & (Promotion.ends_at.is_(None) | ~is_over)
        )
    return Promotion.status == PromotionStatus(phase)
