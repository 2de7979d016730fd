"""Parcels that are followed, and what was told of them."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id
from app.models.shipping import UNDER_WAY

_ENDED = text(f"""
    DELETE FROM parcel_watches w USING shipments s
    WHERE s.id = w.shipment_id AND NOT (s.{UNDER_WAY})
""")
# Whoever makes a carrier's labels follows its parcels if it can, else the one who follows all.
_ENROL = """
    INSERT INTO parcel_watches (shipment_id, adapter)
    SELECT s.id, CASE WHEN c.adapter = ANY(:trackers) THEN c.adapter ELSE :tracker END
    FROM shipments s JOIN carriers c ON c.code = s.carrier_code
    WHERE s.{under_way} AND s.tracking_number IS NOT NULL
      AND (c.adapter = ANY(:trackers)
           OR (CAST(:tracker AS varchar) IS NOT NULL AND c.tracking_code IS NOT NULL))
      AND NOT EXISTS (SELECT FROM parcel_watches w WHERE w.shipment_id = s.id)
    ORDER BY s.shipped_at LIMIT {limit}
    ON CONFLICT (shipment_id) DO NOTHING
"""
_DUE = """
    UPDATE parcel_watches w SET tries = w.tries + 1,
        next_try_at = now() + make_interval(secs => CAST(:seconds AS float))
    FROM (
        SELECT x.shipment_id FROM parcel_watches x
        WHERE x.next_try_at <= now() AND (
            x.subscribed_at IS NULL
            OR x.heard_at <= now() - make_interval(secs => CAST(:silence AS float)))
        ORDER BY x.next_try_at LIMIT {limit} FOR UPDATE SKIP LOCKED) due
    WHERE w.shipment_id = due.shipment_id
    RETURNING w.shipment_id, w.adapter, w.subscribed_at, w.tries
"""
_SUBSCRIBED = text("""
    UPDATE parcel_watches SET subscribed_at = now(), reason = NULL WHERE shipment_id = :id
""")
_NOTE = text("UPDATE parcel_watches SET reason = :reason WHERE shipment_id = :id")
_HEARD = text("UPDATE parcel_watches SET heard_at = now() WHERE shipment_id = :id")
_KNOWN = text("""
    SELECT provider_id FROM shipment_events
    WHERE shipment_id = :id AND provider_id = ANY(:ids)
""")
_NAMED = text("""
    SELECT s.id FROM shipments s JOIN carriers c ON c.code = s.carrier_code
    WHERE s.tracking_number = :tracking_number AND s.state <> 'void'
      AND coalesce(c.tracking_code, c.code) = :carrier
""")
_STORE = text("""
    INSERT INTO carrier_pushes AS p (id, adapter, digest, carrier, tracking_number, raw)
    VALUES (CAST(:id AS uuid), :adapter, :digest, :carrier, :tracking_number, :raw)
    ON CONFLICT (adapter, digest) DO NOTHING RETURNING p.id
""")
_STORED = text("""
    SELECT id, processed_at FROM carrier_pushes WHERE adapter = :adapter AND digest = :digest
""")
_PROCESSED = text("""
    UPDATE carrier_pushes SET outcome = :outcome, processed_at = now()
    WHERE id = :id AND processed_at IS NULL
""")
_WAITING = """
    SELECT id, adapter, raw FROM carrier_pushes
    WHERE processed_at IS NULL AND created_at <= now() - make_interval(secs => 60)
    ORDER BY id LIMIT {limit}
"""
_FORGET = """
    DELETE FROM carrier_pushes WHERE id IN (
        SELECT id FROM carrier_pushes WHERE created_at < now() - make_interval(days => :days)
        ORDER BY created_at LIMIT {limit})
"""


class WatchRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def enrol(self, trackers: Collection[str], tracker: str | None, *, limit: int) -> None:
        """Watch what is on its way, and nothing that is not."""
        await self._session.execute(_ENDED)
        await self._session.execute(
            text(_ENROL.format(under_way=UNDER_WAY, limit=int(limit))),
            {"trackers": list(trackers), "tracker": tracker},
        )

    async def due(
        self, *, every_seconds: float, silence_seconds: float, limit: int
    ) -> Sequence[RowMapping]:
        """Claim parcels nobody tells about by themselves, or not for that long."""
        found = await self._session.execute(
            text(_DUE.format(limit=int(limit))),
            {"seconds": every_seconds, "silence": silence_seconds},
        )
        return found.mappings().all()

    async def subscribed(self, shipment_id: UUID) -> None:
        await self._session.execute(_SUBSCRIBED, {"id": shipment_id})

    async def note(self, shipment_id: UUID, reason: str) -> None:
        await self._session.execute(_NOTE, {"id": shipment_id, "reason": reason[:500]})

    async def heard(self, shipment_id: UUID) -> None:
        await self._session.execute(_HEARD, {"id": shipment_id})

    async def known(self, shipment_id: UUID, ids: Collection[str]) -> set[str]:
        """Which of these entries the parcel has."""
        found = await self._session.execute(_KNOWN, {"id": shipment_id, "ids": list(ids)})
        return set(found.scalars())

    async def named(self, carrier: str, tracking_number: str) -> UUID | None:
        """The parcel of a number at a carrier, as those who follow parcels call it."""
        found: UUID | None = await self._session.scalar(
            _NAMED, {"carrier": carrier, "tracking_number": tracking_number}
        )
        return found

    async def store(self, values: Mapping[str, Any]) -> tuple[UUID, bool]:
        """Keep a push; its id, and whether it was processed before."""
        made = await self._session.scalar(_STORE, {**values, "id": new_id()})
        if made is not None:
            return made, False
        names = {name: values[name] for name in ("adapter", "digest")}
        row = (await self._session.execute(_STORED, names)).mappings().one()
        return row["id"], row["processed_at"] is not None

    async def processed(self, push_id: UUID, outcome: str) -> None:
        await self._session.execute(_PROCESSED, {"id": push_id, "outcome": outcome})

    async def waiting(self, limit: int) -> Sequence[RowMapping]:
        """Pushes that were stored and not processed."""
        found = await self._session.execute(text(_WAITING.format(limit=int(limit))))
        return found.mappings().all()

    async def forget(self, *, older_than_days: int, limit: int) -> None:
        statement = text(_FORGET.format(limit=int(limit)))
        await self._session.execute(statement, {"days": older_than_days})
