"""Coupons given as prizes by other parts of the service."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.promotions import CouponBatchKind
from app.core.errors import InvalidReference
from app.repositories.promotions import BatchRepository, OfferRepository
from app.services import system
from app.services.promotions.codes import new_code
from app.services.promotions.events import CouponsIssued


async def check_prize_batch(session: AsyncSession, batch_id: UUID) -> None:
    """Raise `InvalidReference` unless it is a batch whose coupons are prizes."""
    row = await BatchRepository(session).get(batch_id)
    if row is None or row.kind != CouponBatchKind.PRIZE:
        raise InvalidReference("It is no batch of prizes", field="batch_id")


async def give_prize(
    session: AsyncSession, batch_id: UUID, *, member_id: UUID, origin: str
) -> UUID | None:
    """The id of a coupon of a batch of prizes, given to a member for `origin`.

    None when the batch has none for the member: it is frozen, over, used up, for others, or the
    member has all that one may have. The member's row must be locked.
    """
    offers = OfferRepository(session)
    offer = await offers.offer(batch_id, member_id)
    if offer is None or not (offer.is_open and offer.is_eligible):
        return None
    is_gone = offer.total is not None and offer.issued >= offer.total
    if is_gone or offer.held >= offer.per_member:
        return None
    coupon_id = await offers.give(offer, member_id, code=new_code(), origin=origin)
    event = CouponsIssued(promotion_id=offer.promotion_id, member_ids=(member_id,))
    await system.publish(session, event)
    return coupon_id
