"""What merchants of a cart offer of delivery, as a part of the statement that reads the cart."""

_SELLERS = """(SELECT k.merchant_id FROM cart_lines l JOIN skus k ON k.id = l.sku_id
               WHERE l.cart_id = c.id AND l.is_selected)"""


def offered_by(sellers: str, currency: str) -> str:
    """Columns `freight`, `point` and `slot` of the sellers; arguments `point_id` and `slot_id`.

    `sellers` is a set of merchants' ids, `currency` what their freight is in, both as SQL.
    """
    # A part of its own, for merchants without templates read an empty index and no more.
    return f"""(SELECT jsonb_agg(to_jsonb(t) || jsonb_build_object(
            'has_slot', t.method = 'same_city' AND EXISTS (
                SELECT FROM delivery_slots s
                WHERE s.merchant_id = t.merchant_id AND s.method = 'same_city' AND s.is_active
                  AND s.orders_until > now() AND s.taken < s.capacity)))
        FROM freight_templates t
        WHERE t.is_active AND t.currency = {currency} AND t.merchant_id IN {sellers}) AS freight,
       (SELECT to_jsonb(p) FROM pickup_points p
        WHERE p.id = CAST(:point_id AS uuid)) AS point,
       (SELECT to_jsonb(s) FROM delivery_slots s
        WHERE s.id = CAST(:slot_id AS uuid)) AS slot"""


OFFERED = offered_by(_SELLERS, "c.currency")
"""Columns `freight`, `point` and `slot` of a cart `c`; arguments `point_id` and `slot_id`."""
