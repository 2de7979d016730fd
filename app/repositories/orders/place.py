"""Writing a new order: everything of it in one statement."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.direct import direct
from app.core.ids import new_id
from app.core.json import dump
from app.repositories.orders.review_due import made
from app.repositories.system.outbox import added_with

_TO_REVIEW = made("placed", "CAST(:is_reviewed AS boolean)")
# Constraint triggers run at the end of the statement, so the order of the parts does not matter.
# Callers hold the member's row, hence nobody adds an unpaid order between count and insert.
_PLACE = direct(f"""
WITH placed AS (
    INSERT INTO orders
           (id, number, member_id, channel_id, cart_id, currency, tax_mode, list_minor,
            price_saving_minor, discount_minor, shipping_minor, shipping_discount_minor,
            tax_minor, payable_minor, quote_hash, quote, priced_with, address, delivery, invoice,
            note, is_gift, gift_message, hides_prices, kind, source, reference, cost_centre,
            expires_at)
    SELECT o.id, o.number, :member_id, o.channel_id, :cart_id, o.currency, o.tax_mode,
           o.list_minor, o.price_saving_minor, o.discount_minor, o.shipping_minor,
           o.shipping_discount_minor, o.tax_minor, o.payable_minor, o.quote_hash, o.quote,
           o.priced_with, o.address, o.delivery, o.invoice, o.note, o.is_gift, o.gift_message,
           o.hides_prices, o.kind, o.source, o.reference, o.cost_centre, :expires_at
    FROM jsonb_to_record(CAST(:placed AS jsonb)) AS o(
        id uuid, number varchar, channel_id uuid, currency varchar, tax_mode varchar,
        list_minor bigint, price_saving_minor bigint, discount_minor bigint, shipping_minor bigint,
        shipping_discount_minor bigint, tax_minor bigint, payable_minor bigint,
        quote_hash varchar, quote jsonb, priced_with jsonb, address jsonb,
        delivery jsonb, invoice jsonb, note varchar, is_gift boolean, gift_message varchar,
        hides_prices boolean, kind varchar, source varchar, reference varchar,
        cost_centre varchar)
    WHERE CAST(:max_unpaid AS int) IS NULL OR :max_unpaid > (
        SELECT count(*) FROM (
            SELECT FROM orders WHERE member_id = :member_id AND payment_status = 'awaiting'
            LIMIT :max_unpaid) unpaid)
    ON CONFLICT (source, reference) WHERE reference IS NOT NULL DO NOTHING
    RETURNING id, member_id, address),
lines AS (
    INSERT INTO order_lines
           (id, order_id, member_id, position, spu_id, sku_id, merchant_id, sku_code, name,
            options, quantity, list_minor, goods_minor, discount_minor, net_minor, tax_minor,
            tax_rate_bps, note, is_gift, promotion_id, exchange_offer_id, exchange_points,
            bargain_id, agreed_reason, agreed_source, agreed_approver, unit_cost_minor)
    SELECT l.id, p.id, :member_id, l.position, l.spu_id, l.sku_id, l.merchant_id, l.sku_code,
           l.name, l.options, l.quantity, l.list_minor, l.goods_minor, l.discount_minor,
           l.net_minor, l.tax_minor, l.tax_rate_bps, l.note, l.is_gift, l.promotion_id,
           l.exchange_offer_id, l.exchange_points, l.bargain_id, l.agreed_reason,
           l.agreed_source, l.agreed_approver, l.unit_cost_minor
    FROM placed p, jsonb_to_recordset(CAST(:lines AS jsonb)) AS l(
        id uuid, position smallint, spu_id uuid, sku_id uuid, merchant_id uuid,
        sku_code varchar, name varchar, options jsonb, quantity int, list_minor bigint,
        goods_minor bigint, discount_minor bigint, net_minor bigint, tax_minor bigint,
        tax_rate_bps int, note varchar, is_gift boolean, promotion_id uuid,
        exchange_offer_id uuid, exchange_points bigint, bargain_id uuid,
        agreed_reason varchar, agreed_source varchar, agreed_approver varchar,
        unit_cost_minor bigint)),
