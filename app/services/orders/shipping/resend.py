"""Pieces are sent again, because of a return: in place of what was bought, or repaired."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.orders import FulfilmentKind, FulfilmentStatus
from app.core.ids import new_id, new_number
from app.repositories.orders import ResendRepository, Resent, ShippingRepository
from app.repositories.orders.routes import RouteRepository
from app.services import delivery, inventory
from app.services.orders.engine import Ordered, split
from app.services.orders.engine.split import Part as Share
from app.services.orders.payment_owner import stock_owner
from app.services.orders.shipping.standing import (
    Part,
    follow,
    parts_of,
    promised_to,
    resending_owner,
)

NOWHERE = inventory.Routed((), {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Resend:
    """Pieces that a return has sent. Repaired ones leave from the warehouse where they lie."""

    return_id: UUID
    merchant_id: UUID
    warehouse_id: UUID
    kind: FulfilmentKind
    lines: tuple[Resent, ...]


async def resend(
    session: AsyncSession, order: RowMapping, command: Resend, *, actor: Actor | None
) -> None:
    """Make fulfilments of a locked order for them; the order stays as far as it is.

    Replacements are promised from now on, in the warehouses that are best for where the order goes,
    as any sale is; kits as they were sold. Locks stock last. Raises `OutOfStock`, `StockMoved`.
    """
    repository = ResendRepository(session)
    is_repair = command.kind is FulfilmentKind.REPAIR
    routed = NOWHERE if is_repair else await _route(session, order, command)
    chosen = routed.allocations
    round_ = await repository.round(command.return_id)
    for share in _shares(command, chosen):
        pieces = dict(share.lines)
        values = {
            "id": new_id(),
            "number": new_number("F", order["at"]),
            "order_id": order["id"],
            "merchant_id": share.merchant_id,
            "warehouse_id": share.warehouse_id,
            "kind": command.kind,
            "return_id": command.return_id,
            "round": round_,
        }
        lines = [
            each._replace(quantity=pieces[each.line_id])
            for each in command.lines
            if each.line_id in pieces
        ]
        await repository.open(values, lines)
        if not is_repair:
            reason = routed.reasons[share.warehouse_id]
            await RouteRepository(session).explain(values["id"], reason)
    await follow(session, order, f"{command.kind}_promised", actor=actor)
    if not is_repair:
        await inventory.hold(
            session,
            chosen,
            owner=resending_owner(command.return_id, round_),
            member_id=order["member_id"],
            channel_id=order["channel_id"],
            expires_at=None,
        )


async def _route(session: AsyncSession, order: RowMapping, command: Resend) -> inventory.Routed:
    """From where replacements are best sent to where the order goes."""
    to = await ResendRepository(session).goes_to(order["id"])
    address, how = to["address"], to["delivery"]
    rate_of = None
    if how:  # orders of the past do not say
        rate_of = await delivery.estimate_for(
            session, command.merchant_id, order["currency"], how, address
        )
    return await inventory.route(
        session,
        channel_id=order["channel_id"],
        wanted=[inventory.Wanted(each.sku_id, each.quantity) for each in command.lines],
        to=inventory.Destination(*delivery.place_of(address)),
        rate_of=rate_of,
        sold_as=await inventory.kits.of(session, stock_owner(order["id"])),
    )


async def call_off(
    session: AsyncSession, order: RowMapping, return_id: UUID, *, actor: Actor | None
) -> bool:
    """Send nothing more of what a return has sent; False, with nothing done, once any left.

    Parcels that are packed must be unpacked first: so long it is False, too. Locks stock last.
    """
    parts = [
        part
        for part in await parts_of(session, order["id"])
        if part.row["return_id"] == return_id and part.status is not FulfilmentStatus.CANCELLED
    ]
    if any(line.packed for part in parts for line in part.lines):
        return False
    freed: dict[str, Counter[tuple[UUID, UUID]]] = {}
    for part in parts:
        mine = {line.line_id: line.open for line in part.lines if line.open}
        if not mine:
            continue
        await ShippingRepository(session).cancel(part.id, mine)
        if part.kind is FulfilmentKind.REPLACEMENT:
            _count(freed.setdefault(promised_to(part, order["id"]), Counter()), part)
    kind = f"{parts[0].kind}_called_off" if parts else "called_off"
    await follow(session, order, kind, actor=actor)
    for owner, pieces in sorted(freed.items()):
        await inventory.free(session, owner, dict(sorted(pieces.items())))
    return True


def _count(freed: Counter[tuple[UUID, UUID]], part: Part) -> None:
    for line in part.lines:
        if line.open:
            freed[line.sku_id, part.row["warehouse_id"]] += line.open


def _shares(command: Resend, chosen: Sequence[inventory.Allocation]) -> tuple[Share, ...]:
    if command.kind is FulfilmentKind.REPAIR:
        pieces = tuple((each.line_id, each.quantity) for each in command.lines)
        return (Share(command.merchant_id, command.warehouse_id, pieces),)
    ordered = [Ordered(each.line_id, each.sku_id, each.quantity) for each in command.lines]
    return split(ordered, chosen)
