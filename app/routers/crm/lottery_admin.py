"""Lotteries, as staff keep them."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from app.core.errors import AlreadyExists, InvalidReference, NotFound, StaleVersion
from app.routers.crm.admin import Reader, Writer
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.lotteries import (
    LotteryCardOut,
    LotteryIn,
    LotteryOut,
    LotteryPut,
    LotteryTotalsOut,
    StaffDrawOut,
)
from app.services import crm

router = Router(prefix="/lotteries", tags=["growth"])

MOVED = problems(NotFound, StaleVersion, PreconditionRequired, crm.IllegalLotteryStatus)


@router.get("")
async def list_lotteries(actor: Reader, page: PageDep, session: ReaderDep) -> Page[LotteryCardOut]:
    """Lotteries of all channels, newest first."""
    rows = await crm.list_lotteries(session, after=page.after, limit=page.limit + 1)
    return page_of(rows, page.limit, LotteryCardOut)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    responses=problems(AlreadyExists, InvalidReference, crm.InvalidLottery),
)
async def create_lottery(
    body: LotteryIn, actor: Writer, session: SessionDep, response: Response
) -> LotteryOut:
    """Draft a lottery of a channel. Members see it once it is active."""
    view = await crm.create_lottery(session, body.code, body.channel_id, body.terms(), actor=actor)
    return _answer(response, view)


@router.get("/{lottery_id}", responses=problems(NotFound))
async def get_lottery(
    lottery_id: UUID, actor: Reader, session: ReaderDep, response: Response
) -> LotteryOut:
    """One lottery with its prizes."""
    return _answer(response, await crm.get_lottery(session, lottery_id))


@router.put("/{lottery_id}", responses=MOVED | problems(InvalidReference, crm.InvalidLottery))
async def edit_lottery(
    lottery_id: UUID,
    body: LotteryPut,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> LotteryOut:
    """Replace the terms and prizes of a draft. Once it is active they hold as they are."""
    view = await crm.edit_lottery(session, lottery_id, body.terms(), version=version, actor=actor)
    return _answer(response, view)


@router.post("/{lottery_id}/activate", responses=MOVED)
async def activate_lottery(
    lottery_id: UUID, version: VersionDep, actor: Writer, session: SessionDep, response: Response
) -> LotteryOut:
    """Open a draft to members, in its window."""
    view = await crm.activate_lottery(session, lottery_id, version=version, actor=actor)
    return _answer(response, view)


@router.post("/{lottery_id}/end", responses=MOVED)
async def end_lottery(
    lottery_id: UUID, version: VersionDep, actor: Writer, session: SessionDep, response: Response
) -> LotteryOut:
    """End a lottery for good. What was won stays won."""
    view = await crm.end_lottery(session, lottery_id, version=version, actor=actor)
    return _answer(response, view)


@router.get("/{lottery_id}/draws", responses=problems(NotFound))
async def list_lottery_draws(
    lottery_id: UUID,
    actor: Reader,
    page: PageDep,
    session: ReaderDep,
    prize_id: UUID | None = None,
    with_prize: Annotated[
        bool, Query(description="Only winners: without those who won nothing.")
    ] = False,
) -> Page[StaffDrawOut]:
    """Draws with their rolls, newest first."""
    rows = await crm.list_draws(
        session,
        lottery_id,
        prize_id=prize_id,
        with_prize=with_prize,
        after=page.after,
        limit=page.limit + 1,
    )
    return page_of(rows, page.limit, StaffDrawOut)


@router.get("/{lottery_id}/totals", responses=problems(NotFound))
async def get_lottery_totals(
    lottery_id: UUID, actor: Reader, session: ReaderDep
) -> LotteryTotalsOut:
    """What a lottery gave and took so far, prize by prize."""
    return LotteryTotalsOut.of(await crm.lottery_totals(session, lottery_id))


def _answer(response: Response, view: crm.LotteryView) -> LotteryOut:
    put_etag(response, view.lottery.version)
    return LotteryOut.of(view)
