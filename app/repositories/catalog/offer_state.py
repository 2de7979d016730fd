"""What the offers of a page depend on besides its goods, read by the statement of the page.

An answer worked out before is good for another page when nothing it depends on has changed; the
very statement that reads the goods tells, so no process serves what another has changed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.core.enums.catalog import TaxMode
from app.repositories.kits import whole_kits


def offer_key(spu: str, prices: str) -> str:
    """SQL that names all the offers of a product depend on but what is running.

    The arguments are aliases of the product and of its present row of `spu_prices`. It begins
    with the product's id; equal keys mean equal goods at equal prices.
    """
    return f"""{spu}.id || ' ' || {prices}.digest || CASE WHEN {prices}.has_quotas THEN coalesce(
        ' ' || (SELECT string_agg(k.id || '/' || q.price_list_id, ' '
                ORDER BY k.id, q.price_list_id)
            FROM skus k JOIN prices q ON q.sku_id = k.id AND q.min_quantity = 1
                AND q.sold >= q.quota
            WHERE k.spu_id = {spu}.id AND k.status = 'active'), '') ELSE '' END"""


# Ids are read off a subquery: were their number known, PostgreSQL would plan every page anew.
_LIMITS = """(
    SELECT json_agg(json_build_array(q.promotion_id, q.total_uses - q.reserved - q.consumed,
        q.budget_minor - q.reserved_minor - q.consumed_minor) ORDER BY q.promotion_id)::text
    FROM promotion_quotas q
    WHERE q.promotion_id = ANY (ARRAY(SELECT unnest(CAST(:limited_ids AS uuid[])))))"""

FREE = "q.on_hand - q.reserved - q.safety"
IN_OPEN = "q.warehouse_id IN (SELECT id FROM open_warehouses)"
_KIT = whole_kits("c.kit_id = k.id", FREE, IN_OPEN)

_GIFTS = f"""(
    SELECT json_agg(json_build_array(k.id,
        (SELECT price_at(r.price_minor, r.change_ats, r.change_minors, now()) FROM prices r
            JOIN price_lists l ON l.id = r.price_list_id AND l.is_active AND l.kind = 'list'
                AND l.currency = ch.currency
                AND (l.channel_id IS NULL OR l.channel_id = ch.id)
                AND coalesce(l.starts_at <= now(), true) AND coalesce(l.ends_at > now(), true)
            WHERE r.sku_id = k.id AND r.min_quantity = 1
                AND price_at(r.price_minor, r.change_ats, r.change_minors, now()) IS NOT NULL
            ORDER BY l.channel_id IS NULL, l.id LIMIT 1),
        CASE WHEN k.is_kit THEN (SELECT e.pieces FROM ({_KIT}) e)
            ELSE (SELECT sum(greatest({FREE}, 0)) FROM stock q
                WHERE q.sku_id = k.id AND {IN_OPEN}) END) ORDER BY k.id)::text
    FROM skus k CROSS JOIN ch
    WHERE k.id = ANY (ARRAY(SELECT unnest(CAST(:gift_ids AS uuid[])))) AND k.status = 'active')"""


@dataclass(frozen=True, slots=True)
class Watched:
    """Promotions with limits and SKUs that are given away: what is left of them is read, too."""

    limited_ids: tuple[UUID, ...] = ()
    gift_ids: tuple[UUID, ...] = ()

    @property
    def shape(self) -> tuple[bool, bool]:
        """On what the text of a statement depends."""
        return bool(self.limited_ids), bool(self.gift_ids)

    def values(self) -> dict[str, Any]:
        named: dict[str, Sequence[UUID]] = {}
        if self.limited_ids:
            named["limited_ids"] = list(self.limited_ids)
        if self.gift_ids:
            named["gift_ids"] = list(self.gift_ids)
        return named


NOTHING_WATCHED = Watched()


@dataclass(frozen=True, slots=True)
class OfferState:
    """Read with the goods of a page, in the same instant.

    `epoch` numbers the running promotions, `at` is the database's clock. `limits` is JSON of
    `[promotion id, uses left, budget left]`, null for what is unlimited, and `gifts` of `[SKU id,
    list price, pieces]`; None where nothing of the sort is watched.
    """

    channel_id: UUID
    currency: str
    tax_mode: TaxMode
    epoch: int | None
    at: datetime
    limits: str | None
    gifts: str | None


def state_columns(shape: tuple[bool, bool]) -> str:
    """Columns of `OfferState` beside those of the channel, for a statement that has `ch`."""
    is_limited, gives = shape
    return f"""(SELECT number FROM promotion_epochs) AS epoch, now() AS at,
        {_LIMITS if is_limited else "CAST(NULL AS text)"} AS limits,
        {_GIFTS if gives else "CAST(NULL AS text)"} AS gifts"""


def state_of(row: Any, channel_id: UUID) -> OfferState:
    """The state of a row with `state_columns` and `currency` and `tax_mode` of its channel."""
    mode = TaxMode(row.tax_mode)
    return OfferState(channel_id, row.currency, mode, row.epoch, row.at, row.limits, row.gifts)
