"""Rules about ways to pay, as staff keep them."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.gateways import PaymentMethodRule


class MethodRuleRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, row: PaymentMethodRule) -> None:
        self._session.add(row)
        await self._session.flush()
        await self._session.refresh(row)

    async def delete(self, row: PaymentMethodRule) -> None:
        await self._session.delete(row)
        await self._session.flush()

    async def page(self, *, after: UUID | None, limit: int) -> Sequence[PaymentMethodRule]:
        found = select(PaymentMethodRule).order_by(PaymentMethodRule.id.desc()).limit(limit)
        if after is not None:
            found = found.where(PaymentMethodRule.id < after)
        return (await self._session.scalars(found)).all()

    async def rule(self, rule_id: UUID, *, lock: bool = False) -> PaymentMethodRule | None:
        found = select(PaymentMethodRule).where(PaymentMethodRule.id == rule_id)
        if lock:
            found = found.with_for_update(key_share=True)
        return await self._session.scalar(found)
