"""Replays of placed orders with other promotions: asked for, looked at, cancelled."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.reports import ReplayState
from app.core.errors import InvalidReference, NotFound
from app.core.ids import new_id
from app.models.reports import Replay
from app.repositories.reports.replays import ReplayRepository
from app.services import catalog, promotions, system
from app.services.catalog import ChannelFacts
from app.services.promotions import PromotionTerms
from app.services.reports.engine import Summary, Tally, summarise
from app.services.reports.replay_request import (
    ReplayOver,
    StartReplay,
    TooManyReplays,
    tried_terms,
)

SLOTS: Final = 3
"""Replays that may be open at a time; a worker does them one after the other."""

FORGOTTEN_AT_ONCE: Final = 2


@dataclass(frozen=True, slots=True)
class ReplayView:
    """A replay, and what it found so far; null before its first orders are done."""

    replay: Replay
    summary: Summary | None


async def start_replay(session: AsyncSession, command: StartReplay, *, actor: Actor) -> ReplayView:
    """Queue a replay for a worker. The terms that are tried are kept as they are now.

    Raises `InvalidReference`, `InvalidPromotion` pointing into `drafts`, and `TooManyReplays`.
    """
    channel = await catalog.channel(session, command.channel)
    tried = await _tried(session, command, channel)
    replay_id, repository = new_id(), ReplayRepository(session)
    is_queued = await repository.start(
        slots=SLOTS,
        id=replay_id,
        requested_by=actor.principal,
        channel_id=channel.id,
        currency=channel.currency,
        request=command.kept(tried),
    )
    if not is_queued:
        raise TooManyReplays("Wait until one is over, or cancel it", most=SLOTS)
    await system.record(
        session, actor, "promotions.replay", "replay", replay_id, {"tried": list(map(str, tried))}
    )
    return await get_replay(session, replay_id)


async def cancel_replay(session: AsyncSession, replay_id: UUID, *, actor: Actor) -> ReplayView:
    """Stop an open replay; what it found so far stays. Cancelling it again changes nothing.

    Raises `NotFound` and `ReplayOver`.
    """
    repository = ReplayRepository(session)
    if await repository.end(replay_id, ReplayState.CANCELLED):
        await system.record(session, actor, "promotions.cancel_replay", "replay", replay_id)
    view = await get_replay(session, replay_id)
    if view.replay.state != ReplayState.CANCELLED:
        raise ReplayOver("There is nothing left to stop", state=view.replay.state)
    return view


async def get_replay(session: AsyncSession, replay_id: UUID) -> ReplayView:
    """Raises `NotFound`."""
    row = await ReplayRepository(session).get(replay_id)
    if row is None:
        raise NotFound("There is no such replay")
    return _view(row)


async def list_replays(
    session: AsyncSession, *, after: UUID | None, limit: int
) -> Sequence[ReplayView]:
    """Replays, newest first."""
    rows = await ReplayRepository(session).page(after=after, limit=limit)
    return [_view(row) for row in rows]


async def changed_orders(
    session: AsyncSession, replay_id: UUID, *, after: tuple[int, UUID] | None, limit: int
) -> Sequence[Any]:
    """Orders that would change, those that would save most first. Raises `NotFound`."""
    await get_replay(session, replay_id)
    delta, order_id = after or (None, None)
    return await ReplayRepository(session).changed(
        replay_id, delta=delta, after=order_id, limit=limit
    )


async def unreproduced_orders(
    session: AsyncSession, replay_id: UUID, *, after: UUID | None, limit: int
) -> Sequence[Any]:
    """Orders that do not give their stored numbers, oldest first. Raises `NotFound`."""
    await get_replay(session, replay_id)
    return await ReplayRepository(session).unreproduced(replay_id, after=after, limit=limit)


async def forget_replays(session: AsyncSession, *, older_than_days: int) -> None:
    """Remove a few that ended long ago."""
    await ReplayRepository(session).forget(older_than_days=older_than_days, limit=FORGOTTEN_AT_ONCE)


def _view(row: Replay) -> ReplayView:
    if "tally" not in row.result:
        return ReplayView(row, None)
    tried = {each: terms.name for each, terms in tried_terms(row.request).items()}
    return ReplayView(
        row, summarise(Tally.from_dict(row.result["tally"]), tried, row.result["names"])
    )


async def _tried(
    session: AsyncSession, command: StartReplay, channel: ChannelFacts
) -> dict[UUID, PromotionTerms]:
    promotions.promotions_of(command.drafts)
    named = [*command.promotion_ids, *command.without]
    saved = await promotions.terms_in_force(session, named)
    for field, ids in (("promotions", command.promotion_ids), ("without", command.without)):
        if unknown := [str(each) for each in ids if each not in saved]:
            raise InvalidReference("No such promotion", field=field, ids=unknown)
    tried = {each: saved[each] for each in command.promotion_ids}
    for position, terms in enumerate(command.drafts, start=1):
        tried[promotions.unsaved_id(position)] = terms
    tried = {each: await promotions.with_clock(session, terms) for each, terms in tried.items()}
    if foreign := [
        str(each) for each, terms in tried.items() if terms.currency != channel.currency
    ]:
        raise InvalidReference(
            f"The channel sells in {channel.currency}", field="promotions", ids=foreign
        )
    return tried
