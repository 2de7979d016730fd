"""Orders that were sent in, each once in its channel, and who bought them."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id
from app.core.json import dump
from app.repositories.keyset import before

_COLUMNS = """
    i.id, i.created_at, i.updated_at, i.version, i.channel_id, h.code AS channel,
    i.external_number, i.digest, i.content, i.mended, i.state, i.is_paid, i.order_id, i.problem,
    i.tries, i.received_by, o.number AS order_number, o.state AS order_state,
    o.payment_status, o.fulfilment_status
"""
_FROM = "FROM order_intakes i JOIN channels h ON h.id = i.channel_id"
_WITH_ORDER = f"{_FROM} LEFT JOIN orders o ON o.id = i.order_id"

_KEEP = text("""
    INSERT INTO order_intakes (id, channel_id, external_number, digest, content, is_paid,
        received_by)
    VALUES (:id, :channel_id, :number, :digest, CAST(:content AS jsonb), :is_paid, :actor)
    ON CONFLICT (channel_id, external_number) DO NOTHING RETURNING id
""")
_FIND = text(f"""
    SELECT {_COLUMNS} {_WITH_ORDER}
    WHERE i.channel_id = :channel_id AND i.external_number = :number
""")
_GET = text(f"SELECT {_COLUMNS} {_WITH_ORDER} WHERE i.id = :id")
_LOCK = text("SELECT id FROM order_intakes WHERE id = :id FOR UPDATE")
_REPLACE = text("""
    UPDATE order_intakes SET digest = :digest, content = CAST(:content AS jsonb),
        is_paid = :is_paid, state = 'received', problem = NULL, mended = NULL,
        version = version + 1, updated_at = now()
    WHERE id = :id
""")
_MEND = text("""
    UPDATE order_intakes SET mended = CAST(:mended AS jsonb), version = version + 1,
        updated_at = now()
    WHERE id = :id
""")
_REMEMBER = text("""
    INSERT INTO intake_goods (channel_id, code, sku_id)
    SELECT CAST(:channel_id AS uuid), n.code, n.sku_id
    FROM unnest(CAST(:codes AS text[]), CAST(:sku_ids AS uuid[])) AS n(code, sku_id) ORDER BY n.code
    ON CONFLICT (channel_id, code) DO UPDATE SET sku_id = excluded.sku_id
""")
_REMEMBERED = text("""
    SELECT code, sku_id FROM intake_goods
    WHERE channel_id = :channel_id AND code = ANY (CAST(:codes AS text[]))
""")
_SETTLE = text("""
    UPDATE order_intakes SET state = :state, order_id = coalesce(CAST(:order_id AS uuid), order_id),
        problem = CAST(:problem AS jsonb), tries = tries + CAST(:tried AS integer),
        version = version + 1, updated_at = now()
    WHERE id = :id
""")
_PAID = text("""
    UPDATE order_intakes SET is_paid = true, version = version + 1, updated_at = now()
    WHERE id = :id
""")
_DUE = text("""
    SELECT id FROM order_intakes
    WHERE state = 'received' AND updated_at < now() - interval '1 minute'
    ORDER BY id LIMIT :limit
""")
_PAGE = f"""
    SELECT {_COLUMNS} {_WITH_ORDER}
    WHERE {before("i.id")}
      AND (CAST(:state AS text) IS NULL OR i.state = :state)
      AND (CAST(:channel AS text) IS NULL OR h.code = :channel)
    ORDER BY i.id DESC LIMIT :limit
"""
_ADD_BUYER = text("""
    INSERT INTO intake_buyers (channel_id, reference, member_id)
    VALUES (:channel_id, :reference, :member_id) ON CONFLICT DO NOTHING RETURNING member_id
""")
_BUYER = text("""
    SELECT member_id FROM intake_buyers WHERE channel_id = :channel_id AND reference = :reference
""")
_CHANNEL = text("SELECT id, code, kind, is_active FROM channels WHERE code = :code")


class IntakeRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def channel(self, code: str) -> RowMapping | None:
        return (await self._session.execute(_CHANNEL, {"code": code})).mappings().first()

    async def keep(self, values: Mapping[str, Any]) -> UUID | None:
        """Keep what was sent; None when the channel has its number already."""
        made: UUID | None = await self._session.scalar(_KEEP, {"id": new_id(), **_plain(values)})
        return made

    async def find(self, channel_id: UUID, number: str) -> RowMapping | None:
        values = {"channel_id": channel_id, "number": number}
        return (await self._session.execute(_FIND, values)).mappings().first()

    async def get(self, intake_id: UUID, *, lock: bool = False) -> RowMapping | None:
        """With its order, if it has one; locked until commit, and read after that, if asked."""
        if lock:
            await self._session.execute(_LOCK, {"id": intake_id})
        return (await self._session.execute(_GET, {"id": intake_id})).mappings().first()

    async def replace(self, intake_id: UUID, values: Mapping[str, Any]) -> None:
        """Another content in the place of one that was not placed."""
        await self._session.execute(_REPLACE, {"id": intake_id, **_plain(values)})

    async def mend(self, intake_id: UUID, mended: Mapping[str, Any]) -> None:
        """What staff put right, beside what was sent."""
        await self._session.execute(_MEND, {"id": intake_id, "mended": dump(mended)})

    async def remember(self, channel_id: UUID, goods: Mapping[str, UUID]) -> None:
        """SKUs by what a marketplace calls them, from now on."""
        values = {"codes": list(goods), "sku_ids": list(goods.values())}
        await self._session.execute(_REMEMBER, {"channel_id": channel_id, **values})

    async def remembered(self, channel_id: UUID, codes: Collection[str]) -> dict[str, UUID]:
        values = {"channel_id": channel_id, "codes": list(codes)}
        return {row.code: row.sku_id for row in await self._session.execute(_REMEMBERED, values)}

    async def settle(
        self,
        intake_id: UUID,
        state: str,
        *,
        order_id: UUID | None = None,
        problem: Mapping[str, Any] | None = None,
        is_try: bool = False,
    ) -> None:
        values = {
            "id": intake_id,
            "state": state,
            "order_id": order_id,
            "problem": None if problem is None else dump(problem),
            "tried": int(is_try),
        }
        await self._session.execute(_SETTLE, values)

    async def note_paid(self, intake_id: UUID) -> None:
        await self._session.execute(_PAID, {"id": intake_id})

    async def due(self, limit: int) -> Sequence[UUID]:
        """Those that were kept and then left: their process ended."""
        return (await self._session.scalars(_DUE, {"limit": limit})).all()

    async def page(
        self, *, after: UUID | None, limit: int, state: str | None, channel: str | None
    ) -> Sequence[Any]:
        values = {"after": after, "limit": limit, "state": state, "channel": channel}
        return (await self._session.execute(text(_PAGE), values)).all()

    async def add_buyer(self, channel_id: UUID, reference: str, member_id: UUID) -> bool:
        """False when the marketplace's buyer is known; waits for whoever adds the same."""
        values = {"channel_id": channel_id, "reference": reference, "member_id": member_id}
        return await self._session.scalar(_ADD_BUYER, values) is not None

    async def buyer(self, channel_id: UUID, reference: str) -> UUID:
        values = {"channel_id": channel_id, "reference": reference}
        found = await self._session.execute(_BUYER, values)
        return UUID(str(found.scalar_one()))


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {**values, "content": dump(values["content"])}
