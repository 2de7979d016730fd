"""Coupons: issued and voided by staff, listed for members, expired by a job."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.promotions import CouponState, PromotionStatus
from app.core.errors import InvalidReference, NotFound
from app.repositories.promotions import CouponRepository
from app.services import system
from app.services.promotions.codes import new_code
from app.services.promotions.draft import fault
from app.services.promotions.errors import IllegalPromotionStatus, InvalidPromotion
from app.services.promotions.events import CouponsIssued
from app.services.promotions.manage import read_promotion


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueCoupons:
    """`count` coupons for whoever claims or types them, or one for each of `member_ids`."""

    promotion_id: UUID
    count: int = 0
    member_ids: tuple[UUID, ...] = ()
    valid_from: datetime | None = None
    valid_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class CouponFilter:
    promotion_id: UUID | None = None
    member_id: UUID | None = None
    state: CouponState | None = None


async def issue_coupons(
    session: AsyncSession, command: IssueCoupons, *, actor: Actor
) -> tuple[str, ...]:
    """Make coupons of a promotion that takes them; return their codes, which nobody can guess.

    Raises `NotFound`, `InvalidReference` for an unknown member, `InvalidPromotion` for
    contradicting wishes and `IllegalPromotionStatus` for a promotion that has ended.
    """
    _check(command)
    row = await read_promotion(session, command.promotion_id)
    if not row.needs_coupon:
        raise InvalidReference("The promotion applies without coupons", field="promotion_id")
    if row.status == PromotionStatus.ENDED:
        raise IllegalPromotionStatus("The promotion has ended", current=row.status)
    owners: Sequence[UUID | None] = command.member_ids or [None] * command.count
    codes = tuple(new_code() for _ in owners)
    try:
        await CouponRepository(session).issue(
            row.id, codes, owners, valid_from=command.valid_from, valid_to=command.valid_to
        )
    except IntegrityError as error:
        raise InvalidReference("A member does not exist", field="member_ids") from error
    await system.record(
        session, actor, "promotions.issue_coupons", "promotion", row.id, {"count": len(codes)}
    )
    if command.member_ids:
        await system.publish(
            session, CouponsIssued(promotion_id=row.id, member_ids=command.member_ids)
        )
    return codes


async def list_coupons(
    session: AsyncSession, wanted: CouponFilter, *, after: UUID | None, limit: int
) -> Sequence[Any]:
    """Coupons, newest first, each with the promotion it pays for and whether it is usable now."""
    return await CouponRepository(session).page(
        promotion_id=wanted.promotion_id,
        member_id=wanted.member_id,
        state=wanted.state,
        after=after,
        limit=limit,
    )


async def void_coupon(session: AsyncSession, coupon_id: UUID, *, actor: Actor) -> None:
    """Make a coupon worthless that no order holds. Raises `NotFound` otherwise."""
    if not await CouponRepository(session).void(coupon_id):
        raise NotFound("No such coupon, or an order holds it")
    await system.record(session, actor, "promotions.void_coupon", "coupon", coupon_id)


async def expire_coupons(session: AsyncSession, *, limit: int) -> int:
    """End up to `limit` coupons past their validity; return how many."""
    return await CouponRepository(session).expire(limit)


def _check(command: IssueCoupons) -> None:
    faults = []
    if bool(command.count) == bool(command.member_ids):
        faults.append(fault("/count", "or member_ids is required, and not both"))
    if command.valid_from and command.valid_to and command.valid_to <= command.valid_from:
        faults.append(fault("/valid_to", "must be after valid_from"))
    if faults:
        raise InvalidPromotion("Correct what the errors point at", errors=faults)
