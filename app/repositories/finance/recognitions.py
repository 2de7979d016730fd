"""Recognitions of revenue, and what others pay of discounts."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

_COLUMNS = """
    r.id, r.order_id, r.reference, r.currency, r.prepaid_minor, r.funded_minor, r.goods_minor,
    r.shipping_minor, r.tax_minor, r.has_shipping, r.created_at
"""
_BY_REFERENCE = text(f"SELECT {_COLUMNS} FROM recognitions r WHERE r.reference = :reference")
_ADD = text(f"""
    WITH r AS (
        INSERT INTO recognitions (id, order_id, reference, currency, prepaid_minor, funded_minor,
            goods_minor, shipping_minor, tax_minor, has_shipping)
        VALUES (:id, :order_id, :reference, :currency, :prepaid_minor, :funded_minor,
            :goods_minor, :shipping_minor, :tax_minor, :has_shipping)
        RETURNING *),
    units AS (
        INSERT INTO earned_units (line_id, unit_index, recognition_id)
        SELECT u.line_id, i, r.id
        FROM r, unnest(CAST(:lines AS uuid[]), CAST(:firsts AS integer[]),
                       CAST(:quantities AS integer[])) AS u(line_id, first_index, quantity),
            generate_series(u.first_index, u.first_index + u.quantity - 1) AS i)
    SELECT {_COLUMNS} FROM r
""")
_SPONSORED = text("""
    SELECT line_id, unit_index, funder, amount_minor, tax_minor, tax_rate_bps
    FROM sponsored_units WHERE order_id = :order_id AND returned_by IS NULL
    ORDER BY line_id, unit_index, funder
""")
_SPONSOR = text("""
    INSERT INTO sponsored_units (line_id, unit_index, funder, order_id, currency, amount_minor,
        tax_minor, tax_rate_bps)
    SELECT u.line_id, u.unit_index, u.funder, :order_id, :currency, u.amount_minor, u.tax_minor,
        u.tax_rate_bps
    FROM unnest(CAST(:lines AS uuid[]), CAST(:places AS integer[]), CAST(:funders AS text[]),
                CAST(:amounts AS bigint[]), CAST(:taxes AS bigint[]), CAST(:rates AS integer[]))
        AS u(line_id, unit_index, funder, amount_minor, tax_minor, tax_rate_bps)
    ON CONFLICT DO NOTHING
""")
# Only what the refund itself brought back: each unit is given back once.
_RETURN = text("""
    UPDATE sponsored_units s SET returned_by = :number
    FROM unnest(CAST(:lines AS uuid[]), CAST(:firsts AS integer[]), CAST(:quantities AS integer[]))
        AS u(line_id, first_index, quantity)
    WHERE s.line_id = u.line_id AND s.returned_by IS NULL
      AND s.unit_index >= u.first_index AND s.unit_index < u.first_index + u.quantity
    RETURNING s.line_id, s.unit_index, s.funder, s.currency, s.amount_minor, s.tax_minor,
        s.tax_rate_bps,
        EXISTS (SELECT FROM earned_units e
                WHERE e.line_id = s.line_id AND e.unit_index = s.unit_index) AS is_earned
""")
_RETURN_GIFTS = text("""
    INSERT INTO gift_returns (line_id, unit_index, refund_number)
    SELECT e.line_id, e.unit_index, :number
    FROM unnest(CAST(:lines AS uuid[]), CAST(:firsts AS integer[]), CAST(:quantities AS integer[]))
        AS u(line_id, first_index, quantity)
    JOIN earned_units e ON e.line_id = u.line_id AND e.unit_index >= u.first_index
        AND e.unit_index < u.first_index + u.quantity
    ORDER BY 1, 2 ON CONFLICT DO NOTHING
    RETURNING line_id, unit_index
""")


class RecognitionRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def by_reference(self, reference: str) -> RowMapping | None:
        found = await self._session.execute(_BY_REFERENCE, {"reference": reference})
        return found.mappings().first()

    async def of_order(self, order_id: UUID) -> list[RowMapping]:
        found = await self._session.execute(
            text(f"SELECT {_COLUMNS} FROM recognitions r WHERE r.order_id = :id ORDER BY r.id"),
            {"id": order_id},
        )
        return list(found.mappings())

    async def add(
        self, row: Mapping[str, Any], spans: Sequence[tuple[UUID | None, int, int]]
    ) -> RowMapping:
        """A recognition with its units. A unit that is revenue already breaks a constraint."""
        values = dict(row) | _columns(spans)
        return (await self._session.execute(_ADD, values)).mappings().one()

    async def sponsored(self, order_id: UUID) -> list[RowMapping]:
        """What others pay of units that have not come back."""
        found = await self._session.execute(_SPONSORED, {"order_id": order_id})
        return list(found.mappings())

    async def sponsor(
        self, order_id: UUID, currency: str, units: Sequence[tuple[UUID, int, str, int, int, int]]
    ) -> None:
        names = ("lines", "places", "funders", "amounts", "taxes", "rates")
        columns = {name: [each[i] for each in units] for i, name in enumerate(names)}
        await self._session.execute(
            _SPONSOR, columns | {"order_id": order_id, "currency": currency}
        )

    async def give_back(
        self, number: str, spans: Sequence[tuple[UUID | None, int, int]]
    ) -> list[RowMapping]:
        """Mark units that came back with a refund; those that were not marked before."""
        found = await self._session.execute(_RETURN, {"number": number} | _columns(spans))
        return list(found.mappings())

    async def return_gifts(
        self, number: str, spans: Sequence[tuple[UUID | None, int, int]]
    ) -> list[tuple[UUID, int]]:
        """Note units of gifts that had left and came back; those that were not noted before."""
        found = await self._session.execute(_RETURN_GIFTS, {"number": number} | _columns(spans))
        return [(row.line_id, row.unit_index) for row in found]


def _columns(spans: Sequence[tuple[UUID | None, int, int]]) -> dict[str, Any]:
    units = [each for each in spans if each[0] is not None]
    names = ("lines", "firsts", "quantities")
    return {name: [each[i] for each in units] for i, name in enumerate(names)}
