"""Lotteries to draw in."""

from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id, random_code
from app.models.lotteries import Lottery, LotteryPrize
from app.repositories.reports.coupon_invariants import COUPONS
from app.repositories.reports.growth_invariants import LOTTERIES
from app.repositories.reports.money_invariants import LEDGER, STORED_VALUE

NOTHING: dict[str, Any] = {"name": "Nothing", "kind": "nothing", "is_consolation": True}


def points(quantity: int, odds_ppm: int = 1_000_000, **more: Any) -> dict[str, Any]:
    name = f"{quantity} points"
    return {"name": name, "kind": "points", "points": quantity, "odds_ppm": odds_ppm, **more}


def coupon(batch_id: UUID, odds_ppm: int = 1_000_000, **more: Any) -> dict[str, Any]:
    return {"name": "Coupon", "kind": "coupon", "batch_id": batch_id, "odds_ppm": odds_ppm, **more}


async def make_lottery(
    session: AsyncSession, channel_id: UUID, *prizes: dict[str, Any], **overrides: Any
) -> Lottery:
    """An active lottery, free and without limits; its last prize is nothing, as the odds leave."""
    row = Lottery(
        **{
            "id": new_id(),
            "code": f"lottery-{random_code(8)}",
            "name": "Spring draw",
            "channel_id": channel_id,
            "status": "active",
            "points_cost": 0,
            "version": 1,
            **overrides,
        }
    )
    session.add(row)
    await session.flush()
    rest = 1_000_000 - sum(each["odds_ppm"] for each in prizes)
    for position, each in enumerate([*prizes, NOTHING | {"odds_ppm": rest}]):
        session.add(LotteryPrize(id=new_id(), lottery_id=row.id, position=position, **each))
    await session.flush()
    return row


async def drawn_before(
    session: AsyncSession, lottery: Lottery, member_id: UUID, days_ago: int, number: int
) -> None:
    """A draw of another day that won nothing."""
    await session.execute(
        text(
            "INSERT INTO lottery_draws (id, lottery_id, member_id, day_on, number, day_number,"
            " roll, rolled_id, prize_id, is_fallback, points_cost, points)"
            " SELECT :id, l.id, :member_id,"
            " CAST(now() AT TIME ZONE c.time_zone AS date) - CAST(:ago AS int), :number, 1,"
            " 999999, p.id, p.id, false, 0, 0 FROM lotteries l"
            " JOIN channels c ON c.id = l.channel_id"
            " JOIN lottery_prizes p ON p.lottery_id = l.id AND p.is_consolation"
            " WHERE l.id = :lottery_id"
        ),
        {
            "id": new_id(),
            "lottery_id": lottery.id,
            "member_id": member_id,
            "ago": days_ago,
            "number": number,
        },
    )


async def check_lotteries(session: AsyncSession) -> None:
    """The audit's invariants of lotteries and of what they give and take."""
    connection = await session.connection()
    for invariant in (*LOTTERIES, *LEDGER, *STORED_VALUE, *COUPONS):
        rows = (await connection.exec_driver_sql(invariant.sql)).all()
        assert rows == [], invariant.name
