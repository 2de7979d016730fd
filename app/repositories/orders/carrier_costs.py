"""Bills of carriers, and what parcels cost."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id
from app.repositories.keyset import before

_BILL = text("""
    INSERT INTO carrier_bills (id, carrier_code, number, currency, imported_by)
    VALUES (CAST(:id AS uuid), :carrier_code, :number, :currency, :actor)
    ON CONFLICT (carrier_code, number) DO NOTHING RETURNING id
""")
# A number that was unpacked and used again is the later parcel's.
_LINES = text("""
    INSERT INTO carrier_bill_lines (bill_id, position, tracking_number, charged_minor, shipment_id,
        quoted_minor)
    SELECT CAST(:bill_id AS uuid), w.position, w.number, w.charged, s.id,
        CASE WHEN s.currency = :currency THEN s.cost_minor END
    FROM unnest(CAST(:numbers AS varchar[]), CAST(:charged AS bigint[]))
        WITH ORDINALITY AS w(number, charged, position)
    LEFT JOIN LATERAL (
        SELECT x.id, x.cost_minor, x.currency FROM shipments x
        WHERE x.carrier_code = :carrier_code AND x.tracking_number = w.number
        ORDER BY x.state = 'void', x.id DESC LIMIT 1) s ON true
""")
# A line for a parcel that is charged already, by this bill or one before, is a second charge.
_READ = """
    SELECT l.bill_id, l.position, l.tracking_number, l.charged_minor, l.shipment_id,
        s.number AS shipment_number, l.quoted_minor, l.charged_minor - l.quoted_minor AS difference,
        CASE WHEN l.shipment_id IS NULL THEN 'unknown'
             WHEN EXISTS (SELECT FROM carrier_bill_lines p WHERE p.shipment_id = l.shipment_id
                          AND (p.bill_id, p.position) < (l.bill_id, l.position)) THEN 'repeated'
             WHEN l.quoted_minor IS NULL THEN 'unquoted'
             WHEN l.charged_minor = l.quoted_minor THEN 'equal'
             WHEN l.charged_minor > l.quoted_minor THEN 'more' ELSE 'less' END AS verdict
    FROM carrier_bill_lines l LEFT JOIN shipments s ON s.id = l.shipment_id
    WHERE l.bill_id = :bill_id
"""
_LISTED = f"SELECT * FROM ({_READ}) r {{where}} ORDER BY position LIMIT {{limit}}"
_TOTALS = f"""
    SELECT b.id, b.carrier_code, b.number, b.currency, b.imported_by, b.created_at, t.*
    FROM carrier_bills b, LATERAL (
        SELECT count(*) AS lines, coalesce(sum(r.charged_minor), 0)::bigint AS charged_minor,
            coalesce(sum(r.quoted_minor) FILTER (WHERE r.verdict <> 'repeated'), 0)::bigint
                AS quoted_minor,
            count(*) FILTER (WHERE r.verdict <> 'equal') AS differing
        FROM ({_READ.replace(":bill_id", "b.id")}) r) t
    WHERE {{condition}} ORDER BY b.id DESC LIMIT {{limit}}
"""
# What shoppers paid for an order's freight is shared by its parcels: whole minor units, the
# first ones get what is left over, so that the shares add up.
_REPORT = text("""
    WITH wanted AS (
        SELECT DISTINCT order_id FROM shipments
        WHERE shipped_at >= :since AND shipped_at < :until),
    parcels AS (
        SELECT s.*, o.shipping_minor AS freight,
            count(*) OVER (PARTITION BY s.order_id) AS n,
            row_number() OVER (PARTITION BY s.order_id ORDER BY s.id) AS place
        FROM wanted w JOIN shipments s USING (order_id) JOIN orders o ON o.id = s.order_id
        WHERE s.shipped_at IS NOT NULL),
    billed AS (
        SELECT l.shipment_id, b.currency, sum(l.charged_minor) AS charged
        FROM carrier_bill_lines l JOIN carrier_bills b ON b.id = l.bill_id
        WHERE l.shipment_id IN (SELECT id FROM parcels) GROUP BY 1, 2)
    SELECT p.carrier_code, p.merchant_id, p.currency, count(*) AS parcels,
        coalesce(sum(p.cost_minor), 0)::bigint AS quoted_minor,
        count(*) FILTER (WHERE p.cost_minor IS NULL) AS unquoted,
        coalesce(sum(b.charged), 0)::bigint AS charged_minor,
        count(b.charged) AS billed,
        coalesce(sum(p.freight / p.n + CASE WHEN p.place <= p.freight % p.n THEN 1 ELSE 0 END), 0)
            ::bigint AS freight_minor
    FROM parcels p LEFT JOIN billed b ON b.shipment_id = p.id AND b.currency = p.currency
    WHERE p.shipped_at >= :since AND p.shipped_at < :until
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
""")


class CarrierCostRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(
        self, carrier_code: str, number: str, currency: str, *, actor: str
    ) -> UUID | None:
        """None when the carrier's bill of that number is there already."""
        values = {"id": new_id(), "carrier_code": carrier_code, "number": number}
        made: UUID | None = await self._session.scalar(
            _BILL, values | {"currency": currency, "actor": actor}
        )
        return made

    async def add_lines(
        self, bill_id: UUID, carrier_code: str, currency: str, lines: Sequence[tuple[str, int]]
    ) -> None:
        """Numbers and what each is charged, matched with parcels."""
        values: dict[str, Any] = {
            "bill_id": bill_id,
            "carrier_code": carrier_code,
            "currency": currency,
            "numbers": [number for number, _ in lines],
            "charged": [charged for _, charged in lines],
        }
        await self._session.execute(_LINES, values)

    async def bills(self, *, after: UUID | None, limit: int) -> Sequence[RowMapping]:
        """Newest first, with what they add up to."""
        statement = _TOTALS.format(condition=before("b.id"), limit=int(limit))
        return (await self._session.execute(text(statement), {"after": after})).mappings().all()

    async def bill(self, bill_id: UUID) -> RowMapping | None:
        statement = _TOTALS.format(condition="b.id = :bill_id", limit=1)
        found = await self._session.execute(text(statement), {"bill_id": bill_id})
        return found.mappings().first()

    async def lines(
        self, bill_id: UUID, *, after: int, limit: int, is_differing: bool
    ) -> Sequence[RowMapping]:
        where = "WHERE position > :after" + (" AND verdict <> 'equal'" if is_differing else "")
        statement = text(_LISTED.format(where=where, limit=int(limit)))
        found = await self._session.execute(statement, {"bill_id": bill_id, "after": after})
        return found.mappings().all()

    async def report(self, since: datetime, until: datetime) -> Sequence[RowMapping]:
        found = await self._session.execute(_REPORT, {"since": since, "until": until})
        return found.mappings().all()
