"""Bargains: the activities staff keep, what members start, and what others cut off."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.bargains import Bargain, BargainActivity
from app.repositories.keyset import before
from app.repositories.pricing.shown import JOIN_GOODS, SHOWN_GOODS

_RUNNING = """o.is_active AND coalesce(o.starts_at <= now(), true)
   AND coalesce(o.ends_at > now(), true)"""
_SHOWN = f"""
SELECT o.id, {SHOWN_GOODS},
       o.currency, o.start_minor, o.floor_minor, o.cuts, o.lives_hours, o.helps_per_day, o.tiers,
       o.starts_at, o.ends_at, o.quota - o.sold AS left
  FROM bargain_activities o {JOIN_GOODS}
 WHERE o.channel_id = :channel_id AND {_RUNNING} AND o.floor_minor <= x.list_minor
   AND {before("o.id")}
 ORDER BY o.id DESC LIMIT {{limit}}
"""
_STARTABLE = text(f"""
SELECT o.tiers, coalesce(o.sold >= o.quota, false) AS is_sold_out,
       o.tiers = '{{}}' OR coalesce(m.tier = ANY(o.tiers), false) AS is_entitled
  FROM bargain_activities o JOIN members m ON m.id = :member_id
 WHERE o.id = :id AND {_RUNNING}
""")
# What expired keeps its owner from another no longer; what is ordered is closed with the order.
_CLOSE_EXPIRED = text("""
UPDATE bargains SET is_open = false
 WHERE activity_id = :activity_id AND member_id = :member_id AND is_open AND expires_at <= now()
""")
# The open one is touched, not only found: it may be ordered, and so closed, at this moment.
_START = text("""
INSERT INTO bargains (id, activity_id, member_id, seed, start_minor, floor_minor, cuts, expires_at)
SELECT :id, a.id, :member_id, :seed, a.start_minor, a.floor_minor, a.cuts,
       now() + make_interval(hours => a.lives_hours)
  FROM bargain_activities a WHERE a.id = :activity_id
ON CONFLICT (activity_id, member_id) WHERE is_open DO UPDATE SET is_open = true
RETURNING id
""")
_STARTED = text("""
SELECT b.id, b.activity_id, a.sku_id, a.currency, b.start_minor, b.floor_minor, b.cuts,
       b.cuts_made, b.start_minor - b.cut_minor AS price_minor, b.expires_at, b.finished_at,
       b.order_id IS NOT NULL AS is_ordered, b.expires_at <= now() AS is_expired, a.is_active,
       (SELECT coalesce(json_agg(json_build_object(
                   'position', c.position, 'amount_minor', c.amount_minor,
                   'created_at', c.created_at) ORDER BY c.position), '[]')
          FROM bargain_cuts c WHERE c.bargain_id = b.id) AS made
  FROM bargains b JOIN bargain_activities a ON a.id = b.activity_id WHERE b.id = :id
""")
_LOCK_MEMBER = text("SELECT id FROM members WHERE id = :id FOR NO KEY UPDATE")

# What is counted of the helper holds under the lock of the helper's row; what is read of the
# bargain itself is read anew once it is locked.
_LOCKED = text("""
SELECT b.id, b.member_id, b.seed, b.cuts, b.cuts_made,
       b.start_minor - b.floor_minor - b.cut_minor AS remaining_minor,
       b.expires_at <= now() AS is_expired, a.is_active, a.helps_per_day,
       CAST(now() AT TIME ZONE h.time_zone AS date) AS today_on,
       (SELECT c.amount_minor FROM bargain_cuts c
         WHERE c.bargain_id = b.id AND c.member_id = :helper_id) AS had_minor,
       (SELECT count(*) FROM bargain_cuts c JOIN bargains d ON d.id = c.bargain_id
         WHERE c.member_id = :helper_id AND d.activity_id = a.id
           AND c.day_on = CAST(now() AT TIME ZONE h.time_zone AS date)) AS helped_today
  FROM bargains b JOIN bargain_activities a ON a.id = b.activity_id
  JOIN channels h ON h.id = a.channel_id
 WHERE b.id = :id FOR NO KEY UPDATE OF b
""")
_CUT = text("""
WITH cut AS (
    INSERT INTO bargain_cuts (id, bargain_id, member_id, position, amount_minor, day_on)
    VALUES (:id, :bargain_id, :member_id, :position, :amount_minor, :day_on))
UPDATE bargains SET cuts_made = :position, cut_minor = cut_minor + :amount_minor,
       finished_at = CASE WHEN cuts = :position THEN now() END
 WHERE id = :bargain_id
""")


class BargainRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, row: BargainActivity) -> None:
        self._session.add(row)

    async def get(self, activity_id: UUID, *, lock: bool = False) -> BargainActivity | None:
        return await self._session.get(
            BargainActivity, activity_id, with_for_update=lock or None, populate_existing=lock
        )

    async def page(self, *, after: UUID | None, limit: int) -> Sequence[BargainActivity]:
        statement = select(BargainActivity).order_by(BargainActivity.id.desc()).limit(limit)
        if after is not None:
            statement = statement.where(BargainActivity.id < after)
        return (await self._session.scalars(statement)).all()

    async def started_of(
        self, activity_id: UUID, *, after: UUID | None, limit: int
    ) -> Sequence[Bargain]:
        statement = (
            select(Bargain)
            .where(Bargain.activity_id == activity_id)
            .order_by(Bargain.id.desc())
            .limit(limit)
        )
        if after is not None:
            statement = statement.where(Bargain.id < after)
        return (await self._session.scalars(statement)).all()

    async def shown(self, *, channel_id: UUID, after: UUID | None, limit: int) -> list[Row[Any]]:
        """Running activities of a channel whose goods are for sale and list for no less."""
        query = text(_SHOWN.format(limit=int(limit)))
        return list(await self._session.execute(query, {"channel_id": channel_id, "after": after}))

    async def startable(self, activity_id: UUID, member_id: UUID) -> Row[Any] | None:
        """A running activity as the member finds it now."""
        values = {"id": activity_id, "member_id": member_id}
        return (await self._session.execute(_STARTABLE, values)).first()

    async def start(self, *, bargain_id: UUID, seed: int, **key: UUID) -> tuple[UUID, bool]:
        """The member's open bargain of the activity, and whether it is this new one."""
        await self._session.execute(_CLOSE_EXPIRED, key)
        values = key | {"id": bargain_id, "seed": seed}
        found = (await self._session.execute(_START, values)).scalar_one()
        return found, found == bargain_id

    async def started(self, bargain_id: UUID) -> Row[Any] | None:
        return (await self._session.execute(_STARTED, {"id": bargain_id})).first()

    async def lock_member(self, member_id: UUID) -> None:
        """The member's row stands for everything that is counted per member."""
        await self._session.execute(_LOCK_MEMBER, {"id": member_id})

    async def locked(self, bargain_id: UUID, helper_id: UUID) -> Row[Any] | None:
        """A bargain to be cut and what the helper did so far, whose row the caller holds."""
        values = {"id": bargain_id, "helper_id": helper_id}
        return (await self._session.execute(_LOCKED, values)).first()

    async def cut(self, **values: Any) -> None:
        await self._session.execute(_CUT, values)
