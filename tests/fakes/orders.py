"""An owner of payment plans that remembers what it was told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import override

from app.services.payments.engine.attribution import PaidRow, Span
from app.services.payments.ports import GivingBack, PlanOwner

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('order:' || :id, 0))")

_PAYABLE = text("SELECT payable_minor FROM payment_plans WHERE order_id = :id")


@dataclass
class FakeOrders(PlanOwner):
    """`told` lists (what, order id); `lock` really serialises, as an order's row would.

    An order of unknown `units` is one piece that costs what its plan pays.
    """

    told: list[tuple[str, UUID]] = field(default_factory=list)
    units: dict[UUID, tuple[PaidRow, ...]] = field(default_factory=dict)
    reasons: dict[UUID, str] = field(default_factory=dict)

    @override
    async def lock(self, session: AsyncSession, order_id: UUID) -> None:
        await session.execute(_LOCK, {"id": str(order_id)})

    @override
    async def paid(self, session: AsyncSession, order_id: UUID) -> None:
        self.told.append(("paid", order_id))

    @override
    async def closed(self, session: AsyncSession, order_id: UUID, reason: str) -> None:
        self.told.append(("closed", order_id))
        self.reasons[order_id] = reason

    @override
    async def gives_back(self, session: AsyncSession, order_id: UUID, back: GivingBack) -> None:
        self.told.append(("gives_back", order_id))

    @override
    async def refunded(
        self, session: AsyncSession, order_id: UUID, back: Mapping[str, Any]
    ) -> None:
        self.told.append(("refunded", order_id))

    @override
    async def rows(self, session: AsyncSession, order_id: UUID) -> tuple[PaidRow, ...]:
        if order_id in self.units:
            return self.units[order_id]
        payable = await session.scalar(_PAYABLE, {"id": order_id})
        return (PaidRow(Span(order_id, 0, 1), int(payable or 0)),)

    def count(self, what: str, order_id: UUID) -> int:
        return self.told.count((what, order_id))
