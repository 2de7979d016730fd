"""Whether a flash session can still serve a cart."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from math import ceil
from typing import Any, NamedTuple
from uuid import UUID

from app.core.db import Sessions
from app.core.enums.pricing import FlashState
from app.core.errors import InvalidReference
from app.core.shared import SharedReadings
from app.repositories.cart import FlashCartRepository, FlashWish
from app.services.pricing import FlashClosed, FlashHeld, FlashSoldOut, PurchaseLimitReached


class FlashOffer(NamedTuple):
    """SKUs of a wish that a session offers, and how many such wishes it can serve; null: any."""

    sku_ids: tuple[UUID, ...]
    servings: int | None


async def require_flash(
    shared: SharedReadings, sessions: Sessions, wish: FlashWish
) -> FlashOffer | None:
    """What the session has for the wish; None for a cart that is not open.

    Such a cart is not judged, for a repeated order gets its answer whatever is left. One statement
    without locks, which answers all who ask at the same time. A reading, not a promise: taking
    the goods decides. Raises `InvalidReference` for an unknown session and for a cart with
    nothing of it, `FlashClosed`, `PurchaseLimitReached`, `FlashSoldOut` and, while unpaid orders
    have some of it, `FlashHeld`.
    """
    rows = await shared.ask(_look, sessions, wish)
    if not rows:
        raise InvalidReference("There is no such flash session", field="flash_session_id")
    first = rows[0]
    if not first.is_open:
        return None
    if first.state != FlashState.RUNNING:
        is_coming = first.state == FlashState.SCHEDULED
        raise FlashClosed(
            "It is still to come" if is_coming else "It is over",
            retry_after_seconds=_seconds(first.at, first.starts_at) if is_coming else None,
            state=first.state,
            starts_at=first.starts_at.isoformat(),
            ends_at=first.ends_at.isoformat(),
        )
    if first.sku_id is None:
        raise InvalidReference("The cart has nothing of the session", field="flash_session_id")
    _require_enough(rows)
    return FlashOffer(
        tuple(each.sku_id for each in rows),
        min((each.left // each.wanted for each in rows if each.left is not None), default=None),
    )


async def _look(
    sessions: Sessions, wishes: Sequence[FlashWish]
) -> Mapping[FlashWish, Sequence[Any]]:
    async with sessions() as session:
        return await FlashCartRepository(session).look(wishes)


def _require_enough(rows: Sequence[Any]) -> None:
    over = [
        each for each in rows if each.member_left is not None and each.member_left < each.wanted
    ]
    if over:
        raise PurchaseLimitReached(
            "One member may have no more of it",
            rows=[
                {"sku_id": str(each.sku_id), "limit": each.per_member, "left": each.member_left}
                for each in over
            ],
        )
    short = [each for each in rows if each.left is not None and each.left < each.wanted]
    if not short:
        return
    named = [{"sku_id": str(each.sku_id), "left": each.left} for each in short]
    held = [each.held_until for each in short]
    if None in held:
        raise FlashSoldOut("Nothing of it comes back", rows=named)
    raise FlashHeld(
        "Ask again when the first of them must have paid",
        retry_after_seconds=_seconds(short[0].at, min(held)),
        rows=named,
    )


def _seconds(at: datetime, until: datetime) -> int:
    return max(1, ceil((until - at).total_seconds()))
