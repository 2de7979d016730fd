"""SQL that several domains read kits with: of what they consist, and how many of them there are."""

# Uncorrelated, so it is read once for a statement; null where none of them is a kit.
KITS = """(
    SELECT jsonb_object_agg(b.kit_id, b.parts)
      FROM (SELECT c.kit_id, jsonb_agg(
                       jsonb_build_array(c.sku_id, c.quantity, c.worth) ORDER BY c.sku_id) AS parts
              FROM kit_components c
             WHERE c.kit_id = ANY(CAST(:sku_ids AS uuid[])) GROUP BY c.kit_id) b)"""
"""Components of the kits among `sku_ids`: `{kit: [[sku, quantity, worth]]}`."""

SHELVED = """CAST(:sku_ids AS uuid[]) || ARRAY(
    SELECT c.sku_id FROM kit_components c WHERE c.kit_id = ANY(CAST(:sku_ids AS uuid[])))"""
"""`sku_ids`, and what the kits among them consist of."""


def promised(owner: str, kit: str) -> str:
    """JSON of what a kit consists of that was promised to an owner; null for other goods."""
    return f"""(
    SELECT jsonb_agg(jsonb_build_object('sku_id', v.id, 'sku_code', v.code,
               'name', coalesce(v.name, h.name), 'quantity', q.quantity) ORDER BY v.code)
      FROM kit_promises q JOIN skus v ON v.id = q.sku_id JOIN spus h ON h.id = v.spu_id
     WHERE q.owner = {owner} AND q.kit_id = {kit})"""


def promised_to(fulfilment: str) -> str:
    """The owner of a fulfilment's promise; of what was repaired, of what was sold."""
    return f"""CASE {fulfilment}.kind WHEN 'replacement'
        THEN 'return:' || {fulfilment}.return_id || ':' || {fulfilment}.round
        ELSE 'order:' || {fulfilment}.order_id END"""


KIT_COST = """coalesce((
    SELECT CASE WHEN bool_and(v.cost_currency = :currency AND v.cost_minor IS NOT NULL)
                THEN sum(v.cost_minor * c.quantity)::bigint END
      FROM kit_components c JOIN skus v ON v.id = c.sku_id WHERE c.kit_id = k.id),
    CASE WHEN k.cost_currency = :currency THEN k.cost_minor END)"""
"""What the kit `k` costs to buy: what its pieces do, where that is known of all of them."""


def whole_kits(kits: str, free: str, places: str) -> str:
    """A query of `kit_id` and `pieces`: kits that are whole in one warehouse each.

    `kits` is a condition on the component `c`, `free` what may be had of the stock `q` of it, and
    `places` a condition on `q`.
    """
    return f"""
    SELECT w.kit_id, sum(w.pieces)::int AS pieces
      FROM (SELECT c.kit_id, min(greatest({free}, 0) / c.quantity) AS pieces
              FROM kit_components c JOIN stock q ON q.sku_id = c.sku_id
             WHERE {kits} AND {places}
             GROUP BY c.kit_id, q.warehouse_id
            HAVING count(*) = (SELECT count(*) FROM kit_components x WHERE x.kit_id = c.kit_id)) w
     GROUP BY w.kit_id"""
