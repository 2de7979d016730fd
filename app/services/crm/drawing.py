"""A member draws in a lottery; what members and staff see of it."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.crm import PrizeKind
from app.core.errors import NotFound
from app.core.ids import new_id
from app.repositories.crm import LotteryRepository
from app.services import payments, promotions
from app.services.catalog import ChannelFacts
from app.services.crm.engine import WHOLE_PPM, draws_left, rolled
from app.services.crm.errors import DrawsUsedUp, LotteryNotOpen
from app.services.crm.lotteries import UNKNOWN

_TERMS = payments.PaymentTerms()


@dataclass(frozen=True, slots=True)
class ShownLottery:
    """`draws_left` is the member's for today; None without limits or without a member."""

    lottery: Row[Any]
    prizes: Sequence[Row[Any]]
    draws_left: int | None


@dataclass(frozen=True, slots=True)
class LotteryTotals:
    """What became of each prize, and how many members drew."""

    prizes: Sequence[Row[Any]]
    members: int


async def draw(
    session: AsyncSession,
    channel: ChannelFacts,
    lottery_id: UUID,
    *,
    member_id: UUID,
    terms: payments.PaymentTerms = _TERMS,
) -> Row[Any]:
    """Take what a draw costs, roll, and grant what was won, all in the caller's transaction.

    A prize that is gone, and a coupon its batch does not give this member, fall back to the
    consolation; the odds stay as they are shown. Raises `NotFound`, `LotteryNotOpen`,
    `DrawsUsedUp` and `payments.PointsMissing`.
    """
    repository = LotteryRepository(session)
    lottery = await _shown(repository, channel, lottery_id)
    if not lottery.is_open:
        raise LotteryNotOpen(
            "Look at its window", starts_at=lottery.starts_at, ends_at=lottery.ends_at
        )
    if not await repository.lock_member(member_id):
        raise NotFound("No such member")
    used = await repository.used(lottery, member_id)
    _refuse(lottery, used)
    draw_id = new_id()
    source = f"lottery:{draw_id}"
    if lottery.points_cost:
        spent = payments.SpendPoints(
            member_id=member_id,
            quantity=lottery.points_cost,
            source=source,
            currency=lottery.currency,
        )
        await payments.spend_points(session, spent, terms=terms)
    prizes = await repository.prizes([lottery_id])
    # The operating system's generator: what comes next cannot be told from what came before.
    roll = secrets.randbelow(WHOLE_PPM)
    wanted = prizes[rolled([each.odds_ppm for each in prizes], roll)]
    is_won, coupon_id = await _take(session, wanted, member_id, source)
    prize = wanted if is_won else next(each for each in prizes if each.is_consolation)
    if prize.points:
        granted = payments.GrantPoints(
            member_id=member_id, quantity=prize.points, source=source, currency=lottery.currency
        )
        await payments.grant_points(session, granted, terms=terms)
    return await repository.drawn(
        id=draw_id,
        lottery_id=lottery_id,
        member_id=member_id,
        day_on=lottery.today_on,
        number=used.used + 1,
        day_number=used.used_today + 1,
        roll=roll,
        rolled_id=wanted.id,
        prize_id=prize.id,
        is_fallback=not is_won,
        points_cost=lottery.points_cost,
        points=prize.points or 0,
        coupon_id=coupon_id,
    )


async def show_lottery(
    session: AsyncSession, channel: ChannelFacts, lottery_id: UUID, *, member_id: UUID | None
) -> ShownLottery:
    """A lottery as shoppers see it. Three statements at most. Raises `NotFound` for a draft."""
    repository = LotteryRepository(session)
    lottery = await _shown(repository, channel, lottery_id)
    left = None
    if member_id is not None:
        used = await repository.used(lottery, member_id)
        left = draws_left(
            used.used,
            used.used_today,
            per_member=lottery.draws_per_member,
            per_day=lottery.draws_per_day,
        )
    return ShownLottery(lottery, await repository.prizes([lottery_id]), left)


async def list_my_draws(
    session: AsyncSession, member_id: UUID, *, after: UUID | None, limit: int
) -> Sequence[Row[Any]]:
    """A member's draws in every lottery, newest first."""
    return await LotteryRepository(session).of_member(member_id, after=after, limit=limit)


async def list_draws(
    session: AsyncSession,
    lottery_id: UUID,
    *,
    prize_id: UUID | None,
    with_prize: bool,
    after: UUID | None,
    limit: int,
) -> Sequence[Row[Any]]:
    """Draws of a lottery, newest first; `with_prize` leaves out who won nothing."""
    await _check_known(session, lottery_id)
    return await LotteryRepository(session).of_lottery(
        lottery_id, prize_id=prize_id, with_prize=with_prize, after=after, limit=limit
    )


async def lottery_totals(session: AsyncSession, lottery_id: UUID) -> LotteryTotals:
    """What a lottery gave and took. Raises `NotFound`."""
    await _check_known(session, lottery_id)
    repository = LotteryRepository(session)
    return LotteryTotals(await repository.totals(lottery_id), await repository.members(lottery_id))


async def _take(
    session: AsyncSession, prize: Row[Any], member_id: UUID, source: str
) -> tuple[bool, UUID | None]:
    """Whether the prize is the member's now, and the coupon it is."""
    repository = LotteryRepository(session)
    if prize.stock is not None and not await repository.take(prize.id):
        return False, None
    if prize.kind != PrizeKind.COUPON:
        return True, None
    coupon_id = await promotions.give_prize(
        session, prize.batch_id, member_id=member_id, origin=source
    )
    if coupon_id is None and prize.stock is not None:
        await repository.put_back(prize.id)
    return coupon_id is not None, coupon_id


def _refuse(lottery: Row[Any], used: Row[Any]) -> None:
    most, daily = lottery.draws_per_member, lottery.draws_per_day
    if most is not None and used.used >= most:
        raise DrawsUsedUp("You have drawn as often as one may", limit=most, is_daily=False)
    if daily is not None and used.used_today >= daily:
        raise DrawsUsedUp("Come again tomorrow", limit=daily, is_daily=True)


async def _shown(
    repository: LotteryRepository, channel: ChannelFacts, lottery_id: UUID
) -> Row[Any]:
    lottery = await repository.shown(lottery_id, channel.id)
    if lottery is None:
        raise NotFound(UNKNOWN)
    return lottery


async def _check_known(session: AsyncSession, lottery_id: UUID) -> None:
    if await LotteryRepository(session).get(lottery_id) is None:
        raise NotFound(UNKNOWN)
