"""Answers about orders: JSON that PostgreSQL built, passed on as it is."""

from uuid import UUID

from fastapi import Response

from app.core.actor import Actor
from app.core.db import unit_of_work
from app.routers.deps import Resources
from app.services import orders


def document(text: str, status: int = 200) -> Response:
    return Response(text, status, media_type="application/json")


async def order_answer(
    resources: Resources, order_id: UUID, *, actor: Actor | None = None
) -> Response:
    """The order as it is now: the actor's own, or any for staff when no actor is named."""
    async with unit_of_work(resources.sessions) as session:
        if actor is None:
            return document(await orders.get_any_order(session, order_id))
        return document(await orders.get_order(session, order_id, actor=actor))
