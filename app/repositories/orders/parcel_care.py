"""What is wrong with parcels, and what is turned back. Callers hold the order's row."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id
from app.repositories.keyset import before

_COLUMNS = """
    x.id, x.shipment_id, s.number AS shipment_number, s.order_id, s.merchant_id, s.carrier_code,
    s.tracking_number, s.state AS shipment_state, s.estimated_at, x.kind, x.note, x.created_at,
    x.resolved_by, x.resolved_at
"""
_FROM = "FROM parcel_exceptions x JOIN shipments s ON s.id = x.shipment_id"
_OPEN = text("""
    INSERT INTO parcel_exceptions (id, shipment_id, kind)
    VALUES (CAST(:id AS uuid), :shipment_id, :kind)
    ON CONFLICT (shipment_id, kind) WHERE resolved_at IS NULL DO NOTHING RETURNING id
""")
_CLOSE = text("""
    UPDATE parcel_exceptions SET resolved_at = now(), resolved_by = :actor,
        note = coalesce(CAST(:note AS varchar), note)
    WHERE shipment_id = :shipment_id AND kind = ANY(:kinds) AND resolved_at IS NULL
""")
# When something was heard of a parcel last, or should have been.
_NEWS = """
    greatest(s.shipped_at, s.estimated_at,
             (SELECT max(e.created_at) FROM shipment_events e WHERE e.shipment_id = s.id))
"""
_OVERDUE = """
    SELECT s.id, s.order_id FROM shipments s
    WHERE s.state IN ('shipped', 'in_transit', 'out_for_delivery')
      AND {news} < now() - make_interval(secs => CAST(:seconds AS float))
      AND NOT EXISTS (
        SELECT FROM parcel_exceptions x WHERE x.shipment_id = s.id AND x.kind = 'delayed'
          AND (x.resolved_at IS NULL OR x.created_at > {news}))
    ORDER BY s.shipped_at LIMIT {limit}
"""
_HEARD = """
    SELECT s.id, s.order_id FROM parcel_exceptions x JOIN shipments s ON s.id = x.shipment_id
    WHERE x.kind = 'delayed' AND x.resolved_at IS NULL AND (
        s.state NOT IN ('shipped', 'in_transit', 'out_for_delivery') OR EXISTS (
            SELECT FROM shipment_events e
            WHERE e.shipment_id = s.id AND e.created_at > x.created_at))
    ORDER BY x.id LIMIT {limit}
"""
_STILL = text(f"""
    SELECT s.number, s.merchant_id FROM shipments s WHERE s.id = :id
      AND s.state IN ('shipped', 'in_transit', 'out_for_delivery')
      AND {_NEWS} < now() - make_interval(secs => CAST(:seconds AS float))
""")
_ASK_BACK = text("""
    INSERT INTO parcel_intercepts (id, shipment_id, request_number, adapter, state, reason,
        asked_by)
    SELECT CAST(:id AS uuid), s.id, s.number || '-B' || (
            SELECT count(*) + 1 FROM parcel_intercepts x WHERE x.shipment_id = s.id),
        :adapter, 'asked', :reason, :actor
    FROM shipments s WHERE s.id = :shipment_id RETURNING *
""")
_LIVE_BACK = text("""
    SELECT * FROM parcel_intercepts
    WHERE shipment_id = :shipment_id AND state IN ('asked', 'accepted')
""")
_SETTLE_BACK = text("""
    UPDATE parcel_intercepts SET state = :state, answer = :answer, settled_at = now()
    WHERE id = :id AND state = 'asked'
""")
_ONE_BACK = text("SELECT * FROM parcel_intercepts WHERE id = :id")


class ParcelCareRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def open(self, shipment_id: UUID, kind: str) -> bool:
        """Note that something is wrong; False when it is noted already."""
        values = {"id": new_id(), "shipment_id": shipment_id, "kind": kind}
        return await self._session.scalar(_OPEN, values) is not None

    async def close(
        self, shipment_id: UUID, kinds: Collection[str], *, actor: str, note: str | None = None
    ) -> None:
        values = {"shipment_id": shipment_id, "kinds": list(kinds), "actor": actor, "note": note}
        await self._session.execute(_CLOSE, values)

    async def overdue(self, *, silence_seconds: float, limit: int) -> Sequence[RowMapping]:
        """Parcels nothing was heard of for that long beyond what was to be expected."""
        statement = text(_OVERDUE.format(news=_NEWS, limit=int(limit)))
        found = await self._session.execute(statement, {"seconds": silence_seconds})
        return found.mappings().all()

    async def still_silent(self, shipment_id: UUID, silence_seconds: float) -> RowMapping | None:
        values = {"id": shipment_id, "seconds": silence_seconds}
        return (await self._session.execute(_STILL, values)).mappings().first()

    async def heard_again(self, limit: int) -> Sequence[RowMapping]:
        """Parcels that were silent and are not any more."""
        found = await self._session.execute(text(_HEARD.format(limit=int(limit))))
        return found.mappings().all()

    async def page(
        self, *, after: UUID | None, limit: int, is_open: bool | None, **wanted: Any
    ) -> Sequence[RowMapping]:
        """Newest first."""
        columns = {"kind": "x.kind", "merchant_id": "s.merchant_id", "order_id": "s.order_id"}
        values = {name: value for name, value in wanted.items() if value is not None}
        conditions = [before("x.id"), *(f"{columns[name]} = :{name}" for name in values)]
        if is_open is not None:
            conditions.append(f"x.resolved_at IS {'' if is_open else 'NOT '}NULL")
        statement = (
            f"SELECT {_COLUMNS} {_FROM} WHERE {' AND '.join(conditions)}"
            f" ORDER BY x.id DESC LIMIT {int(limit)}"
        )
        found = await self._session.execute(text(statement), {**values, "after": after})
        return found.mappings().all()

    async def one(self, exception_id: UUID) -> RowMapping | None:
        found = await self._session.execute(
            text(f"SELECT {_COLUMNS} {_FROM} WHERE x.id = :id"), {"id": exception_id}
        )
        return found.mappings().first()

    async def ask_back(
        self, shipment_id: UUID, adapter: str, reason: str, *, actor: str
    ) -> RowMapping:
        values = {"id": new_id(), "shipment_id": shipment_id, "adapter": adapter}
        found = await self._session.execute(_ASK_BACK, values | {"reason": reason, "actor": actor})
        return found.mappings().one()

    async def live_intercept(self, shipment_id: UUID) -> RowMapping | None:
        found = await self._session.execute(_LIVE_BACK, {"shipment_id": shipment_id})
        return found.mappings().first()

    async def settle_intercept(self, id_: UUID, state: str, answer: str | None) -> RowMapping:
        values = {"id": id_, "state": state, "answer": answer}
        await self._session.execute(_SETTLE_BACK, values)
        return (await self._session.execute(_ONE_BACK, {"id": id_})).mappings().one()
