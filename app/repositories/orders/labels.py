"""Labels of parcels. Whoever writes one holds its order's row, but for the claims of a worker."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id

_COLUMNS = """
    l.id, l.shipment_id, l.request_number, l.adapter, l.state, l.tracking_number, l.url,
    l.media_type, l.quoted_minor, l.currency, l.reason, l.asked_by, l.tries, l.created_at,
    l.settled_at, l.content IS NOT NULL AS has_content
"""
_ADD = text(f"""
    INSERT INTO shipment_labels AS l (id, shipment_id, request_number, adapter, state, asked_by,
        next_try_at)
    SELECT CAST(:id AS uuid), s.id, s.number || '-' || (
            SELECT count(*) + 1 FROM shipment_labels x WHERE x.shipment_id = s.id),
        :adapter, 'asked', :actor, now() + make_interval(secs => CAST(:seconds AS float))
    FROM shipments s WHERE s.id = :shipment_id
    RETURNING {_COLUMNS}
""")
_LIVE = text(f"""
    SELECT {_COLUMNS} FROM shipment_labels l
    WHERE l.shipment_id = :shipment_id AND l.state IN ('asked', 'made')
""")
_ONE = text(f"SELECT {_COLUMNS} FROM shipment_labels l WHERE l.id = :id")
_OF = text(f"""
    SELECT {_COLUMNS} FROM shipment_labels l WHERE l.shipment_id = :shipment_id ORDER BY l.id DESC
""")
_CONTENT = text("SELECT content, media_type FROM shipment_labels WHERE id = :id")
_SETTLE = text("""
    UPDATE shipment_labels SET state = :state, tracking_number = :tracking_number, url = :url,
        content = :content, media_type = :media_type, quoted_minor = :quoted_minor,
        currency = :currency, reason = NULL, settled_at = now()
    WHERE id = :id
""")
_END = text("""
    UPDATE shipment_labels SET state = :state, reason = :reason, settled_at = now() WHERE id = :id
""")
_NOTE = text("UPDATE shipment_labels SET reason = :reason WHERE id = :id")
_TRIED = text("""
    UPDATE shipment_labels SET tries = tries + 1,
        next_try_at = now() + make_interval(secs => CAST(:seconds AS float))
    WHERE id = :id
""")
# Those nobody knows the outcome of, and those of parcels that were unpacked. The wait doubles.
_DUE = """
    UPDATE shipment_labels l SET tries = l.tries + 1, next_try_at = now() + make_interval(
        secs => CAST(:seconds AS float) * power(2, least(l.tries, 12)))
    FROM (
        SELECT x.id FROM shipment_labels x JOIN shipments s ON s.id = x.shipment_id
        WHERE x.next_try_at <= now() AND (
            x.state = 'asked' OR (x.state = 'made' AND s.state = 'void'))
        ORDER BY x.next_try_at LIMIT {limit} FOR UPDATE OF x SKIP LOCKED) due
    WHERE l.id = due.id RETURNING l.id
"""
_PARCEL = text("""
    SELECT s.id, s.number, s.order_id, s.fulfilment_id, s.merchant_id, s.state, s.carrier_code,
        s.service, s.joined_to, s.tracking_number, s.weight_grams, s.currency, c.adapter,
        c.tracking_code,
        w.code AS warehouse_code, w.name AS warehouse_name, w.country, w.region_code, o.address
    FROM shipments s JOIN orders o ON o.id = s.order_id
    JOIN carriers c ON c.code = s.carrier_code JOIN warehouses w ON w.id = s.warehouse_id
    WHERE s.id = :id
""").columns(address=JSONB)
_LABELLED = text("""
    UPDATE shipments SET tracking_number = :tracking_number,
        cost_minor = coalesce(CAST(:cost_minor AS bigint), cost_minor),
        estimated_at = coalesce(estimated_at, CAST(:estimated_at AS timestamptz)),
        version = version + 1, updated_at = now()
    WHERE id = :id
""")
_PART = text("""
    SELECT f.id, f.merchant_id, o.currency, o.address, w.code AS warehouse_code,
        w.name AS warehouse_name, w.country, w.region_code
    FROM fulfilments f JOIN orders o ON o.id = f.order_id
    JOIN warehouses w ON w.id = f.warehouse_id WHERE f.id = :id
""").columns(address=JSONB)


class LabelRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(
        self, shipment_id: UUID, adapter: str, *, actor: str, patience_seconds: float
    ) -> RowMapping:
        """Ask for one; a worker looks at it when that time is over."""
        values = {"id": new_id(), "shipment_id": shipment_id, "adapter": adapter, "actor": actor}
        found = await self._session.execute(_ADD, values | {"seconds": patience_seconds})
        return found.mappings().one()

    async def live(self, shipment_id: UUID) -> RowMapping | None:
        found = await self._session.execute(_LIVE, {"shipment_id": shipment_id})
        return found.mappings().first()

    async def one(self, label_id: UUID) -> RowMapping | None:
        return (await self._session.execute(_ONE, {"id": label_id})).mappings().first()

    async def of(self, shipment_id: UUID) -> Sequence[RowMapping]:
        """Newest first."""
        found = await self._session.execute(_OF, {"shipment_id": shipment_id})
        return found.mappings().all()

    async def content(self, label_id: UUID) -> RowMapping | None:
        return (await self._session.execute(_CONTENT, {"id": label_id})).mappings().first()

    async def settle(self, label_id: UUID, values: Mapping[str, Any]) -> None:
        await self._session.execute(_SETTLE, {**values, "id": label_id})

    async def end(self, label_id: UUID, state: str, reason: str | None) -> None:
        await self._session.execute(_END, {"id": label_id, "state": state, "reason": reason})

    async def note(self, label_id: UUID, reason: str) -> None:
        await self._session.execute(_NOTE, {"id": label_id, "reason": reason})

    async def tried(self, label_id: UUID, *, patience_seconds: float) -> None:
        await self._session.execute(_TRIED, {"id": label_id, "seconds": patience_seconds})

    async def due(self, *, query_after_seconds: float, limit: int) -> Sequence[UUID]:
        """Claim labels to be looked at again."""
        found = await self._session.execute(
            text(_DUE.format(limit=int(limit))), {"seconds": query_after_seconds}
        )
        return found.scalars().all()

    async def parcel(self, shipment_id: UUID) -> RowMapping | None:
        """A parcel as carriers' systems want to know it."""
        return (await self._session.execute(_PARCEL, {"id": shipment_id})).mappings().first()

    async def part(self, fulfilment_id: UUID) -> RowMapping | None:
        """Where a fulfilment goes, and from where."""
        return (await self._session.execute(_PART, {"id": fulfilment_id})).mappings().first()

    async def labelled(self, shipment_id: UUID, values: Mapping[str, Any]) -> None:
        """A parcel got its number, and with it what it costs and when it arrives."""
        await self._session.execute(_LABELLED, {**values, "id": shipment_id})
