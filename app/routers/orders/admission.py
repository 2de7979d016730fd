"""A crowd at a flash session: refused before a transaction begins, or let in a few at a time."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic
from uuid import UUID

from app.core.actor import Actor
from app.core.errors import DomainError
from app.core.turnstile import Crowded
from app.routers.deps import Resources
from app.services import cart, orders, pricing

FRESH_SECONDS = 0.02
"""A reading so old need not be repeated before the order is tried."""


@asynccontextmanager
async def admitted(
    resources: Resources, session_id: UUID | None, cart_id: UUID, actor: Actor
) -> AsyncIterator[None]:
    """Inside, the caller may place the order; without a session everybody may at once.

    What is left is read before one queues and again when it is one's turn. Whoever comes too late
    learns it then and has the whole queue look, so nobody stands in line for what is gone, and no
    lock was waited for. One connection of the pool stays free for other orders. When goods or
    prices were gone all the same, the session says why.
    """
    if session_id is None:
        yield
        return
    wish = cart.FlashWish(session_id, cart_id, actor.id)
    await _look(resources, wish)
    await _enter(resources, wish)
    try:
        yield
    except (orders.PriceChanged, pricing.QuotaExhausted):
        await _look_or_tell(resources, wish)
        raise
    finally:
        resources.turnstile.leave()


async def _enter(resources: Resources, wish: cart.FlashWish) -> None:
    settings, turnstile = resources.settings, resources.turnstile
    width = max(1, settings.database.pool_size - 1)
    until = monotonic() + settings.checkout.crowd_patience_seconds
    try:
        while True:
            came = monotonic()
            is_inside = await turnstile.enter(width=width, patience_seconds=until - came)
            if is_inside:
                break
            await _look(resources, wish)
    except Crowded as error:
        raise orders.FlashBusy("Ask again", retry_after_seconds=_soon()) from error
    if monotonic() - came < FRESH_SECONDS:
        return
    try:
        await _look_or_tell(resources, wish)
    except BaseException:
        turnstile.leave()
        raise


async def _look(resources: Resources, wish: cart.FlashWish) -> None:
    await cart.require_flash(resources.shared, resources.readers, wish)


async def _look_or_tell(resources: Resources, wish: cart.FlashWish) -> None:
    try:
        await _look(resources, wish)
    except DomainError:
        resources.turnstile.tell()
        raise


def _soon() -> int:
    """Jittered, so that those refused do not come back together."""
    return random.randint(1, 3)  # noqa: S311 - spreads retries, guards nothing
