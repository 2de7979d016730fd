"""Promotions looked at before they go live: which share with which, and what to look at twice."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query

from app.core.clock import now
from app.core.errors import InvalidReference, NotFound
from app.routers.declared import Router
from app.routers.deps import ReaderDep, ResourcesDep
from app.routers.problems import problems
from app.routers.promotions.admin import Reader
from app.schemas.promotion_reviews import LintOut, MatrixOut, RemarkOut
from app.services import promotions

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
        Query(max_length=1_000, description="These and no others, drafts included."),
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
