"""What was changed of an order is written down, and others hear of it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id
from app.repositories.orders import AxesRepository, ChangeRepository
from app.services import delivery, system
from app.services.orders.changes.events import OrderChanged
from app.services.orders.payment_owner import named
from app.services.payments import RefundView

CHANGED = "changed"
"""Kind of the entry in the timeline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A change that was made: fields before and after, what went back, what was paid for it.

    `pieces` were taken off before anything was paid; those of a refund it names itself. The first
    of the `refunds` stands for them.
    """

    actor: str
    is_by_staff: bool
    reason: str | None
    consent: str | None
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    refunds: tuple[RefundView, ...] = ()
    charge: RowMapping | None = None
    pieces: tuple[tuple[UUID, int], ...] = ()

    @property
    def refund(self) -> RefundView | None:
        return self.refunds[0] if self.refunds else None


async def set_fields(
    session: AsyncSession, order_id: UUID, after: Mapping[str, Any], *, actor: str
) -> None:
    """Make the fields of a locked order what they are from now on."""
    await ChangeRepository(session).set_fields(order_id, after)
    await AxesRepository(session).move(order_id, CHANGED, actor=actor)


async def move_slot(
    session: AsyncSession, order_id: UUID, before: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    """The order takes another place of time where its delivery has another. Call it last.

    Raises `SlotTaken`.
    """
    was, now = (each.get("delivery", {}).get("slot_id") for each in (before, after))
    if "delivery" in after and was != now:
        await delivery.move_slot(session, UUID(now) if now else None, order_id)


async def keep_change(session: AsyncSession, order: RowMapping, made: Made) -> RowMapping:
    """The entry of the history, with the version of the order that it made.

    Rules of review are asked again about an order that goes somewhere else, or cost more.
    """
    repository = ChangeRepository(session)
    if "address" in made.after or made.charge is not None:
        await repository.review_again(order["id"])
    change_id, pieces = new_id(), pieces_of(made.refund) or list(made.pieces)
    await repository.add(
        {
            "id": change_id,
            "order_id": order["id"],
            "actor": made.actor,
            "is_by_staff": made.is_by_staff,
            "reason": made.reason,
            "consent": made.consent,
            "before": dict(made.before),
            "after": dict(made.after),
            "pieces": [
                {"line_id": str(line_id), "quantity": quantity} for line_id, quantity in pieces
            ],
            "refund_id": made.refund.id if made.refund else None,
            "charge_id": made.charge["id"] if made.charge else None,
        }
    )
    await system.publish(
        session,
        OrderChanged(
            **named(order),
            change_id=change_id,
            fields=tuple(sorted(made.after)),
            line_ids=tuple(line_id for line_id, _ in pieces),
            quantities=tuple(quantity for _, quantity in pieces),
            refund_minor=sum(each.amount_minor for each in made.refunds),
            charged_minor=made.charge["amount_minor"] if made.charge else 0,
            is_by_staff=made.is_by_staff,
        ),
    )
    return await repository.one(change_id)


def pieces_of(refund: RefundView | None) -> list[tuple[UUID, int]]:
    """Units by line that are not sent any more."""
    pieces: Counter[UUID] = Counter()
    for span in refund.units if refund else ():
        if span.line_id is not None:
            pieces[span.line_id] += span.quantity
    return sorted(pieces.items())
