"""Members start bargains, and others cut their price."""

import secrets
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import NotFound
from app.core.ids import new_id
from app.repositories.pricing import BargainRepository
from app.services.catalog import ChannelFacts
from app.services.pricing.engine import next_cut
from app.services.pricing.errors import (
    BargainNotForYou,
    BargainOver,
    BargainSoldOut,
    HelpedEnough,
    OwnBargain,
)

_SEED_BITS = 62


@dataclass(frozen=True, slots=True)
class StartedBargain:
    """`is_new` is false for who had one open already."""

    id: UUID
    is_new: bool


@dataclass(frozen=True, slots=True)
class MadeCut:
    """What a helper cut off; `is_new` is false for who had helped already."""

    amount_minor: int
    is_new: bool


async def running_bargains(
    session: AsyncSession, channel: ChannelFacts, *, after: UUID | None = None, limit: int
) -> list[Row[Any]]:
    """Activities of a channel that run now, newest first. One statement.

    Those whose goods are not for sale, or list for less than the floor, are left out.
    """
    return await BargainRepository(session).shown(channel_id=channel.id, after=after, limit=limit)


async def start_bargain(
    session: AsyncSession, activity_id: UUID, *, member_id: UUID
) -> StartedBargain:
    """Start a member's bargain under the terms of now, or find the one that is open.

    Raises `NotFound` for an activity that does not run, `BargainNotForYou`, `BargainSoldOut`.
    """
    repository = BargainRepository(session)
    found = await repository.startable(activity_id, member_id)
    if found is None:
        raise NotFound("There is no such bargain now")
    if not found.is_entitled:
        raise BargainNotForYou("Your tier is another", tiers=list(found.tiers))
    if found.is_sold_out:
        raise BargainSoldOut("Somebody may still give a piece back")
    bargain_id, is_new = await repository.start(
        bargain_id=new_id(),
        seed=secrets.randbits(_SEED_BITS),
        activity_id=activity_id,
        member_id=member_id,
    )
    return StartedBargain(bargain_id, is_new)


async def started_bargain(session: AsyncSession, bargain_id: UUID) -> Row[Any]:
    """A bargain as everybody may see it who was sent to it. Raises `NotFound`. One statement."""
    row = await BargainRepository(session).started(bargain_id)
    if row is None:
        raise NotFound("There is no such bargain")
    return row


async def cut_bargain(session: AsyncSession, bargain_id: UUID, *, helper_id: UUID) -> MadeCut:
    """Cut somebody's price, once; doing so again changes nothing.

    Days are the database's, in the channel's time zone. Raises `NotFound`, `OwnBargain`,
    `BargainOver`, and `HelpedEnough` for who helped as often today as the activity lets.
    """
    repository = BargainRepository(session)
    await repository.lock_member(helper_id)
    bargain = await repository.locked(bargain_id, helper_id)
    if bargain is None:
        raise NotFound("There is no such bargain")
    if bargain.member_id == helper_id:
        raise OwnBargain("Send it to somebody")
    if bargain.had_minor is not None:
        return MadeCut(bargain.had_minor, is_new=False)
    state = _over(bargain)
    if state is not None:
        raise BargainOver("The bargain takes no more cuts", state=state)
    if bargain.helped_today >= bargain.helps_per_day:
        raise HelpedEnough("That was all for today", helps_per_day=bargain.helps_per_day)
    position = bargain.cuts_made + 1
    amount_minor = next_cut(
        bargain.seed, position, bargain.remaining_minor, bargain.cuts - bargain.cuts_made
    )
    await repository.cut(
        id=new_id(),
        bargain_id=bargain_id,
        member_id=helper_id,
        position=position,
        amount_minor=amount_minor,
        day_on=bargain.today_on,
    )
    return MadeCut(amount_minor, is_new=True)


def _over(bargain: Row[Any]) -> str | None:
    if bargain.cuts_made == bargain.cuts:
        return "finished"
    if bargain.is_expired:
        return "expired"
    return None if bargain.is_active else "stopped"
