"""Planned changes of prices, as staff look at them, plan, approve and cancel them."""

from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import Response, Security

from app.core.actor import Actor, SecondPersonNeeded
from app.core.enums.pricing import ScheduleState
from app.core.enums.scopes import Scope
from app.core.errors import NotFound, StaleVersion
from app.routers.declared import Router
from app.routers.deps import KeysetDep, PageDep, Position, ReaderDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.identity import get_staff
from app.routers.pages import page_of, unknown_cursor
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.price_schedules import (
    CancelScheduleIn,
    PricePlanDiffOut,
    PricePlanIn,
    PriceScheduleOut,
    PriceScheduleRowOut,
)
from app.services import pricing

router = Router(prefix="/price-schedules", tags=["pricing"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.PRICING_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.PRICING_WRITE])]
SORT = "price_schedule_rows"
MOVES = (
    NotFound,
    StaleVersion,
    PreconditionRequired,
    pricing.IllegalScheduleState,
    pricing.ScheduleTooSoon,
)


@router.post("/dry-run", responses=problems(NotFound))
async def look_at_price_plan(
    body: PricePlanIn, actor: Reader, session: ReaderDep
) -> PricePlanDiffOut:
    """What a plan of up to 10 000 prices would change, and every row that is wrong.

    Writes nothing.
    """
    return PricePlanDiffOut.of(await pricing.look_at_plan(session, body.command()))


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    responses=problems(NotFound, pricing.InvalidPriceRows, pricing.ScheduleTooSoon),
)
async def plan_prices(
    body: PricePlanIn, actor: Writer, session: SessionDep, response: Response
) -> PriceScheduleOut:
    """Plan up to 10 000 prices of a list for one instant, all or none.

    Every price read at that instant or after it is the new one. A fall beyond what the price policy
    lets pass, or under a floor or the cost, waits for somebody else's approval.
    """
    row = await pricing.plan_prices(session, body.command(), actor=actor)
    return _answer(response, row)


@router.get("")
async def list_price_schedules(
    actor: Reader,
    page: PageDep,
    session: ReaderDep,
    price_list_id: UUID | None = None,
    state: ScheduleState | None = None,
) -> Page[PriceScheduleOut]:
    """Plans, newest first."""
    rows = await pricing.list_schedules(
        session, price_list_id=price_list_id, state=state, after=page.after, limit=page.limit + 1
    )
    return page_of(rows, page.limit, PriceScheduleOut)


@router.get("/{schedule_id}", responses=problems(NotFound))
async def get_price_schedule(
    schedule_id: UUID, actor: Reader, session: ReaderDep, response: Response
) -> PriceScheduleOut:
    """One plan."""
    return _answer(response, await pricing.get_schedule(session, schedule_id))


@router.get("/{schedule_id}/rows", responses=problems(NotFound))
async def list_price_schedule_rows(
    schedule_id: UUID, actor: Reader, keyset: KeysetDep, session: ReaderDep
) -> Page[PriceScheduleRowOut]:
    """Prices of a plan in order of SKU and quantity."""
    position = keyset.after(SORT)
    if position is not None and not isinstance(position.key, int):
        raise unknown_cursor()
    rows = await pricing.schedule_rows(
        session,
        schedule_id,
        after=(position.id, int(position.key or 0)) if position else None,
        limit=keyset.limit + 1,
    )
    items = [PriceScheduleRowOut.model_validate(row) for row in rows[: keyset.limit]]
    if len(rows) <= keyset.limit:
        return Page(items=items, next_after=None)
    last = Position(SORT, items[-1].min_quantity, UUID(str(items[-1].sku_id)))
    return Page(items=items, next_after=last.encode())


@router.post(
    "/{schedule_id}/approve",
    responses=problems(*MOVES, SecondPersonNeeded, pricing.InvalidPriceRows),
)
async def approve_price_schedule(
    schedule_id: UUID, version: VersionDep, actor: Writer, session: SessionDep, response: Response
) -> PriceScheduleOut:
    """Let what somebody else planned take effect at its instant, or at once if it has none."""
    row = await pricing.approve_schedule(session, schedule_id, version=version, actor=actor)
    return _answer(response, row)


@router.post("/{schedule_id}/cancel", responses=problems(*MOVES))
async def cancel_price_schedule(
    schedule_id: UUID,
    body: CancelScheduleIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> PriceScheduleOut:
    """Take a plan back, up to a minute before it takes effect."""
    row = await pricing.cancel_schedule(
        session, schedule_id, reason=body.reason, version=version, actor=actor
    )
    return _answer(response, row)


def _answer(response: Response, row: Any) -> PriceScheduleOut:
    put_etag(response, row.version)
    return PriceScheduleOut.model_validate(row)
