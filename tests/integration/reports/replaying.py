"""Orders to replay, and somebody who replays them to the end."""

from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Audience
from app.core.db import Sessions, unit_of_work
from app.core.ids import new_id
from app.services import reports
from app.services.promotions import PromotionTerms
from app.services.reports import ReplayView, StartReplay

STAFF = Actor(Audience.ADMIN, new_id())


def draft(off_minor: int = 0, *, over_minor: int = 0, **terms: Any) -> PromotionTerms:
    """An unsaved order promotion: so much off from so much on."""
    least = [{"type": "min_amount", "amount_minor": over_minor}] if over_minor else []
    return PromotionTerms(
        **{
            "name": "Try",
            "stage": "order",
            "currency": "CNY",
            "action": {"type": "amount_off", "amount_minor": off_minor},
            "condition": {"all": least} if least else {},
            **terms,
        }
    )


async def start(sessions: Sessions, **command: Any) -> UUID:
    async with unit_of_work(sessions) as session:
        asked = StartReplay(**{"unpaid_too": True} | command)
        return (await reports.start_replay(session, asked, actor=STAFF)).replay.id


async def finished(
    sessions: Sessions, readers: Sessions, *, batch: int = 100, **command: Any
) -> ReplayView:
    """What a replay has found when a worker is through with it."""
    replay_id = await start(sessions, **command)
    while await reports.replay_step(sessions, readers, batch=batch):
        pass
    async with sessions() as session:
        view = await reports.get_replay(session, replay_id)
    assert view.replay.state == "done", view.replay.error
    return view


async def deltas(session: AsyncSession, view: ReplayView) -> list[tuple[str, int, int]]:
    """`(number, before, after)` of the orders that would change."""
    rows = await reports.changed_orders(session, view.replay.id, after=None, limit=100)
    return [(row.number, row.before_minor, row.after_minor) for row in rows]


async def contents(session: AsyncSession) -> dict[str, str]:
    """A digest of every row of every table, by table."""
    tables = await session.scalars(
        text(
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
        )
    )
    found = {}
    for table in sorted(tables):
        digest = await session.scalar(
            text(f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t")
        )
        found[table] = digest or ""
    return found
