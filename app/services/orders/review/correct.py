"""Correcting where an order goes while its review holds it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.order_reviews import OrderReviewAction
from app.core.errors import DomainError
from app.repositories.orders import AxesRepository, OrderReviewRepository
from app.services.orders.addresses import chosen_address
from app.services.orders.review.queue import OrderReviewView, get_review, locked, record

_PLACE = ("country", "province", "city")


class PlaceDiffers(DomainError):
    """`fields` differ. Where it goes decided what it costs and how it may be paid."""

    slug, title, title_zh = (
        "place-differs",
        "The order would go somewhere else",
        "收货城市不可在审核中更改",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What to correct. None leaves the address; the note is changed where `has_note`."""

    address: Mapping[str, Any] | None = None
    note: str | None = None
    has_note: bool = False


async def correct_order(
    session: AsyncSession,
    review_id: UUID,
    correction: Correction,
    *,
    version: int,
    actor: Actor,
) -> OrderReviewView:
    """Correct the receiver, the phone, the street or the note of an order somebody has claimed.

    Raises `NotFound`, `StaleVersion`, `PlaceDiffers`, `InvalidContact`, `UnknownRegion`,
    `IllegalOrderReviewTransition` and `OrderReviewClaimed`.
    """
    found = await locked(session, review_id)
    found.follow(OrderReviewAction.EDIT, actor, version=version)
    repository = OrderReviewRepository(session)
    was = await repository.goes(found.order["id"])
    address, note = was["address"] or {}, was["note"]
    if correction.address is not None:
        address = chosen_address(None, correction.address, None)
        _require_same_place(was["address"] or {}, address)
    if correction.has_note:
        note = correction.note
    before = was["address"] or {}
    changed = [name for name, value in address.items() if before.get(name) != value]
    changed += ["note"] if note != was["note"] else []
    if changed:
        await repository.correct(found.order["id"], address, note)
        await repository.move(review_id)
        await repository.note(review_id, "edited", actor=actor.principal, data={"changed": changed})
        await AxesRepository(session).move(found.order["id"], "corrected", actor=actor.principal)
        await record(session, found, "orders.correct_order", actor=actor, changed=changed)
    return await get_review(session, review_id, actor=actor)


def _require_same_place(before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    differ = [name for name in _PLACE if before.get(name) != after.get(name)]
    if differ:
        raise PlaceDiffers("Change the order instead", fields=differ)
