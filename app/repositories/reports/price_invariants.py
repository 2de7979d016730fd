"""Invariants of what goods cost everybody over time, and of what lists remember of it."""

from app.repositories.reports.audit import Invariant

# What the triggers on prices, lists, SKUs, products, floors and channels should have kept of now,
# with the digest by which offers are remembered, worked out from all there is at once.
_PROJECTED = """
    SELECT s.id AS spu_id, r.channel_id, r.min_minor, r.max_minor, r.has_quotas,
        CAST(md5(concat_ws(' ', r.terms, s.category_id, s.tax_class, s.brand_id)) AS uuid)
            AS digest
    FROM (
        SELECT spu_id, channel_id, min(minor) AS min_minor, max(minor) AS max_minor,
            string_agg(terms, ';' ORDER BY terms) AS terms, bool_or(has_quotas) AS has_quotas
        FROM (
            SELECT spu_id, channel_id, sku_id, least(
                    (array_agg(minor ORDER BY is_general, list_id)
                        FILTER (WHERE kind = 'list'))[1],
                    min(minor) FILTER (WHERE kind = 'channel')) AS minor,
                string_agg(terms, ',' ORDER BY terms) AS terms, bool_or(has_quota) AS has_quotas
            FROM (
                SELECT k.spu_id, c.id AS channel_id, k.id AS sku_id, l.kind, p.minor,
                    l.channel_id IS NULL AS is_general, l.id AS list_id, p.has_quota,
                    concat_ws(' ', k.id, l.id, p.minor, p.has_quota,
                        coalesce(p.per_member, 0), l.kind, l.blocks_promotions,
                        coalesce(l.tier, '-'), coalesce(l.channel_id::text, '-'),
                        coalesce(f.floor_minor, -1),
                        coalesce(CASE WHEN k.cost_currency = c.currency THEN k.cost_minor END,
                            -1),
                        extract(epoch FROM l.ends_at)) AS terms
                FROM (
                    SELECT sku_id, price_list_id, per_member, quota IS NOT NULL AS has_quota,
                        price_at(price_minor, change_ats, change_minors, now()) AS minor
                    FROM prices WHERE min_quantity = 1) p
                JOIN skus k ON k.id = p.sku_id AND k.status = 'active'
                JOIN price_lists l ON l.id = p.price_list_id AND l.is_active
                    AND coalesce(l.starts_at <= now(), true) AND coalesce(l.ends_at > now(), true)
                JOIN channels c ON c.currency = l.currency
                    AND (l.channel_id IS NULL OR l.channel_id = c.id)
                LEFT JOIN price_floors f ON f.sku_id = k.id AND f.currency = c.currency
                WHERE p.minor IS NOT NULL) offers
            GROUP BY spu_id, channel_id, sku_id
            HAVING bool_or(kind = 'list')) pieces
        GROUP BY spu_id, channel_id) r
    JOIN spus s ON s.id = r.spu_id
"""

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
                SELECT p.sku_id, c.id AS channel_id, l.kind, l.id AS list_id,
                    price_at(p.price_minor, p.change_ats, p.change_minors, now()) AS price_minor,
                    l.channel_id IS NULL AS is_general
                FROM prices p
                JOIN skus k ON k.id = p.sku_id AND k.status = 'active'
                JOIN price_lists l ON l.id = p.price_list_id AND l.is_active
                    AND l.kind IN ('list', 'channel', 'flash')
                    AND coalesce(l.starts_at <= now(), true) AND coalesce(l.ends_at > now(), true)
                JOIN channels c ON c.currency = l.currency
                    AND (l.channel_id IS NULL OR l.channel_id = c.id)
                WHERE p.min_quantity = 1 AND price_at(
                    p.price_minor, p.change_ats, p.change_minors, now()) IS NOT NULL) offers
            GROUP BY sku_id, channel_id HAVING bool_or(kind = 'list')) n
        FULL JOIN (
            SELECT sku_id, channel_id, price_minor FROM price_spans
            WHERE valid_from <= now() AND valid_to > now()) s USING (sku_id, channel_id)
        WHERE n.minor IS DISTINCT FROM s.price_minor
        """,
    ),
    Invariant(
        "what lists show of a product is what its prices make",
        f"""
        SELECT spu_id, channel_id, n.min_minor, v.min_minor AS shown_minor, n.max_minor,
            v.max_minor AS shown_most_minor, n.digest IS DISTINCT FROM v.digest AS is_stale
        FROM ({_PROJECTED}) n
        FULL JOIN (
            SELECT * FROM spu_prices WHERE valid_from <= now() AND valid_to > now()) v
            USING (spu_id, channel_id)
        WHERE (n.min_minor, n.max_minor, n.digest, n.has_quotas)
            IS DISTINCT FROM (v.min_minor, v.max_minor, v.digest, v.has_quotas)
        """,
    ),
    Invariant(
        "changes to come stand in order of time",
        """
        SELECT sku_id, price_list_id, min_quantity, change_ats FROM prices
        WHERE change_ats IS NOT NULL
          AND change_ats <> ARRAY(SELECT DISTINCT a FROM unnest(change_ats) a ORDER BY a)
        """,
    ),
    Invariant(
        "every change to come is planned, and every planned change comes",
        """
        SELECT sku_id, price_list_id, min_quantity, at, p.minor, r.minor AS planned
        FROM (
            SELECT * FROM (
                SELECT sku_id, price_list_id, min_quantity, unnest(change_ats) AS at,
                    unnest(change_minors) AS minor
                FROM prices WHERE change_ats IS NOT NULL) c
            WHERE at > now()) p
        FULL JOIN (
            SELECT r.sku_id, s.price_list_id, r.min_quantity, s.takes_effect_at AS at,
                r.new_minor AS minor
            FROM price_schedules s JOIN price_schedule_rows r ON r.schedule_id = s.id
            WHERE s.state = 'scheduled' AND s.takes_effect_at > now()) r
            USING (sku_id, price_list_id, min_quantity, at)
        WHERE p.minor IS DISTINCT FROM r.minor
        """,
    ),
)
