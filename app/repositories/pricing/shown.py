"""What product lists show of a piece: its name, its first picture, its list price.

For statements about offers `o` of a SKU, a currency and `:channel_id`.
"""

from app.repositories.pictures import picture

SHOWN_GOODS = f"""o.sku_id, k.code AS sku_code, coalesce(k.name, p.name) AS name, p.slug, k.options,
       x.list_minor,
       {picture("p.id", "k.id")} AS image_url"""

JOIN_GOODS = """
  JOIN skus k ON k.id = o.sku_id AND k.status = 'active'
  JOIN spus p ON p.id = k.spu_id AND p.status = 'on_sale'
  JOIN merchants s ON s.id = k.merchant_id AND s.is_active
  JOIN LATERAL (
      SELECT price_at(r.price_minor, r.change_ats, r.change_minors, now()) AS list_minor
        FROM prices r JOIN price_lists l ON l.id = r.price_list_id
       WHERE r.sku_id = k.id AND r.min_quantity = 1 AND l.kind = 'list' AND l.is_active
         AND price_at(r.price_minor, r.change_ats, r.change_minors, now()) IS NOT NULL
         AND l.currency = o.currency AND coalesce(l.channel_id = :channel_id, true)
         AND coalesce(l.starts_at <= now(), true) AND coalesce(l.ends_at > now(), true)
       ORDER BY l.channel_id IS NULL, l.id LIMIT 1) x ON true"""
