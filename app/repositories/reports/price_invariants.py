"""Invariants of what goods cost everybody over time."""

from app.repositories.reports.audit import Invariant

PRICES = (
    Invariant(
        "a SKU costs everybody one price at a time",
        """
        SELECT sku_id, channel_id, valid_from, valid_to, next_from FROM (
            SELECT *, lead(valid_from) OVER (PARTITION BY sku_id, channel_id ORDER BY valid_from)
                AS next_from FROM price_spans) s
        WHERE valid_to > next_from
        """,
    ),
    Invariant(
        "what a SKU costs everybody now is the lowest of its lists",
        """
        SELECT sku_id, channel_id, n.minor, s.price_minor FROM (
            SELECT sku_id, channel_id, least(
                (array_agg(price_minor ORDER BY is_general, list_id)
                    FILTER (WHERE kind = 'list'))[1],
                min(price_minor) FILTER (WHERE kind <> 'list')) AS minor
            FROM (
                SELECT p.sku_id, c.id AS channel_id, l.kind, l.id AS list_id, p.price_minor,
                    l.channel_id IS NULL AS is_general
                FROM prices p
                JOIN skus k ON k.id = p.sku_id AND k.status = 'active'
                JOIN price_lists l ON l.id = p.price_list_id AND l.is_active
                    AND l.kind IN ('list', 'channel', 'flash')
                    AND coalesce(l.starts_at <= now(), true) AND coalesce(l.ends_at > now(), true)
                JOIN channels c ON c.currency = l.currency
                    AND (l.channel_id IS NULL OR l.channel_id = c.id)
                WHERE p.min_quantity = 1) offers
            GROUP BY sku_id, channel_id HAVING bool_or(kind = 'list')) n
        FULL JOIN (
            SELECT sku_id, channel_id, price_minor FROM price_spans
            WHERE valid_from <= now() AND valid_to > now()) s USING (sku_id, channel_id)
        WHERE n.minor IS DISTINCT FROM s.price_minor
        """,
    ),
)
