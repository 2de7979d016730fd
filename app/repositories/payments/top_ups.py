"""Top-ups of balances and the packages they follow."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.direct import direct
from app.core.enums.payments import TopUpState
from app.models.top_ups import RechargePackage, TopUp

_USE = text("""
    INSERT INTO package_uses AS u (member_id, package_id, used)
    VALUES (:member_id, :package_id, 1)
    ON CONFLICT (member_id, package_id) DO UPDATE SET used = u.used + 1
    WHERE u.used < coalesce(CAST(:most AS integer), 2147483647)
    RETURNING used
""")
_GIVE_BACK = text("""
    UPDATE package_uses SET used = used - 1
    WHERE member_id = :member_id AND package_id = :package_id
""")
_OWNER_KIND = direct("""
    SELECT 'top_up' FROM top_ups WHERE id = :id
    UNION ALL SELECT 'charge' FROM order_charges WHERE id = :id
""")
_DUE = text("""
    SELECT id FROM top_ups WHERE state = 'awaiting' AND expires_at <= now()
    ORDER BY expires_at LIMIT :limit
""")


class TopUpRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def owner_kind(self, owner_id: UUID) -> str | None:
        """What a plan pays for, by its `order_id`; None where that is an order."""
        found: str | None = await self._session.scalar(_OWNER_KIND, {"id": owner_id})
        return found

    async def add(self, row: TopUp | RechargePackage) -> None:
        self._session.add(row)
        await self._session.flush()
        await self._session.refresh(row)

    async def get(self, top_up_id: UUID, *, lock: bool = False) -> TopUp | None:
        found = select(TopUp).where(TopUp.id == top_up_id)
        if lock:
            found = found.with_for_update(key_share=True).execution_options(populate_existing=True)
        return await self._session.scalar(found)

    async def move(self, row: TopUp, state: TopUpState, *, reason: str | None = None) -> None:
        row.state, row.close_reason, row.updated_at = state, reason, clock.now()
        row.version += 1
        await self._session.flush()

    async def page(
        self, *, after: UUID | None, limit: int, member_id: UUID | None, state: TopUpState | None
    ) -> Sequence[TopUp]:
        """The newest first."""
        found = select(TopUp).order_by(TopUp.id.desc()).limit(limit)
        if after is not None:
            found = found.where(TopUp.id < after)
        if member_id is not None:
            found = found.where(TopUp.member_id == member_id)
        if state is not None:
            found = found.where(TopUp.state == state)
        return (await self._session.scalars(found)).all()

    async def due(self, *, limit: int) -> list[UUID]:
        """Top-ups nobody paid in time, those that waited longest first."""
        return list((await self._session.execute(_DUE, {"limit": limit})).scalars())

    async def use(self, member_id: UUID, package_id: UUID, *, most: int | None) -> bool:
        """Count a use of a package; False where that would be more than `most`."""
        values = {"member_id": member_id, "package_id": package_id, "most": most}
        return (await self._session.execute(_USE, values)).first() is not None

    async def give_back(self, member_id: UUID, package_id: UUID) -> None:
        values = {"member_id": member_id, "package_id": package_id}
        await self._session.execute(_GIVE_BACK, values)

    async def package(self, package_id: UUID, *, lock: bool = False) -> RechargePackage | None:
        found = select(RechargePackage).where(RechargePackage.id == package_id)
        if lock:
            found = found.with_for_update(key_share=True)
        return await self._session.scalar(found)

    async def packages(self, *, after: UUID | None, limit: int) -> Sequence[RechargePackage]:
        """The newest first."""
        found = select(RechargePackage).order_by(RechargePackage.id.desc()).limit(limit)
        if after is not None:
            found = found.where(RechargePackage.id < after)
        return (await self._session.scalars(found)).all()

    async def on_offer(self, *, limit: int) -> Sequence[RechargePackage]:
        """Packages that can be had now, the smallest first."""
        found = (
            select(RechargePackage)
            .where(
                RechargePackage.is_active,
                or_(RechargePackage.starts_at.is_(None), RechargePackage.starts_at <= func.now()),
                or_(RechargePackage.ends_at.is_(None), RechargePackage.ends_at > func.now()),
            )
            .order_by(RechargePackage.currency, RechargePackage.pay_minor, RechargePackage.id)
            .limit(limit)
        )
        return (await self._session.scalars(found)).all()

    async def now(self) -> datetime:
        """The database's clock, which decides about windows."""
        found = await self._session.scalar(text("SELECT now()"))
        if not isinstance(found, datetime):
            raise TypeError("no clock")
        return found
