"""Promotions looked at before they go live: which share with which, and what to look at twice."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from app.core.clock import now
from app.core.errors import InvalidReference, NotFound
from app.core.json import dump_bytes
from app.routers.declared import Router
from app.routers.deps import ReaderDep, ResourcesDep
from app.routers.problems import problems
from app.routers.promotions.admin import Reader
from app.schemas.promotion_reviews import LintOut, MatrixOut, RemarkOut
from app.schemas.promotion_trials import SimulateIn
from app.schemas.quotes import QuoteOut
from app.services import catalog, pricing, promotions

router = Router(prefix="/promotions", tags=["promotions"])


@router.get("/matrix", responses=problems(InvalidReference, promotions.TooManyPromotions))
async def get_promotion_matrix(
    actor: Reader,
    session: ReaderDep,
    channel_id: Annotated[UUID | None, Query(description="Null: the default channel.")] = None,
    at: Annotated[
        datetime | None, Query(description="Those open then; null: running and scheduled ones.")
    ] = None,
    ids: Annotated[
        list[UUID] | None,
        Query(max_length=200, description="These and no others, drafts included."),
    ] = None,
) -> MatrixOut:
    """Which promotions share an order with which, and whose setting keeps the others apart.

    At most 200 promotions. Each pair is named once: sharing is mutual.
    """
    if ids:
        matrix = await promotions.matrix_of(session, ids)
    else:
        matrix = await promotions.matrix_at(session, channel_id, at)
    return MatrixOut.of(matrix, at or now())


@router.post("/{promotion_id}/lint", responses=problems(NotFound))
async def lint_promotion(
    promotion_id: UUID, actor: Reader, resources: ResourcesDep, session: ReaderDep
) -> LintOut:
    """What starting a promotion would be refused for or warned of, whatever its status.

    It is held against what may run at the same time, and tried on up to 50 recent orders. Writes
    nothing.
    """
    remarks = await promotions.lint_promotion(
        session,
        promotion_id,
        joint_discount_bps=resources.settings.promotions.joint_discount_bps,
    )
    return LintOut(remarks=[RemarkOut.model_validate(each) for each in remarks])


@router.post(
    "/simulate",
    response_model=QuoteOut,
    responses=problems(
        InvalidReference,
        pricing.NotForSale,
        promotions.InvalidPromotion,
        promotions.TooManyCoupons,
    ),
)
async def simulate_promotions(body: SimulateIn, actor: Reader, session: ReaderDep) -> Response:
    """Quote a cart as a shopper would get it now, at another time, or with other promotions.

    The explanation is that of every quote: what is tried is applied, or rejected with its reason.
    At another time there is what is running or scheduled for then; what has been ended is gone.
    Writes nothing.
    """
    quoted = await promotions.quote(
        session,
        promotions.QuoteRequest(
            channel=await catalog.channel(session, body.channel),
            member_id=body.member_id,
            lines=body.wanted(),
            coupon_codes=tuple(body.coupon_codes),
            shipping_minor=body.shipping_minor,
            objective=body.objective,
            payment_kinds=frozenset(map(str, body.payment_kinds)) or None,
            is_group_buy=body.is_group_buy,
            imagined=body.imagined(),
        ),
    )
    return Response(dump_bytes(quoted.quote.to_dict()), media_type="application/json")
