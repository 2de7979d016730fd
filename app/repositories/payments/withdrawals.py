"""Withdrawals of balances."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.enums.payments import WithdrawalState
from app.models.wallets import Withdrawal


class WithdrawalRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, row: Withdrawal) -> None:
        self._session.add(row)
        await self._session.flush()
        await self._session.refresh(row)

    async def get(self, withdrawal_id: UUID, *, lock: bool = False) -> Withdrawal | None:
        found = select(Withdrawal).where(Withdrawal.id == withdrawal_id)
        if lock:
            found = found.with_for_update(key_share=True).execution_options(populate_existing=True)
        return await self._session.scalar(found)

    async def move(self, row: Withdrawal, state: WithdrawalState, **facts: Any) -> None:
        """Facts are columns, e.g. who did it."""
        values: Mapping[str, Any] = {"state": state, "updated_at": clock.now(), **facts}
        for name, value in values.items():
            setattr(row, name, value)
        row.version += 1
        await self._session.flush()

    async def page(
        self,
        *,
        after: UUID | None,
        limit: int,
        member_id: UUID | None = None,
        state: WithdrawalState | None = None,
    ) -> list[Withdrawal]:
        """The newest first."""
        found = select(Withdrawal).order_by(Withdrawal.id.desc()).limit(limit)
        if after is not None:
            found = found.where(Withdrawal.id < after)
        if member_id is not None:
            found = found.where(Withdrawal.member_id == member_id)
        if state is not None:
            found = found.where(Withdrawal.state == state)
        return list((await self._session.scalars(found)).all())
