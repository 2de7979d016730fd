"""Promotions looked at before they go live: which share with which."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query

from app.core.clock import now
from app.core.errors import InvalidReference
from app.routers.declared import Router
from app.routers.deps import ReaderDep
from app.routers.problems import problems
from app.routers.promotions.admin import Reader
from app.schemas.promotion_reviews import MatrixOut
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