units AS (
    INSERT INTO order_units
           (line_id, first_index, member_id, count, list_minor, price_minor, price_kind,
            net_minor, tax_minor, discounts)
    SELECT u.line_id, u.first_index, :member_id, u.count, u.list_minor, u.price_minor,
           u.price_kind, u.net_minor, u.tax_minor, u.discounts
    FROM placed p, jsonb_to_recordset(CAST(:units AS jsonb)) AS u(
        line_id uuid, first_index int, count int, list_minor bigint, price_minor bigint,
        price_kind varchar, net_minor bigint, tax_minor bigint, discounts jsonb)),
fulfilments AS (
    INSERT INTO fulfilments (id, number, order_id, member_id, merchant_id, warehouse_id, route)
    SELECT f.id, f.number, p.id, :member_id, f.merchant_id, f.warehouse_id, f.route
    FROM placed p, jsonb_to_recordset(CAST(:fulfilments AS jsonb)) AS f(
        id uuid, number varchar, merchant_id uuid, warehouse_id uuid, route jsonb)),
awaited AS (
    INSERT INTO order_holds (id, order_id, member_id, kind, reference, reason, data, held_by)
    SELECT f.hold_id, p.id, :member_id, 'backorder', CAST(f.id AS varchar), 'goods are to come',
           f.waits, 'system'
    FROM placed p, jsonb_to_recordset(CAST(:fulfilments AS jsonb)) AS f(
        id uuid, hold_id uuid, waits jsonb)
    WHERE f.waits IS NOT NULL),
parts AS (
    INSERT INTO fulfilment_lines (fulfilment_id, order_line_id, member_id, quantity)
    SELECT x.fulfilment_id, x.order_line_id, :member_id, x.quantity
    FROM placed p, jsonb_to_recordset(CAST(:parts AS jsonb)) AS x(
        fulfilment_id uuid, order_line_id uuid, quantity int)),
event AS (
    INSERT INTO order_events (id, order_id, member_id, kind, is_public, actor, data)
    SELECT :event_id, p.id, :member_id, 'placed', true, CAST(:actor AS varchar), '{{}}'
    FROM placed p),
{_TO_REVIEW},
told AS ({added_with("placed")}),
ordered AS (
    UPDATE carts c SET state = 'ordered', version = c.version + 1, updated_at = now()
    FROM placed p WHERE c.id = :cart_id)
SELECT count(*) FROM placed
""")


class PlaceRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def place(
        self, *, max_unpaid: int | None, told: Mapping[str, Any], **values: Any
    ) -> bool:
        """Write the order, close its cart, if it has one, and publish what is `told` of it.

        False when the member has `max_unpaid` orders that are not paid, or its source has the
        reference already.
        `placed` is the order's own columns, `lines`, `units`, `fulfilments` and `parts` its rows;
        `is_reviewed`: it may leave before it is paid, so it waits for its review from now on.
        """
        keys = {"review_id": new_id(), "hold_id": new_id()}
        documents = {
            name: dump(values.pop(name))
            for name in ("placed", "lines", "units", "fulfilments", "parts")
        }
        return bool(
            await self._session.scalar(
                _PLACE, {**values, **documents, **keys, **told, "max_unpaid": max_unpaid}
            )
        )

    async def placed_from(self, cart_id: UUID, member_id: UUID) -> UUID | None:
        """The order one of the member's carts became."""
        found: UUID | None = await self._session.scalar(
            text("SELECT id FROM orders WHERE cart_id = :cart_id AND member_id = :member_id"),
            {"cart_id": cart_id, "member_id": member_id},
        )
        return found

    async def referred(self, source: str, reference: str) -> UUID | None:
        """The order that has a reference among those of its source."""
        found: UUID | None = await self._session.scalar(
            text("SELECT id FROM orders WHERE source = :source AND reference = :reference"),
            {"source": source, "reference": reference},
        )
        return found
