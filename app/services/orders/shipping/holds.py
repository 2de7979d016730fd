"""Keeping an order in its warehouses, and letting it go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.shipping import HoldKind
from app.core.errors import NotFound
from app.core.ids import new_id
from app.repositories.orders import AxesRepository, HoldRepository
from app.services import system

BY_ITSELF = "system"
"""Who holds an order that no person holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldOrder:
    """`reference` names what holds it: the same one holds once."""

    order_id: UUID
    kind: HoldKind
    reason: str
    reference: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


async def hold(session: AsyncSession, command: HoldOrder, *, actor: Actor | None) -> bool:
    """Keep an order from leaving; False when it is held for that already. Raises `NotFound`."""
    axes = AxesRepository(session)
    if await axes.locked(command.order_id) is None:
        raise NotFound("No such order")
    made = await HoldRepository(session).add(
        {
            "order_id": command.order_id,
            "kind": command.kind,
            "reference": command.reference,
            "reason": command.reason,
            "data": dict(command.data),
            "actor": actor.principal if actor else BY_ITSELF,
        }
    )
    if made is None:
        return False
    await axes.move(
        command.order_id,
        "held",
        reason=None,
        actor=actor.principal if actor else None,
        is_public=False,
    )
    return True


async def lift(
    session: AsyncSession,
    order_id: UUID,
    kind: HoldKind,
    reference: str = "",
    *,
    actor: Actor | None,
) -> bool:
    """Let the order go as far as this hold is concerned; False when there is none."""
    axes = AxesRepository(session)
    if await axes.locked(order_id) is None:
        raise NotFound("No such order")
    principal = actor.principal if actor else BY_ITSELF
    lifted = await HoldRepository(session).lift(order_id, kind, reference, actor=principal)
    if lifted is None:
        return False
    await axes.move(order_id, "let_go", actor=actor.principal if actor else None, is_public=False)
    return True


async def hold_by_hand(
    session: AsyncSession, order_id: UUID, reason: str, *, actor: Actor
) -> RowMapping:
    """Staff keep an order back; each time is a hold of its own."""
    reference = str(new_id())
    command = HoldOrder(order_id=order_id, kind=HoldKind.MANUAL, reason=reason, reference=reference)
    await hold(session, command, actor=actor)
    await system.record(session, actor, "orders.hold", "order", order_id, {"reason": reason})
    return (await HoldRepository(session).of_order(order_id))[-1]


async def lift_by_hand(
    session: AsyncSession, order_id: UUID, hold_id: UUID, *, actor: Actor
) -> RowMapping:
    """Staff let it go again. What a review or another matter holds is decided there.

    Raises `NotFound` for holds that are not by hand.
    """
    repository = HoldRepository(session)
    found = await repository.one(order_id, hold_id)
    if found is None or found["kind"] != HoldKind.MANUAL:
        raise NotFound("No such hold by hand")
    if await lift(session, order_id, HoldKind.MANUAL, found["reference"], actor=actor):
        changes = {"reason": found["reason"]}
        await system.record(session, actor, "orders.let_go", "order", order_id, changes)
    after = await repository.one(order_id, hold_id)
    return found if after is None else after


async def list_holds(session: AsyncSession, order_id: UUID) -> Sequence[RowMapping]:
    """All holds there were of an order, oldest first."""
    return await HoldRepository(session).of_order(order_id)
