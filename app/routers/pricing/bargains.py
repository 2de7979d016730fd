"""Bargains: started by members, cut by others."""

from typing import Any
from uuid import UUID

from fastapi import Depends

from app.core.errors import InvalidReference, NotFound
from app.routers.catalog.browse import ChannelDep
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, SessionDep
from app.routers.identity import SignedInDep
from app.routers.limits import Limited
from app.routers.problems import problems
from app.schemas.bargains import BargainGoodOut, BargainOut, MadeCutOut, StartedOut
from app.schemas.base import Page
from app.services import catalog, inventory, pricing, system

router = Router(prefix="/bargains", tags=["pricing"])


@router.get("", responses=problems(InvalidReference))
async def list_bargains(
    channel: ChannelDep, page: PageDep, session: ReaderDep
) -> Page[BargainGoodOut]:
    """What may be bargained for now, the newest first."""
    facts = await catalog.channel(session, channel)
    rows = await pricing.running_bargains(session, facts, after=page.after, limit=page.limit + 1)
    shown = rows[: page.limit]
    stock = await inventory.available(session, [row.sku_id for row in shown], facts.id)
    return Page(
        items=[
            BargainGoodOut.model_validate(
                row._asdict() | {"available": _least(stock[row.sku_id], row.left)}
            )
            for row in shown
        ],
        next_after=str(shown[-1].id) if len(rows) > page.limit else None,
    )


@router.post(
    "/{activity_id}/start",
    dependencies=[Depends(Limited("bargain-start", 20))],
    responses=problems(
        NotFound, pricing.BargainNotForYou, pricing.BargainSoldOut, system.TooManyRequests
    ),
)
async def start_bargain(activity_id: UUID, member: SignedInDep, session: SessionDep) -> StartedOut:
    """Start a bargain of your own. While one is open, starting again finds that one."""
    started = await pricing.start_bargain(session, activity_id, member_id=member.id)
    return StartedOut.model_validate(started)


@router.get("/started/{bargain_id}", responses=problems(NotFound))
async def get_bargain(bargain_id: UUID, session: ReaderDep) -> BargainOut:
    """A bargain to be sent to others: its price now, and what was cut off. It names nobody."""
    return _shown(await pricing.started_bargain(session, bargain_id))


@router.post(
    "/started/{bargain_id}/cut",
    dependencies=[Depends(Limited("bargain-cut", 20))],
    responses=problems(
        NotFound,
        pricing.OwnBargain,
        pricing.BargainOver,
        pricing.HelpedEnough,
        system.TooManyRequests,
    ),
)
async def cut_bargain(bargain_id: UUID, member: SignedInDep, session: SessionDep) -> MadeCutOut:
    """Cut somebody's price, once for each bargain. Doing so again changes nothing."""
    made = await pricing.cut_bargain(session, bargain_id, helper_id=member.id)
    shown = _shown(await pricing.started_bargain(session, bargain_id))
    return MadeCutOut(amount_minor=made.amount_minor, is_new=made.is_new, bargain=shown)


def _least(stock: int, left: int | None) -> int:
    """What is left of the quota is worth no more than what is left of the goods."""
    return max(0, stock if left is None else min(stock, left))


def _shown(row: Any) -> BargainOut:
    state = "open"
    if row.is_ordered:
        state = "ordered"
    elif row.is_expired:
        state = "expired"
    elif not row.is_active:
        state = "stopped"
    elif row.finished_at is not None:
        state = "finished"
    return BargainOut.model_validate(row._asdict() | {"state": state})
