"""A crowd at a flash session: refused before a transaction begins, or let in a few at a time."""

import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
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

    What is left is read before one queues and again when it is one's turn. Whoever stands behind
    more people than can be served is told so at once; whoever finds at the turnstile that it is
    gone has the whole queue look. So nobody stands in line for nothing, and no lock was waited
    for. One connection of the pool stays free for other orders. When goods or prices were gone
    all the same, the session says why.
    """
    if session_id is None:
        yield
        return
    wish = cart.FlashWish(session_id, cart_id, actor.id)
    width = max(1, resources.settings.database.pool_size - 1)
    with _among_those_served(resources, await _look(resources, wish), width):
        await _enter(resources, wish, width)
        try:
            yield
        except (orders.PriceChanged, pricing.QuotaExhausted):
            await _look_or_tell(resources, wish)
            raise
        finally:
            resources.turnstile.leave()


@contextmanager
def _among_those_served(
    resources: Resources, offer: cart.FlashOffer | None, width: int
) -> Iterator[None]:
    """Be one of the first for these goods: a few more than there are pieces.

    Those few take the place of whoever's order ahead of them comes to nothing.
    """
    if offer is None or offer.servings is None:
        yield
        return
    try:
        with resources.turnstile.among(offer.sku_ids, most=offer.servings + width):
            yield
    except Crowded as error:
        raise pricing.FlashHeld(
            "Others are ordering all that is left", retry_after_seconds=_soon(), rows=[]
        ) from error


async def _enter(resources: Resources, wish: cart.FlashWish, width: int) -> None:
    turnstile = resources.turnstile
    until = monotonic() + resources.settings.checkout.crowd_patience_seconds
    came = monotonic()
    try:
        while not await turnstile.enter(width=width, patience_seconds=until - came):
            await _look(resources, wish)
            came = monotonic()
    except Crowded as error:
        raise orders.FlashBusy("Ask again", retry_after_seconds=_soon()) from error
    if monotonic() - came < FRESH_SECONDS:
        return
    try:
        await _look_or_tell(resources, wish)
    except BaseException:
        turnstile.leave()
        raise


async def _look(resources: Resources, wish: cart.FlashWish) -> cart.FlashOffer | None:
    return await cart.require_flash(resources.shared, resources.readers, wish)


async def _look_or_tell(resources: Resources, wish: cart.FlashWish) -> None:
    try:
        await _look(resources, wish)
    except DomainError:
        resources.turnstile.tell()
        raise


def _soon() -> int:
    """Jittered, so that those refused do not come back together."""
    return random.randint(1, 3)  # noqa: S311 - spreads retries, guards nothing
