"""Changes of orders. Callers hold the order's row."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, RowMapping, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id
from app.core.json import dump
from app.repositories.orders.review_due import made

# An invoice that was refused, or withdrawn, binds nobody; a red one takes a blue one back.
_FACTS = text("""
    SELECT o.id, o.number, o.member_id, o.channel_id, o.currency, o.version, o.state,
        o.payment_status, o.fulfilment_status, o.address, o.invoice, o.delivery, o.note,
        o.is_gift, o.gift_message, o.hides_prices, o.tax_mode, h.tax_mode AS tax_mode_now,
        (o.priced_with ->> 'shipping_tax_rate_bps')::integer AS shipping_tax_rate_bps,
        ARRAY(SELECT DISTINCT l.tax_rate_bps FROM order_lines l WHERE l.order_id = o.id)
            AS tax_rates,
        EXISTS (
            SELECT FROM invoices i WHERE i.order_id = o.id AND i.kind = 'blue'
              AND i.state NOT IN ('rejected', 'withdrawn')) AS is_invoiced
    FROM orders o JOIN channels h ON h.id = o.channel_id
    WHERE o.id = :order_id
      AND (CAST(:member_id AS uuid) IS NULL OR o.member_id = CAST(:member_id AS uuid))
""").columns(address=JSONB, invoice=JSONB, delivery=JSONB)
_UNIT_PRICES = text("""
    SELECT l.sku_id, max(u.net_minor) AS minor
    FROM order_lines l JOIN order_units u ON u.line_id = l.id
    WHERE l.order_id = :order_id AND NOT l.is_gift GROUP BY 1
""")
_SET = text("""
    UPDATE orders SET
        address = CASE WHEN v ? 'address' THEN v->'address' ELSE address END,
        delivery = CASE WHEN v ? 'delivery' THEN v->'delivery' ELSE delivery END,
        invoice = CASE WHEN v ? 'invoice' THEN nullif(v->'invoice', 'null') ELSE invoice END,
        note = CASE WHEN v ? 'note' THEN v->>'note' ELSE note END,
        is_gift = coalesce((v->>'is_gift')::boolean, is_gift),
        gift_message = CASE WHEN v ? 'gift_message' THEN v->>'gift_message' ELSE gift_message END,
        hides_prices = coalesce((v->>'hides_prices')::boolean, hides_prices)
    FROM (SELECT CAST(:fields AS jsonb) AS v) given WHERE id = :order_id
""")
_ADD = text("""
    INSERT INTO order_changes (id, order_id, member_id, actor, is_by_staff, reason, consent,
        before, after, pieces, refund_id, charge_id, order_version)
    SELECT CAST(:id AS uuid), o.id, o.member_id, :actor, :is_by_staff, :reason, :consent,
        CAST(:before AS jsonb), CAST(:after AS jsonb), CAST(:pieces AS jsonb),
        CAST(:refund_id AS uuid), CAST(:charge_id AS uuid), o.version
    FROM orders o WHERE o.id = :order_id
""")
_CHANGED = "m.state = 'open' AND m.fulfilment_status = 'unfulfilled'"
_REVIEW = text(f"""
    WITH o AS (
        SELECT id, member_id, address, state, fulfilment_status FROM orders WHERE id = :order_id),
    {made("o", _CHANGED, "'rejected', 'passed', 'approved'")}
    SELECT count(*) FROM review
""")
_READ = """
    SELECT c.id, c.order_id, c.created_at, c.actor, c.is_by_staff, c.reason, c.consent, c.before,
        c.after, c.pieces, c.order_version, r.number AS refund_number,
        coalesce(r.amount_minor, 0) AS refund_minor, c.charge_id,
        coalesce(g.amount_minor, 0) AS charged_minor
    FROM order_changes c
    LEFT JOIN refunds r ON r.id = c.refund_id
    LEFT JOIN order_charges g ON g.id = c.charge_id
"""
_JSON = {"before": JSONB, "after": JSONB, "pieces": JSONB}
_ONE = text(f"{_READ} WHERE c.id = :id").columns(**_JSON)


class ChangeRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def facts(self, order_id: UUID, *, member_id: UUID | None) -> RowMapping | None:
        """What decides whether the order may change; with a member, only if it is his."""
        values = {"order_id": order_id, "member_id": member_id}
        return (await self._session.execute(_FACTS, values)).mappings().first()

    async def unit_prices(self, order_id: UUID) -> dict[UUID, int]:
        """The most a piece of each SKU cost in the order, after promotions, as prices are."""
        found = await self._session.execute(_UNIT_PRICES, {"order_id": order_id})
        return {row.sku_id: row.minor for row in found}

    async def set_fields(self, order_id: UUID, fields: Mapping[str, Any]) -> None:
        """Set those of address, delivery, invoice, note and marks that are named."""
        if fields:
            values = {"order_id": order_id, "fields": dump(fields)}
            await self._session.execute(_SET, values)

    async def add(self, values: Mapping[str, Any]) -> None:
        """A change, with the version of the order that it made."""
        encoded = {name: dump(values[name]) for name in _JSON}
        await self._session.execute(_ADD, {**values, **encoded})

    async def review_again(self, order_id: UUID) -> None:
        """Have rules look at an order that goes somewhere else or costs more, if it is all here."""
        keys = {"review_id": new_id(), "hold_id": new_id(), "order_id": order_id}
        await self._session.execute(_REVIEW, keys)

    async def one(self, change_id: UUID) -> RowMapping:
        return (await self._session.execute(_ONE, {"id": change_id})).mappings().one()

    async def of_order(
        self, order_id: UUID, *, after: UUID | None, limit: int
    ) -> Sequence[Row[Any]]:
        """Newest first, from the id after which to go on."""
        older = "AND c.id < :after" if after else ""
        statement = text(
            f"{_READ} WHERE c.order_id = :order_id {older} ORDER BY c.id DESC LIMIT {int(limit)}"
        )
        values = {"order_id": order_id} | ({"after": after} if after else {})
        found = await self._session.execute(statement.columns(**_JSON), values)
        return found.all()
