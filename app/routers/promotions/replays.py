"""Promotions tried on the orders of the past."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Response, Security
from fastapi.responses import HTMLResponse

from app.core.actor import Actor
from app.core.enums.scopes import Scope
from app.core.errors import InvalidReference, NotFound
from app.routers.declared import Router
from app.routers.deps import KeysetDep, PageDep, Position, ReaderDep, SessionDep
from app.routers.identity import get_staff
from app.routers.pages import page_of, unknown_cursor
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.replays import ReplayedOrderOut, ReplayOut, StartReplayIn
from app.services import promotions, reports

router = Router(prefix="/promotions/replays", tags=["promotions"])


class SvgResponse(Response):
    media_type = "image/svg+xml"


READS = [Scope.PROMOTIONS_READ, Scope.ORDERS_READ]
Reader = Annotated[Actor, Security(get_staff, scopes=READS)]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.PROMOTIONS_WRITE, Scope.ORDERS_READ])]

CHANGES = "changes"
"""The one sort of changed orders, as cursors name it."""


@router.post(
    "",
    status_code=HTTPStatus.ACCEPTED,
    responses=problems(InvalidReference, promotions.InvalidPromotion, reports.TooManyReplays),
)
async def start_replay(body: StartReplayIn, actor: Writer, session: SessionDep) -> ReplayOut:
    """Quote past orders again with other promotions; a worker does it, ask for it by its id.

    Each order is quoted on what it froze (goods at the prices they had, buyer, time, promotions
    in force and coupons used) without and with what is tried. Limits of what is tried count: a
    budget is spent order by order; limits per day do not. Nothing of orders, coupons, stock or
    counters is written.
    """
    return ReplayOut.of(await reports.start_replay(session, body.command(), actor=actor))


@router.get("")
async def list_replays(actor: Reader, page: PageDep, session: ReaderDep) -> Page[ReplayOut]:
    """Replays, newest first. They are forgotten 90 days after they ended."""
    views = await reports.list_replays(session, after=page.after, limit=page.limit + 1)
    items = [ReplayOut.of(view) for view in views[: page.limit]]
    return Page(items=items, next_after=str(items[-1].id) if len(views) > page.limit else None)


@router.get("/{replay_id}", responses=problems(NotFound))
async def get_replay(replay_id: UUID, actor: Reader, session: ReaderDep) -> ReplayOut:
    """A replay with its progress and what it found so far."""
    return ReplayOut.of(await reports.get_replay(session, replay_id))


@router.post("/{replay_id}/cancel", responses=problems(NotFound, reports.ReplayOver))
async def cancel_replay(replay_id: UUID, actor: Writer, session: SessionDep) -> ReplayOut:
    """Stop a replay. What it found so far stays; cancelling again changes nothing."""
    return ReplayOut.of(await reports.cancel_replay(session, replay_id, actor=actor))


@router.get(
    "/{replay_id}/chart.svg",
    response_class=SvgResponse,
    responses=problems(NotFound),
)
async def get_replay_chart(replay_id: UUID, actor: Reader, session: ReaderDep) -> SvgResponse:
    """What a replay found so far as a picture.

    Change of the payable per order, cost by funder, margin before and after.
    """
    return SvgResponse(await reports.replay_chart(session, replay_id))


@router.get("/{replay_id}/report", response_class=HTMLResponse, responses=problems(NotFound))
async def get_replay_report(replay_id: UUID, actor: Reader, session: ReaderDep) -> HTMLResponse:
    """The same figures as a page of numbers with the picture in it, for printing or keeping.

    One file without scripts that needs nothing from elsewhere.
    """
    page = await reports.replay_page(session, replay_id)
    return HTMLResponse(page, headers={"content-security-policy": reports.PAGE_POLICY})


@router.get("/{replay_id}/orders", responses=problems(NotFound))
async def list_replayed_orders(
    replay_id: UUID, actor: Reader, page: KeysetDep, session: ReaderDep
) -> Page[ReplayedOrderOut]:
    """Orders that would change, those whose shoppers would save most first."""
    rows = await reports.changed_orders(
        session, replay_id, after=_change_at(page.after(CHANGES)), limit=page.limit + 1
    )
    items = [ReplayedOrderOut.model_validate(row) for row in rows[: page.limit]]
    last = items[-1] if len(rows) > page.limit else None
    after = Position(CHANGES, last.delta_minor, UUID(str(last.id))).encode() if last else None
    return Page(items=items, next_after=after)


@router.get("/{replay_id}/unreproduced", responses=problems(NotFound))
async def list_unreproduced_orders(
    replay_id: UUID, actor: Reader, page: PageDep, session: ReaderDep
) -> Page[ReplayedOrderOut]:
    """Orders that do not give their stored numbers again, or cannot be quoted; oldest first."""
    rows = await reports.unreproduced_orders(
        session, replay_id, after=page.after, limit=page.limit + 1
    )
    return page_of(rows, page.limit, ReplayedOrderOut)


def _change_at(position: Position | None) -> tuple[int, UUID] | None:
    """The change in the payable and the order a page ended with."""
    if position is None:
        return None
    if not isinstance(position.key, int):
        raise unknown_cursor()
    return position.key, position.id
