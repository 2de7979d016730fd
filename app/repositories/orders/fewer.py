"""Orders that are not paid, with fewer pieces. Callers hold the order's row."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.json import dump

_FACTS = text("""
    SELECT o.source, o.payable_minor, o.version, o.priced_with, o.address, o.delivery,
        p.refund_valuation,
        EXISTS (SELECT FROM shipments s WHERE s.order_id = o.id) AS has_parcels,
        EXISTS (SELECT FROM tenders t WHERE t.plan_id = p.id AND t.kind = 'marketplace')
            AS is_paid_elsewhere,
        (SELECT jsonb_agg(jsonb_build_object(
            'id', l.id, 'sku_id', l.sku_id, 'sku_code', l.sku_code, 'quantity', l.quantity,
            'list_minor', l.list_minor, 'net_minor', l.net_minor, 'is_gift', l.is_gift,
            'promotion_id', l.promotion_id, 'offer_id', l.exchange_offer_id,
            'exchange_points', l.exchange_points, 'bargain_id', l.bargain_id,
            'wishes', coalesce(l.options -> 'wishes', '{}')) ORDER BY l.position)
         FROM order_lines l WHERE l.order_id = o.id) AS lines
    FROM orders o JOIN payment_plans p ON p.order_id = o.id WHERE o.id = :order_id
""").columns(priced_with=JSONB, address=JSONB, delivery=JSONB, lines=JSONB)
_TOTALS = text("""
    UPDATE orders SET list_minor = t.list_minor, price_saving_minor = t.price_saving_minor,
        discount_minor = t.discount_minor, tax_minor = t.tax_minor,
        payable_minor = t.payable_minor, quote = CAST(:quote AS jsonb),
        quote_hash = CAST(:quote AS jsonb) ->> 'quote_hash'
    FROM jsonb_to_record(CAST(:quote AS jsonb) -> 'totals') AS t(
        list_minor bigint, price_saving_minor bigint, discount_minor bigint, tax_minor bigint,
        payable_minor bigint)
    WHERE id = :order_id
""")
_LINES = text("""
    UPDATE order_lines l SET quantity = w.quantity, goods_minor = w.goods_minor,
        discount_minor = w.discount_minor, net_minor = w.net_minor, tax_minor = w.tax_minor,
        exchange_points = w.exchange_points
    FROM jsonb_to_recordset(CAST(:lines AS jsonb)) AS w(id uuid, quantity int, goods_minor bigint,
        discount_minor bigint, net_minor bigint, tax_minor bigint, exchange_points bigint)
    WHERE l.id = w.id AND l.order_id = :order_id
""")
_NO_UNITS = text("""
    DELETE FROM order_units u USING order_lines l WHERE l.id = u.line_id AND l.order_id = :order_id
""")
_UNITS = text("""
    INSERT INTO order_units (line_id, first_index, member_id, count, list_minor, price_minor,
        price_kind, net_minor, tax_minor, discounts)
    SELECT u.line_id, u.first_index, l.member_id, u.count, u.list_minor, u.price_minor,
        u.price_kind, u.net_minor, u.tax_minor, u.discounts
    FROM jsonb_to_recordset(CAST(:units AS jsonb)) AS u(
        line_id uuid, first_index int, count int, list_minor bigint, price_minor bigint,
        price_kind varchar, net_minor bigint, tax_minor bigint, discounts jsonb)
    JOIN order_lines l ON l.id = u.line_id
""")
# Pieces that were taken off leave no trace where nothing of them was ever packed.
_NO_PARTS = text("""
    DELETE FROM fulfilment_lines x USING fulfilments f
    WHERE f.id = x.fulfilment_id AND f.order_id = :order_id AND x.cancelled = x.quantity
""")
_PARTS = text("""
    UPDATE fulfilment_lines x SET quantity = x.quantity - x.cancelled, cancelled = 0
    FROM fulfilments f WHERE f.id = x.fulfilment_id AND f.order_id = :order_id AND x.cancelled > 0
""")
_NO_FULFILMENTS = text("""
    DELETE FROM fulfilments f WHERE f.order_id = :order_id
      AND NOT EXISTS (SELECT FROM fulfilment_lines x WHERE x.fulfilment_id = f.id)
""")
_NO_LINES = text("""
    DELETE FROM order_lines WHERE order_id = :order_id AND NOT id = ANY(CAST(:kept AS uuid[]))
""")


class FewerRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of(self, order_id: UUID) -> RowMapping:
        """What decides whether, and how, an unpaid order becomes less."""
        return (await self._session.execute(_FACTS, {"order_id": order_id})).mappings().one()

    async def write(
        self,
        order_id: UUID,
        quote: Mapping[str, Any],
        lines: Sequence[Mapping[str, Any]],
        units: Sequence[Mapping[str, Any]],
    ) -> None:
        """The order as it would have been placed: its totals and quote, lines and units.

        Of its fulfilments, what was cancelled is no part any more.
        """
        documents = {"quote": quote, "lines": lines, "units": units}
        values = {name: dump(each) for name, each in documents.items()}
        one, kept = {"order_id": order_id}, [each["id"] for each in lines]
        await self._session.execute(_TOTALS, one | {"quote": values["quote"]})
        for statement in (_NO_UNITS, _NO_PARTS, _PARTS, _NO_FULFILMENTS):
            await self._session.execute(statement, one)
        await self._session.execute(_NO_LINES, one | {"kept": kept})
        await self._session.execute(_LINES, one | {"lines": values["lines"]})
        await self._session.execute(_UNITS, {"units": values["units"]})
