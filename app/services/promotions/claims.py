"""Members get coupons: from the coupon centre, or by a code."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.promotions import CouponBatchKind
from app.core.errors import NotFound
from app.repositories.promotions import CouponRepository, OfferRepository
from app.services.promotions.codes import code_hash, new_code, normal
from app.services.promotions.errors import (
    CouponLimitReached,
    CouponNotUsable,
    CouponsGone,
    CouponsNotOpen,
    NotForThisMember,
)

UNKNOWN = "There is no such coupon to claim"


async def list_claimable(
    session: AsyncSession, *, member_id: UUID, after: UUID | None, limit: int
) -> Sequence[Any]:
    """What the coupon centre shows a member or guest, newest first; what is over is left out."""
    return await CouponRepository(session).claimable(member_id, after=after, limit=limit)


async def claim_offer(session: AsyncSession, batch_id: UUID, *, actor: Actor) -> Any:
    """Give the member one coupon of a batch of the coupon centre.

    Raises `NotFound`, `CouponsNotOpen`, `NotForThisMember`, `CouponLimitReached` and
    `CouponsGone`.
    """
    offers = OfferRepository(session)
    await offers.lock_member(actor.id)
    offer = await offers.offer(batch_id, actor.id)
    if offer is None or offer.kind != CouponBatchKind.CLAIM:
        raise NotFound(UNKNOWN)
    _refuse(offer)
    coupon_id = await offers.give(offer, actor.id, code=new_code())
    return await CouponRepository(session).view(coupon_id)


async def claim_coupon(
    session: AsyncSession,
    code: str,
    *,
    actor: Actor,
    pepper: SecretStr,
    is_for_use: bool = False,
) -> Any:
    """Put the coupon of a code into the member's wallet; claiming one's own again changes nothing.

    The code is a coupon's own, a public one, or one of a batch of codes. Raises `NotFound` alike
    for a code that is unknown, used up, of a batch that is frozen, void or over, or somebody
    else's; public codes, which are no secret, are refused as `claim_offer` refuses. One that
    `is_for_use` now is rather one the member has of a public code than another one; what cannot be
    used now is left where it was, and `CouponNotUsable` raised.
    """
    row = await _claimed(session, normal(code), actor, pepper, is_for_use=is_for_use)
    if is_for_use and not row.is_usable:
        raise CouponNotUsable(
            "Look at its state and window",
            state=row.state,
            valid_from=row.valid_from and row.valid_from.isoformat(),
            valid_to=row.valid_to and row.valid_to.isoformat(),
        )
    return row


async def _claimed(
    session: AsyncSession, typed: str, actor: Actor, pepper: SecretStr, *, is_for_use: bool
) -> Any:
    coupons = CouponRepository(session)
    await coupons.claim(typed, actor.id)
    row = await coupons.owned(typed, actor.id)
    if row is not None:
        return row
    coupon_id = await _by_public_code(session, typed, actor.id, is_for_use=is_for_use)
    if coupon_id is None:
        coupon_id = await _by_code_of_a_batch(session, code_hash(pepper, typed), actor.id)
    if coupon_id is None:
        raise NotFound(UNKNOWN)
    return await coupons.view(coupon_id)


async def _by_public_code(
    session: AsyncSession, code: str, member_id: UUID, *, is_for_use: bool
) -> UUID | None:
    offers = OfferRepository(session)
    batch_id = await offers.public(code)
    if batch_id is None:
        return None
    await offers.lock_member(member_id)
    offer = await offers.offer(batch_id, member_id)
    if is_for_use:
        at_hand = await offers.at_hand(batch_id, member_id)
        if at_hand is not None:
            return at_hand
    elif offer.held >= offer.per_member:
        return await offers.newest(batch_id, member_id)
    _refuse(offer)
    return await offers.give(offer, member_id, code=new_code())


async def _by_code_of_a_batch(session: AsyncSession, hashed: bytes, member_id: UUID) -> UUID | None:
    offers = OfferRepository(session)
    await offers.lock_member(member_id)
    found = await offers.lock_code(hashed)
    if found is None:
        return None
    if found.coupon_id is not None:
        coupon = await CouponRepository(session).view(found.coupon_id)
        return found.coupon_id if coupon.member_id == member_id else None
    offer = await offers.offer(found.batch_id, member_id)
    if not offer.is_open:
        return None
    if offer.held >= offer.per_member:
        raise CouponLimitReached("Use those you have", limit=offer.per_member)
    if not offer.is_eligible:
        raise NotForThisMember("It is for other members")
    return await offers.give(offer, member_id, code=new_code(), number=found.number)


def _refuse(offer: Any) -> None:
    if not offer.is_open:
        raise CouponsNotOpen("Look at its window", is_early=bool(offer.is_early))
    if not offer.is_eligible:
        raise NotForThisMember("It is for other members")
    if offer.held >= offer.per_member:
        raise CouponLimitReached("Use those you have", limit=offer.per_member)
    if offer.total is not None and offer.issued >= offer.total:
        raise CouponsGone("Somebody had the last one")
