"""Lotteries, their prizes and what was drawn."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.lotteries import Lottery, LotteryPrize
from app.repositories.keyset import before

_SHOWN = text("""
SELECT l.id, l.code, l.name, l.status, l.starts_at, l.ends_at, l.points_cost, l.draws_per_day,
       l.draws_per_member, c.currency, CAST(now() AT TIME ZONE c.time_zone AS date) AS today_on,
       l.status = 'active' AND (l.starts_at IS NULL OR l.starts_at <= now())
           AND (l.ends_at IS NULL OR now() < l.ends_at) AS is_open
  FROM lotteries l JOIN channels c ON c.id = l.channel_id
 WHERE l.id = :id AND l.channel_id = :channel_id AND l.status <> 'draft'
""")
_PRIZES = text("""
SELECT id, lottery_id, position, name, kind, odds_ppm, stock, won, points, batch_id,
       is_consolation, stock - won AS remaining
  FROM lottery_prizes WHERE lottery_id = ANY(CAST(:ids AS uuid[])) ORDER BY lottery_id, position
""")
_LOCK_MEMBER = text("""
SELECT id FROM members WHERE id = :id AND kind = 'member' FOR NO KEY UPDATE
""")
_USED = text("""
SELECT count(*) AS used, count(*) FILTER (WHERE day_on = :today_on) AS used_today
  FROM lottery_draws WHERE lottery_id = :lottery_id AND member_id = :member_id
""")
_TAKE = text("""
UPDATE lottery_prizes SET won = won + 1 WHERE id = :id AND won < stock RETURNING id
""")
_PUT_BACK = text("UPDATE lottery_prizes SET won = won - 1 WHERE id = :id")
_DRAWN = text("""
INSERT INTO lottery_draws
       (id, lottery_id, member_id, day_on, number, day_number, roll, rolled_id, prize_id,
        is_fallback, points_cost, points, coupon_id)
VALUES (:id, :lottery_id, :member_id, :day_on, :number, :day_number, :roll, :rolled_id, :prize_id,
        :is_fallback, :points_cost, :points, :coupon_id)
""")
_VIEW = """
SELECT d.id, d.lottery_id, l.name AS lottery_name, d.member_id, d.day_on, d.number, d.roll,
       d.rolled_id, r.name AS rolled_name, d.prize_id, p.name AS prize_name, p.kind,
       d.is_fallback, d.points_cost, d.points, d.coupon_id, d.created_at
  FROM lottery_draws d JOIN lotteries l ON l.id = d.lottery_id
  JOIN lottery_prizes p ON p.id = d.prize_id JOIN lottery_prizes r ON r.id = d.rolled_id
"""
_DRAW = text(_VIEW + " WHERE d.id = :id")
_OF_MEMBER = text(
    _VIEW
    + f"""
 WHERE d.member_id = :member_id AND {before("d.id")}
 ORDER BY d.id DESC LIMIT :limit"""
)
_OF_LOTTERY = text(
    _VIEW
    + f"""
 WHERE d.lottery_id = :lottery_id AND (CAST(:prize_id AS uuid) IS NULL OR d.prize_id = :prize_id)
   AND (NOT :with_prize OR p.kind <> 'nothing')
   AND {before("d.id")}
 ORDER BY d.id DESC LIMIT :limit"""
)
_TOTALS = text("""
SELECT p.id, p.name, p.kind, p.odds_ppm, p.stock, coalesce(d.draws, 0) AS draws,
       coalesce(d.fallbacks, 0) AS fallbacks, coalesce(d.points, 0) AS points,
       coalesce(d.points_cost, 0) AS points_cost
  FROM lottery_prizes p LEFT JOIN (
       SELECT prize_id, count(*) AS draws, count(*) FILTER (WHERE is_fallback) AS fallbacks,
              sum(points) AS points, sum(points_cost) AS points_cost
         FROM lottery_draws WHERE lottery_id = :lottery_id GROUP BY 1) d ON d.prize_id = p.id
 WHERE p.lottery_id = :lottery_id ORDER BY p.position
""")
_MEMBERS = text("SELECT count(DISTINCT member_id) FROM lottery_draws WHERE lottery_id = :id")


class LotteryRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, *rows: Lottery | LotteryPrize) -> None:
        self._session.add_all(rows)

    async def get(self, lottery_id: UUID, *, lock: bool = False) -> Lottery | None:
        return await self._session.get(
            Lottery, lottery_id, with_for_update=lock or None, populate_existing=lock
        )

    async def page(self, *, after: UUID | None, limit: int) -> Sequence[Lottery]:
        statement = select(Lottery).order_by(Lottery.id.desc()).limit(limit)
        if after is not None:
            statement = statement.where(Lottery.id < after)
        return (await self._session.scalars(statement)).all()

    async def drop_prizes(self, lottery_id: UUID) -> None:
        await self._session.execute(
            delete(LotteryPrize).where(LotteryPrize.lottery_id == lottery_id)
        )

    async def shown(self, lottery_id: UUID, channel_id: UUID) -> Row[Any] | None:
        """A lottery of a channel that is no draft, and what day it is there by the database."""
        values = {"id": lottery_id, "channel_id": channel_id}
        return (await self._session.execute(_SHOWN, values)).first()

    async def prizes(self, lottery_ids: Sequence[UUID]) -> Sequence[Row[Any]]:
        """Prizes in order, with what is `remaining` of a stock."""
        return (await self._session.execute(_PRIZES, {"ids": list(lottery_ids)})).all()

    async def lock_member(self, member_id: UUID) -> bool:
        """The member's row stands for everything that is counted per member; a guest has none."""
        return await self._session.scalar(_LOCK_MEMBER, {"id": member_id}) is not None

    async def used(self, lottery: Row[Any], member_id: UUID) -> Row[Any]:
        """How often a member has drawn, in all and today."""
        values = {
            "lottery_id": lottery.id,
            "member_id": member_id,
            "today_on": lottery.today_on,
        }
        return (await self._session.execute(_USED, values)).one()

    async def take(self, prize_id: UUID) -> bool:
        """Take one of a stock; False when none is left."""
        return await self._session.scalar(_TAKE, {"id": prize_id}) is not None

    async def put_back(self, prize_id: UUID) -> None:
        """Give back what this transaction took."""
        await self._session.execute(_PUT_BACK, {"id": prize_id})

    async def drawn(self, **values: Any) -> Row[Any]:
        await self._session.execute(_DRAWN, values)
        return (await self._session.execute(_DRAW, {"id": values["id"]})).one()

    async def of_member(
        self, member_id: UUID, *, after: UUID | None, limit: int
    ) -> Sequence[Row[Any]]:
        values = {"member_id": member_id, "after": after, "limit": limit}
        return (await self._session.execute(_OF_MEMBER, values)).all()

    async def of_lottery(
        self,
        lottery_id: UUID,
        *,
        prize_id: UUID | None,
        with_prize: bool,
        after: UUID | None,
        limit: int,
    ) -> Sequence[Row[Any]]:
        values = {
            "lottery_id": lottery_id,
            "prize_id": prize_id,
            "with_prize": with_prize,
            "after": after,
            "limit": limit,
        }
        return (await self._session.execute(_OF_LOTTERY, values)).all()

    async def totals(self, lottery_id: UUID) -> Sequence[Row[Any]]:
        """What became of each prize, in order."""
        return (await self._session.execute(_TOTALS, {"lottery_id": lottery_id})).all()

    async def members(self, lottery_id: UUID) -> int:
        return int(await self._session.scalar(_MEMBERS, {"id": lottery_id}) or 0)
