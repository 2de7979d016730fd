"""Pieces taken off an order that is not paid, as its endpoints do it."""

from uuid import UUID

from app.core.actor import Actor
from app.core.db import Sessions, unit_of_work
from app.core.settings import ShippingSettings
from app.services import orders, payments


async def take_pieces_off(
    sessions: Sessions,
    gateways: payments.Gateways,
    order_id: UUID,
    pieces: tuple[tuple[UUID, int], ...],
    *,
    version: int,
    actor: Actor,
    limits: ShippingSettings,
    terms: payments.PaymentTerms,
) -> None:
    """First nobody takes the old amount, then the order is smaller."""
    wish = orders.changes.ChangeWish(pieces=pieces)
    await orders.changes.stop_payment(
        sessions, gateways, order_id, wish, version=version, actor=actor, terms=terms
    )
    async with unit_of_work(sessions) as session:
        await orders.changes.change_order(
            session, order_id, wish, version=version, actor=actor, limits=limits, terms=terms
        )
