"""An order and its fulfilments as they stand, locked; and what follows when they change."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.orders import FulfilmentKind, FulfilmentStatus
from app.core.enums.shipping import ShipmentState
from app.core.errors import NotFound
from app.repositories.orders import AxesRepository, ShippingRepository
from app.services.orders.engine import FULFILMENT, advance, fulfilment_of
from app.services.orders.engine.shipping import PartLine, status_of
from app.services.orders.payment_owner import stock_owner

ALL_SENT = frozenset({FulfilmentStatus.SHIPPED, FulfilmentStatus.DELIVERED})
"""Statuses of an order of which nothing is still to leave."""


@dataclass(frozen=True, slots=True)
class Part:
    """A fulfilment: its row, its lines, the states of its parcels that were not voided."""

    row: RowMapping
    lines: tuple[PartLine, ...]
    parcels: tuple[ShipmentState, ...]

    @property
    def id(self) -> UUID:
        found: UUID = self.row["id"]
        return found

    @property
    def kind(self) -> FulfilmentKind:
        return FulfilmentKind(self.row["kind"])

    @property
    def is_sale(self) -> bool:
        """Whether it sends what was bought, and not something in place of that."""
        return self.kind is FulfilmentKind.SALE

    @property
    def waits(self) -> Mapping[str, Any] | None:
        """Of goods that are still to come: when, and whether some of them may leave first."""
        found: Mapping[str, Any] | None = self.row["waits"]
        return found

    @property
    def status(self) -> FulfilmentStatus:
        return FulfilmentStatus(self.row["status"])


def promised_to(part: Part, order_id: UUID) -> str:
    """Who holds the stock of a fulfilment's pieces."""
    if part.is_sale:
        return stock_owner(order_id)
    return resending_owner(part.row["return_id"], part.row["round"])


def resending_owner(return_id: UUID, round_: int) -> str:
    """Who holds the stock of pieces that a return has sent, the first time or another."""
    return f"return:{return_id}:{round_}"


async def lock_for(
    session: AsyncSession, table: str, id_: UUID, actor: Actor
) -> tuple[RowMapping, tuple[Part, ...]]:
    """The locked order of a row of `fulfilments` or `shipments`, and its fulfilments.

    Merchants reach only what they ship themselves. Raises `NotFound`.
    """
    repository = ShippingRepository(session)
    order_id = await repository.order_of(table, id_)
    order = None if order_id is None else await AxesRepository(session).locked(order_id)
    if order is None:
        raise NotFound("No such fulfilment" if table == "fulfilments" else "No such shipment")
    return order, await parts_of(session, order["id"])


async def parts_of(session: AsyncSession, order_id: UUID) -> tuple[Part, ...]:
    """Fulfilments of an order, oldest first."""
    return tuple(
        Part(
            row,
            tuple(PartLine(UUID(line), UUID(sku), *counts) for line, sku, *counts in row["lines"]),
            tuple(map(ShipmentState, row["parcels"])),
        )
        for row in await ShippingRepository(session).standing(order_id)
    )


def part_of(parts: tuple[Part, ...], fulfilment_id: UUID, actor: Actor) -> Part:
    """One of them, if it is the actor's to know about. Raises `NotFound`."""
    for part in parts:
        is_own = actor.merchant_id is None or part.row["merchant_id"] == actor.merchant_id
        if part.id == fulfilment_id and is_own:
            return part
    raise NotFound("No such fulfilment")


def told(part: Part, kind: str) -> str:
    """What the timeline calls something that is done with a fulfilment."""
    return kind if part.is_sale else f"{part.kind}_{kind}"


def parcel_of(shipment: Mapping[str, Any] | RowMapping) -> dict[str, Any]:
    """What the timeline says of a parcel; one that travels in another has no number to follow."""
    return {
        "shipment_number": shipment["number"],
        "carrier_code": shipment["carrier_code"],
        "tracking_number": shipment["tracking_number"],
    }


async def follow(
    session: AsyncSession,
    order: RowMapping,
    kind: str,
    *,
    actor: Actor | None,
    picking: Mapping[UUID, bool] | None = None,
    is_public: bool = True,
    reason: str | None = None,
    **also: Any,
) -> FulfilmentStatus:
    """Set the statuses of a locked order and its fulfilments to what their lines and parcels say.

    `kind` goes to the timeline. `picking` says which fulfilments are worked on from now on or no
    longer. Returns the order's status, which only what was bought makes.
    """
    statuses = []
    for part in await parts_of(session, order["id"]):
        was = part.status is FulfilmentStatus.PICKING
        is_picking = (picking or {}).get(part.id, was)
        status = status_of(part.lines, part.parcels, is_picking=is_picking)
        if status is not part.status:
            advance(FULFILMENT, part.status, status)
            await ShippingRepository(session).set_status(part.id, status)
        if part.is_sale:
            statuses.append(status)
    whole = fulfilment_of(statuses)
    before = FulfilmentStatus(order["fulfilment_status"])
    if whole is not before:
        advance(FULFILMENT, before, whole)
    await AxesRepository(session).move(
        order["id"],
        kind,
        fulfilment_status=whole,
        reason=reason,
        actor=actor.principal if actor else None,
        is_public=is_public,
        **also,
    )
    return whole
