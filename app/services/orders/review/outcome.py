"""What becomes of an order once its review is decided: it may leave, or it falls."""

from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.order_reviews import OrderReviewState
from app.core.enums.shipping import HoldKind
from app.repositories.orders import AxesRepository, HoldRepository
from app.services import system
from app.services.orders.cancel import begin_cancel
from app.services.orders.payment_owner import named
from app.services.orders.review.events import OrderReviewDecided
from app.services.orders.shipping.holds import BY_ITSELF

NOT_ACCEPTED = "not accepted by the shop"
"""What a buyer is told of a rejected order; why is the shop's own business."""


async def let_go(
    session: AsyncSession,
    order: RowMapping,
    review_id: UUID,
    outcome: OrderReviewState,
    *,
    actor: Actor | None,
) -> None:
    """The review of a locked order holds it no more."""
    principal = actor.principal if actor else BY_ITSELF
    await HoldRepository(session).lift(
        order["id"], HoldKind.REVIEW, str(review_id), actor=principal
    )
    await AxesRepository(session).move(
        order["id"],
        f"review_{outcome}",
        actor=actor.principal if actor else None,
        is_public=False,
    )
    await system.publish(
        session,
        OrderReviewDecided(
            **named(order), review_id=review_id, outcome=outcome, decided_by=principal
        ),
    )


async def fall(
    session: AsyncSession, order: RowMapping, review_id: UUID, *, actor: Actor | None
) -> UUID | None:
    """A rejected order is cancelled: its money and its stock go back.

    As `begin_cancel`, the answer is the payment plan that is still to be closed, if one is.
    """
    await let_go(session, order, review_id, OrderReviewState.REJECTED, actor=actor)
    return await begin_cancel(session, order["id"], actor=actor, reason=NOT_ACCEPTED)
