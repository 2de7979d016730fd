"""A replay for people to look at: a picture, and a page of numbers with it."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.reports import ReplayState
from app.services.reports.engine import Cover, Summary, Tally, draw, render, summarise
from app.services.reports.replays import ReplayView, get_replay

STATES = {
    ReplayState.QUEUED: "排队中 queued",
    ReplayState.RUNNING: "进行中 running",
    ReplayState.DONE: "已完成 done",
    ReplayState.FAILED: "失败 failed",
    ReplayState.CANCELLED: "已取消 cancelled",
}
SHOWN_NAMES = 3


async def replay_chart(session: AsyncSession, replay_id: UUID) -> str:
    """The picture as SVG, of the orders done so far. Raises `NotFound`."""
    view = await get_replay(session, replay_id)
    return draw(_summary(view), view.replay.currency, note=_note(view))


async def replay_page(session: AsyncSession, replay_id: UUID) -> str:
    """The page as HTML, of the orders done so far. Raises `NotFound`."""
    view = await get_replay(session, replay_id)
    row = view.replay
    total = "?" if row.total is None else f"{row.total:,}"
    parts = (STATES[row.state], f"{row.done:,} / {total}", row.requested_by)
    state = " · ".join((*parts, f"{row.created_at:%Y-%m-%d %H:%M} UTC"))
    return render(_summary(view), Cover(row.currency, _note(view), (state,)))


def _summary(view: ReplayView) -> Summary:
    return summarise(Tally(), {}, {}) if view.summary is None else view.summary


def _note(view: ReplayView) -> str:
    request = view.replay.request
    names = [each["terms"]["name"] for each in request["tried"]]
    more = f" +{len(names) - SHOWN_NAMES}" if len(names) > SHOWN_NAMES else ""
    parts = ["试算 tried: " + ", ".join(names[:SHOWN_NAMES]) + more] if names else []
    if request["without"]:
        parts.append(f"去掉 without {len(request['without'])}")
    if request["objective"]:
        parts.append(f"目标 objective {request['objective']}")
    return " · ".join(parts)
