"""A crowd at a flash session: refused before a transaction begins, or let in a few at a time."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from app.core.actor import Actor
from app.core.turnstile import Crowded
from app.routers.deps import Resources
from app.services import cart, orders, pricing


@asynccontextmanager
async def admitted(
    resources: Resources, session_id: UUID | None, cart_id: UUID, actor: Actor
) -> AsyncIterator[None]:
    """Inside, the caller may place the order; without a session everybody may at once.

    What is left is read before one queues and again when it is one's turn, so whoever comes too
    late is told at once and never waits for a lock. One connection of the pool stays free for
    other orders. When goods or prices were gone all the same, the session says why.
    """
    if session_id is None:
        yield
        return
    await _look(resources, session_id, cart_id, actor)
    settings = resources.settings
    width = max(1, settings.database.pool_size - 1)
    patience = settings.checkout.crowd_patience_seconds
    try:
        async with resources.turnstile.passing(width=width, patience_seconds=patience) as waited:
            if waited:
                await _look(resources, session_id, cart_id, actor)
            yield
    except Crowded as error:
        raise orders.FlashBusy("Ask again", retry_after_seconds=_soon()) from error
    except (orders.PriceChanged, pricing.QuotaExhausted):
        await _look(resources, session_id, cart_id, actor)
        raise


async def _look(resources: Resources, session_id: UUID, cart_id: UUID, actor: Actor) -> None:
    async with resources.readers() as session:
        await cart.require_flash(session, session_id, cart_id, actor=actor)


def _soon() -> int:
    """Jittered, so that those refused do not come back together."""
    return random.randint(1, 3)  # noqa: S311 - spreads retries, guards nothing
