"""What promotions took off and what became of coupons."""

from datetime import date
from http import HTTPStatus
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Query, Response
from fastapi.responses import StreamingResponse

from app.routers.declared import Router
from app.routers.deps import KeysetDep, Position, ReaderDep, ResourcesDep
from app.routers.pages import unknown_cursor
from app.routers.problems import problems
from app.routers.promotions.replays import Reader
from app.schemas.base import Page
from app.schemas.promotion_reports import AttributionOut, CouponUsageOut
from app.services import reports

router = Router(prefix="/reports", tags=["promotions"])

DAYS, COUPONS = "days", "coupons"
CSV: Final[dict[int | str, dict[str, Any]]] = {
    HTTPStatus.OK.value: {
        "content": {"text/csv": {"schema": {"type": "string"}}},
        "description": "A line each, the columns as in the list; the first line names them.",
    }
}
PromotionParam = Annotated[UUID | None, Query(description="Null: of every promotion.")]


@router.get("/promotions", responses=problems(reports.InvalidSpan))
async def get_promotion_attribution(
    actor: Reader,
    page: KeysetDep,
    session: ReaderDep,
    from_on: Annotated[date, Query(description="The first day.")],
    to_on: Annotated[date, Query(description="The first day without; at most 92 days.")],
    zone: Annotated[
        str, Query(max_length=64, description="Whose days.", examples=["Asia/Shanghai"])
    ] = "UTC",
    promotion_id: PromotionParam = None,
) -> Page[AttributionOut]:
    """What promotions took off by day of placing, the latest day first.

    Summed from what each unit of each order froze, beside what the uses of promotions say.
    """
    rows = await reports.attribution(
        session,
        reports.Span(from_on, to_on, zone),
        promotion_id=promotion_id,
        after=_day_after(page.after(DAYS)),
        limit=page.limit + 1,
    )
    items = [AttributionOut.model_validate(row) for row in rows[: page.limit]]
    last = items[-1] if len(rows) > page.limit else None
    after = (
        Position(DAYS, last.day_on.isoformat(), UUID(str(last.promotion_id))).encode()
        if last
        else None
    )
    return Page(items=items, next_after=after)


@router.get("/coupons")
async def get_coupon_usage(
    actor: Reader, page: KeysetDep, session: ReaderDep, promotion_id: PromotionParam = None
) -> Page[CouponUsageOut]:
    """What became of coupons by promotion and batch, the newest promotion first."""
    rows = await reports.coupon_usage(
        session,
        promotion_id=promotion_id,
        after=_coupons_after(page.after(COUPONS)),
        limit=page.limit + 1,
    )
    shown = rows[: page.limit]
    after = None
    if len(rows) > page.limit:
        of, batch = shown[-1].key
        after = Position(COUPONS, str(batch), UUID(str(of))).encode()
    return Page(items=[CouponUsageOut.model_validate(row) for row in shown], next_after=after)


@router.get("/coupons.csv", response_class=StreamingResponse, responses=CSV)
async def export_coupon_usage(
    actor: Reader, resources: ResourcesDep, promotion_id: PromotionParam = None
) -> Response:
    """The whole report on coupons as CSV, sent as it is read.

    Texts that a spreadsheet would take for formulas start with an apostrophe.
    """
    return StreamingResponse(
        reports.coupon_usage_lines(resources.readers, promotion_id=promotion_id),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": 'attachment; filename="coupons.csv"'},
    )


def _day_after(position: Position | None) -> tuple[date, UUID] | None:
    if position is None:
        return None
    try:
        return date.fromisoformat(str(position.key)), position.id
    except ValueError as error:
        raise unknown_cursor() from error


def _coupons_after(position: Position | None) -> tuple[UUID, UUID] | None:
    if position is None:
        return None
    try:
        return position.id, UUID(str(position.key))
    except ValueError as error:
        raise unknown_cursor() from error
