"""A cart as its page shows it: lines with stock, the quote, what belongs together and why."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import NotFound
from app.repositories.cart import CartRepository
from app.services import inventory, promotions
from app.services.cart.desk import unapproved
from app.services.cart.errors import EmptyCart
from app.services.cart.freight import STANDARD
from app.services.cart.quoting import CartQuote, quote_snapshot
from app.services.cart.types import CartSnapshot, cart_of
from app.services.pricing import Exchange
from app.services.promotions.engine import NextTier

LOW_STOCK = 10
"""Fewer pieces than this are shown by number; more than that is nobody's business."""


async def view_cart(
    session: AsyncSession, cart_id: UUID, *, actor: Actor, point_value_minor: int = 1
) -> dict[str, Any]:
    """Everything a cart page needs, as plain data; nothing is changed.

    Lines that cannot be bought are shown and not quoted; without a line to quote the quote is
    null. Raises `NotFound` for a cart that is not open or not the actor's.
    """
    row = await CartRepository.of(session, actor).shown(cart_id, actor.shopper_id)
    if row is None:
        raise NotFound("No such open cart")
    lines: list[dict[str, Any]] = row["lines"]
    sku_ids = [UUID(line["sku_id"]) for line in lines]
    wanted: dict[str, int] = {}
    for line in lines:
        if line["is_selected"]:
            wanted[line["sku_id"]] = wanted.get(line["sku_id"], 0) + line["quantity"]
    available = await _available(session, row["channel_id"], sku_ids, wanted) if lines else {}
    snapshot = cart_of(row, (each for each in lines if each["is_selected"] and each["is_on_sale"]))
    quoted = await _quote(session, snapshot, point_value_minor)
    exchanges = {each.line_id: each for each in quoted.exchanges} if quoted else {}
    quoted_ids = {line.line_id for line in quoted.quote.lines} if quoted else set()
    waiting = set(map(str, unapproved(snapshot, quoted))) if quoted else set()
    desk = {"member_id": str(row["member_id"])} if actor.on_behalf_of else {}
    return desk | {
        "id": str(row["id"]),
        "version": row["version"],
        "channel_id": str(row["channel_id"]),
        "currency": row["currency"],
        "is_group_buy": row["is_group_buy"],
        "coupon_codes": row["coupon_codes"],
        "gift_choices": row["gift_choices"],
        "lines": [
            _shown(
                line, available[UUID(line["sku_id"])], wanted, is_priced=line["id"] in quoted_ids
            )
            | {"exchange": _exchange(exchanges.get(line["id"]))}
            | ({"agreed": _agreed(line, waiting)} if desk else {})
            for line in lines
        ],
        "groups": _groups(quoted) if quoted else [],
        "gifts": _gifts(quoted) if quoted else [],
        "unknown_codes": list(quoted.unknown_codes) if quoted else [],
        "quote": quoted.document() if quoted else None,
        "exchange_points": quoted.exchange_points if quoted else 0,
    }


async def _available(
    session: AsyncSession, channel_id: UUID, sku_ids: list[UUID], wanted: Mapping[str, int]
) -> dict[UUID, int]:
    """Pieces there are of each line's SKU, beside all that is selected with it."""
    chosen = {UUID(sku_id): n for sku_id, n in wanted.items()}
    return await inventory.available(session, sku_ids, channel_id, wanted=chosen)


async def _quote(
    session: AsyncSession, snapshot: CartSnapshot, point_value_minor: int
) -> CartQuote | None:
    try:
        return await quote_snapshot(
            session,
            snapshot,
            delivery={"kind": STANDARD},
            skip_unsaleable=True,
            point_value_minor=point_value_minor,
        )
    except EmptyCart:
        return None


def _shown(
    line: dict[str, Any], available: int, wanted: dict[str, int], *, is_priced: bool
) -> dict[str, Any]:
    """`state` is what keeps the line from being ordered; stock counts over all lines of a SKU."""
    state = "available"
    if not line["is_on_sale"] or (line["is_selected"] and not is_priced):
        state = _refused(line)
    elif available <= 0:
        state = "out_of_stock"
    elif available < max(line["quantity"], wanted.get(line["sku_id"], 0)):
        state = "not_enough"
    hidden = {"options_key", "is_on_sale", "agreed"}
    return {key: value for key, value in line.items() if key not in hidden} | {
        "state": state,
        "available": available if 0 <= available < LOW_STOCK or state == "not_enough" else None,
    }


def _agreed(line: dict[str, Any], waiting: Collection[str]) -> dict[str, Any] | None:
    """What staff agreed on for a line, and whether somebody else has to approve it first."""
    agreed: dict[str, Any] | None = line["agreed"]
    if agreed is None:
        return None
    return {name: agreed[name] for name in ("price_minor", "reason", "source", "approver")} | {
        "needs_approval": line["id"] in waiting
    }


def _refused(line: dict[str, Any]) -> str:
    if line["is_on_sale"] and line["exchange_offer_id"] is not None:
        return "exchange_unavailable"
    if line["is_on_sale"] and line["bargain_id"] is not None:
        return "bargain_unavailable"
    return "not_for_sale"


def _exchange(exchange: Exchange | None) -> dict[str, int] | None:
    """What one piece costs that is to be had for points."""
    if exchange is None:
        return None
    return {"points": exchange.points, "cash_minor": exchange.cash_minor}


def _groups(quoted: CartQuote) -> list[dict[str, Any]]:
    """One group per promotion that applies or nearly does, with the way to its next tier.

    Its lines are those it takes something off, else those that count towards it: goods whose
    price promotions may not touch do not.
    """
    quote = quoted.quote
    blocked = {line.line_id for line in quote.lines if all(u.is_blocked for u in line.units)}
    tiers = {tier.promotion_id: tier for tier in quote.next_tiers}
    stages = {each.promotion_id: each.stage for each in quote.rejected}
    stages |= {each.promotion_id: each.stage for each in quote.applied}
    amounts = {each.promotion_id: each for each in quote.applied}
    names = {each.promotion_id: each.name for each in quote.applied}
    names |= {each.promotion_id: each.name for each in quote.next_tiers}
    scopes = promotions.lines_of((p for p in quoted.promotions if p.id in names), quoted.facts)
    groups = []
    for promotion_id, name in names.items():
        taken = amounts.get(promotion_id)
        discounted = [line_id for line_id, _ in taken.by_line] if taken else []
        looked_at = [each for each in scopes[promotion_id] if each not in blocked]
        groups.append(
            {
                "promotion_id": promotion_id,
                "name": name,
                "stage": stages.get(promotion_id),
                "amount_minor": taken.amount_minor if taken else 0,
                "line_ids": discounted or looked_at,
                "next_tier": _gap(tiers.get(promotion_id)),
            }
        )
    return groups


def _gifts(quoted: CartQuote) -> list[dict[str, Any]]:
    """What the order would bring for nothing, by name."""
    found = []
    for gift in quoted.quote.gifts:
        sku = quoted.skus[UUID(gift.sku_id)]
        found.append(gift.to_dict() | {"sku_code": sku.sku_code, "name": sku.name})
    return found


def _gap(tier: NextTier | None) -> dict[str, int | None] | None:
    """What is missing, null where nothing is: "add 12.00 more to save 20.00"."""
    if tier is None:
        return None
    return {
        "missing_minor": tier.missing_minor,
        "missing_quantity": tier.missing_quantity,
        "gain_minor": tier.gain_minor,
        "gift_minor": tier.gift_minor,
    }
