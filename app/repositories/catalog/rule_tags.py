"""Tags that rules hang on products: rows of `spu_tags` beside those of staff.

The lists of shoppers read one table, whoever hung a tag, and by the clock: no rule is looked at.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import delete, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.catalog import SpuTag, Tag
from app.repositories.catalog.goods_filter import GoodsFilter, condition


@dataclass(frozen=True, slots=True)
class Published:
    """Products first published within so many days of 24 hours; each until they are over."""

    days: int


@dataclass(frozen=True, slots=True)
class LookedAt:
    """Products on sale that any of the filters lets through, until the last of those ends."""

    goods: Sequence[tuple[GoodsFilter, datetime | None]]


@dataclass(frozen=True, slots=True)
class Named:
    """These products, for as long as the rule names them."""

    spu_ids: Sequence[UUID]


Wearers: TypeAlias = Published | LookedAt | Named

_DUE = text("""
SELECT id FROM tags
 WHERE rule IS NOT NULL
   AND (refreshed_at IS NULL OR refreshed_at <= now() - CASE rule ->> 'type'
        WHEN 'top_sellers' THEN interval '15 minutes' ELSE interval '0' END)
 ORDER BY refreshed_at NULLS FIRST, id
""")

_PUBLISHED = """
SELECT id AS spu_id, published_at + CAST(:days AS int) * interval '24 hours' AS expires_at
  FROM spus
 WHERE published_at <= now()
   AND published_at > now() - CAST(:days AS int) * interval '24 hours'"""

_NAMED = """
SELECT id AS spu_id, CAST(NULL AS timestamptz) AS expires_at
  FROM spus WHERE id = ANY (CAST(:spu_ids AS uuid[]))"""


class RuleTagRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def due(self) -> Sequence[UUID]:
        """Tags with a rule whose turn has come, the longest waiting first.

        Counting sales is the dear one; its turn comes every quarter of an hour.
        """
        return (await self._session.scalars(_DUE)).all()

    async def locked(self, tag_id: UUID, *, wait: bool) -> Tag | None:
        """The tag, locked against others who refresh or edit it; None when there is none.

        Without `wait` a tag in somebody's hands is none. Products may be given it meanwhile, which
        needs a share of its key.
        """
        row: Tag | None = await self._session.scalar(
            select(Tag)
            .where(Tag.id == tag_id)
            .with_for_update(key_share=True, skip_locked=not wait)
            .execution_options(populate_existing=True)
        )
        return row

    async def hang(self, tag_id: UUID, wearers: Wearers) -> int:
        """Let the rule's rows of the tag be `wearers`, and return how many wear it by the rule.

        One statement that writes what differs. Rows of staff are left alone, also those that are
        over: they outrank the rule.
        """
        members, values = _members(wearers)
        statement = text(f"""
            WITH members AS MATERIALIZED (
                {members}
            ), gone AS (
                DELETE FROM spu_tags w
                 WHERE w.tag_id = :tag_id AND w.is_by_rule
                   AND NOT EXISTS (SELECT FROM members m WHERE m.spu_id = w.spu_id)
            ), hung AS (
                INSERT INTO spu_tags (spu_id, tag_id, expires_at, is_by_rule)
                SELECT m.spu_id, :tag_id, m.expires_at, true FROM members m
                 WHERE NOT EXISTS (
                    SELECT FROM spu_tags w WHERE w.tag_id = :tag_id AND w.spu_id = m.spu_id
                       AND (NOT w.is_by_rule OR w.expires_at IS NOT DISTINCT FROM m.expires_at))
                 ORDER BY m.spu_id
                -- Staff may have hung it since this statement began.
                ON CONFLICT (spu_id, tag_id) DO UPDATE SET expires_at = excluded.expires_at
                 WHERE spu_tags.is_by_rule
            )
            SELECT count(*) FROM members m WHERE NOT EXISTS (
                SELECT FROM spu_tags w
                 WHERE w.tag_id = :tag_id AND w.spu_id = m.spu_id AND NOT w.is_by_rule)
            """)
        count = await self._session.scalar(statement, {"tag_id": tag_id, **values})
        return int(count or 0)

    async def take_off(self, tag_id: UUID) -> None:
        """Take the tag off what its rule hung it on."""
        await self._session.execute(
            delete(SpuTag).where(SpuTag.tag_id == tag_id, SpuTag.is_by_rule)
        )


def _members(wearers: Wearers) -> tuple[str, dict[str, Any]]:
    match wearers:
        case Published(days):
            return _PUBLISHED, {"days": days}
        case Named(spu_ids):
            return _NAMED, {"spu_ids": list(spu_ids)}
        case LookedAt(goods):
            return _looked_at(goods)


def _looked_at(
    goods: Sequence[tuple[GoodsFilter, datetime | None]],
) -> tuple[str, dict[str, Any]]:
    if not goods:
        return _NAMED, {"spu_ids": []}
    values: dict[str, Any] = {}
    found = []
    for number, (each, ends_at) in enumerate(goods):
        values |= each.values(number)
        values[f"until_{number}"] = ends_at
        found.append(
            f"SELECT s.id, coalesce(CAST(:until_{number} AS timestamptz), 'infinity') AS until"
            f" FROM spus s WHERE s.status = 'on_sale' AND {condition(number, each.shape)}"
        )
    members = f"""
        SELECT id AS spu_id, nullif(max(until), 'infinity') AS expires_at
          FROM ({" UNION ALL ".join(found)}) looked_at GROUP BY id"""
    return members, values
