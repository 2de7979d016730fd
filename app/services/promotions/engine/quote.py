"""From a cart and its candidate promotions to a quote."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import cast

from app.core.enums.pricing import Objective
from app.core.json import dump_bytes
from app.services.pricing.engine import TaxMode, price_lines, tax_minor
from app.services.promotions.engine.actions import GiftAction
from app.services.promotions.engine.actions.base import GIFT
from app.services.promotions.engine.board import Board
from app.services.promotions.engine.compatibility import conflict_masks
from app.services.promotions.engine.context import Cart, Context
from app.services.promotions.engine.evaluate import Evaluator
from app.services.promotions.engine.groups import link
from app.services.promotions.engine.layout import (
    lay_out_applied,
    lay_out_gifts,
    lay_out_lines,
    lay_out_rejected,
)
from app.services.promotions.engine.optimise import Choice, by_priority, customer_best
from app.services.promotions.engine.quote_types import LineQuote, Quote, Totals, money_hash
from app.services.promotions.engine.screen import Slate, screen
from app.services.promotions.engine.trace import Trace
from app.services.promotions.engine.types import Promotion

ENGINE_VERSION = "2.4.0"
"""Changes whenever the same input could give another quote."""


def quote(cart: Cart, promotions: Iterable[Promotion], context: Context) -> Quote:
    """Price `cart` and choose among `promotions` what to apply, with a reason for every one left.

    `promotions` are all the candidates worth explaining, coupons of the shopper included. The
    result depends on the arguments alone and not on their order. Raises `ValueError` for a
    candidate or line given twice.
    """
    promotions = tuple(promotions)
    board = Board(
        price_lines(cart.lines, context.prices),
        context.max_discount_bps,
        fee_minor=cart.shipping_minor,
        gifts_minor=_gifts_minor(promotions),
    )
    evaluator = Evaluator(board)
    slate = screen(promotions, evaluator.root, context)
    conflicts = conflict_masks([candidate.promotion for candidate in slate.candidates])
    for candidate in slate.candidates:
        candidate.apart = conflicts.soft[candidate.index]
    link(slate.candidates)
    evaluator.know(slate.candidates)
    choice = _choose(evaluator, slate, conflicts.hard, context)
    trace = Trace(evaluator, choice, conflicts.hard, context.objective, cart.shipping_minor)
    # First, for what each unit costs answers much of what verdicts ask.
    lines, deciding, by_line = lay_out_lines(trace.final, context)
    refused = trace.verdicts(slate)
    taken = lay_out_applied(trace.final, slate.candidates, by_line)
    gifts = lay_out_gifts(trace.final, slate.candidates)
    fee = trace.final.fee_minor
    shipping_tax = tax_minor(fee, cart.shipping_tax_rate_bps, context.tax_mode)
    totals = _totals(lines, fee, cart.shipping_minor - fee, shipping_tax, context.tax_mode)
    return Quote(
        currency=context.currency,
        objective=str(context.objective),
        optimality="exact" if choice.is_exact else "bounded",
        gap_minor=choice.gap_minor,
        evaluations=choice.evaluations,
        engine_version=ENGINE_VERSION,
        rules_hash=_rules_hash(slate.ranked),
        lines=lines,
        shipping_minor=fee,
        shipping_tax_minor=shipping_tax,
        totals=totals,
        applied=taken,
        gifts=gifts,
        rejected=lay_out_rejected(slate.ranked, refused),
        next_tiers=trace.next_tiers(slate, refused),
        quote_hash=money_hash(context.currency, deciding, taken, gifts, totals, shipping_tax),
    )


def _choose(
    evaluator: Evaluator, slate: Slate, conflicts: Sequence[int], context: Context
) -> Choice:
    if context.objective == Objective.PRIORITY:
        return by_priority(evaluator, slate.candidates, conflicts)
    return customer_best(evaluator, slate.candidates, conflicts, context.max_evaluations)


def _totals(
    lines: Sequence[LineQuote],
    shipping_minor: int,
    shipping_discount_minor: int,
    shipping_tax_minor: int,
    mode: TaxMode,
) -> Totals:
    listed = sum([line.list_minor * line.quantity for line in lines])
    goods = sum([line.goods_minor for line in lines])
    net = sum([line.net_minor for line in lines])
    tax = sum([line.tax_minor for line in lines]) + shipping_tax_minor
    return Totals(
        list_minor=listed,
        price_saving_minor=listed - goods,
        goods_minor=goods,
        discount_minor=goods - net,
        shipping_minor=shipping_minor,
        shipping_discount_minor=shipping_discount_minor,
        tax_minor=tax,
        net_minor=net,
        payable_minor=net + shipping_minor + (tax if mode == TaxMode.EXCLUSIVE else 0),
    )


def _gifts_minor(promotions: Iterable[Promotion]) -> int:
    """Return what all gifts together could list for."""
    return sum(
        fact.list_minor * present.quantity
        for promotion in promotions
        if promotion.rule.action.kind is GIFT
        for present in cast("GiftAction", promotion.rule.action).presents
        for fact in promotion.gifts
        if fact.sku_id == present.sku_id
    )


def _rules_hash(ranked: Sequence[Promotion]) -> str:
    """Return a hash of the rules in play; the same rules give the same hash for every cart."""
    return hashlib.sha256(dump_bytes([each.ruled for each in ranked])).hexdigest()
