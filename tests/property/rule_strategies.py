"""Carts and promotions at random, with thresholds drawn to just under, at and over a subtotal."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from app.services.pricing.engine import BLOCK_ALL, Line
from app.services.promotions.engine import Promotion, Stack
from tests.property import item_strategies
from tests.unit.promotions import rules

Draw = Callable[[st.SearchStrategy[Any]], Any]

CATEGORIES = ("a", "b")
SCOPES = ({}, {"categories": ["a"]}, {"categories": ["b"]}, {"exclude_categories": ["b"]})


@st.composite
def carts(draw: Draw, *, most_lines: int = 4, is_plain: bool = False) -> list[Line]:
    """Return lines; some share a SKU, and unless plain some are blocked or have a floor."""
    lines = []
    skus: dict[str, tuple[int, frozenset[str]]] = {}
    for number in range(draw(st.integers(1, most_lines))):
        sku = draw(st.sampled_from(("x", "y", f"s{number}")))
        if sku not in skus:
            price = draw(st.one_of(st.integers(1, 400), st.sampled_from((99, 100, 101, 1_000))))
            skus[sku] = (price, frozenset(draw(st.sets(st.sampled_from(CATEGORIES)))))
        price, categories = skus[sku]
        floor = 0 if is_plain else draw(st.sampled_from((0, 0, 0, price // 2, price)))
        blocks = () if is_plain else draw(st.sampled_from(((), (), (), BLOCK_ALL)))
        lines.append(
            rules.line(
                f"L{number}",
                price,
                draw(st.integers(1, 3)),
                sku_id=sku,
                categories=categories,
                floor_minor=floor,
                blocks=blocks,
                tax_rate_bps=draw(st.sampled_from((0, 600, 1_300))),
            )
        )
    return lines


@st.composite
def offers(
    draw: Draw, lines: list[Line], *, most: int = 5, scopes: tuple[Any, ...] = SCOPES
) -> list[Promotion]:
    """Return up to `most` order and coupon promotions whose thresholds are near what counts."""
    return [
        draw(offer(f"P{number}", lines, scopes)) for number in range(draw(st.integers(0, most)))
    ]


@st.composite
def offer(draw: Draw, key: str, lines: list[Line], scopes: tuple[Any, ...] = SCOPES) -> Promotion:
    scope = draw(st.sampled_from(scopes))
    near = draw(amounts_near(lines, scope))
    conditions = draw(
        st.sampled_from(
            (
                [],
                [],
                [rules.min_amount(near)],
                [rules.min_amount(near, on="list")],
                [rules.min_amount(near, scope=draw(st.sampled_from(scopes)))],
                [rules.min_quantity(draw(st.integers(1, 4)))],
            )
        )
    )
    make = draw(st.sampled_from((rules.promotion, rules.promotion, rules.coupon)))
    return make(
        key,
        draw(actions(near)),
        *conditions,
        scope=scope,
        stack=draw(stacks()),
        limit=draw(st.sampled_from((None, None, None, 7, 60))),
        priority=draw(st.integers(0, 2)),
    )


@st.composite
def amounts_near(draw: Draw, lines: list[Line], scope: dict[str, Any]) -> int:
    """Return an amount just under, at or over what the lines, or those in scope, cost."""
    inside = [
        line
        for line in lines
        if not scope.get("categories") or set(scope["categories"]) & line.categories
    ]
    counted = draw(st.sampled_from((lines, inside)))
    subtotal = sum(line.list_minor * line.quantity for line in counted)
    off = draw(st.sampled_from((-61, -30, -10, -1, 0, 1)))
    share = draw(st.sampled_from((1, 1, 1, 2, 3)))
    return max(1, (subtotal + off) // share)


@st.composite
def actions(draw: Draw, near: int) -> dict[str, Any]:
    off = draw(st.one_of(st.integers(1, 120), st.sampled_from((1, 10, 30, 60))))
    rate = draw(st.sampled_from((1, 333, 500, 1_000, 2_500, 10_000)))
    return draw(
        st.sampled_from(
            (
                rules.amount_off(off),
                rules.percent_off(rate, draw(st.sampled_from((None, off)))),
                rules.each(max(near // 2, off), off, draw(st.sampled_from((None, 1, 2)))),
                rules.ladder((near, off)),
                rules.ladder((max(1, near // 2), off), (near + 1, off + 20)),
                rules.ladder((2, rate), (4, min(10_000, rate * 2)), by="quantity", off="off_bps"),
            )
        )
    )


@st.composite
def stacks(draw: Draw) -> dict[str, Any]:
    loose = {"in_stage": "stack"}
    return draw(
        st.sampled_from(
            (
                {},
                {},
                loose,
                loose,
                {"in_stage": "stack", "groups": ["g"]},
                {"in_stage": "stack", "groups": ["g", "h"]},
                {"in_stage": ["P0", "P1", "g"]},
                {"in_stage": "stack", "not_with": ["P2", "h"]},
                {"exclusive": "stage", "in_stage": "stack"},
                {"exclusive": "order"},
                {"across": "conflict"},
                {"across": ["order"]},
            )
        )
    )


@st.composite
def common_shops(draw: Draw, *, most: int = 6) -> tuple[list[Line], list[Promotion]]:
    """Return a cart without floors and promotions that all share on default terms."""
    lines = draw(carts(is_plain=True, most_lines=5))
    promotions = []
    for number in range(draw(st.integers(0, most))):
        make = draw(st.sampled_from((item_strategies.item, item_strategies.item, offer)))
        made = draw(make(f"P{number}", lines))
        plain = Stack(scope="unit" if made.stage == "item" else "order")
        rule = replace(made.rule, stack=plain, max_discount_minor=None)
        promotions.append(replace(made, rule=rule))
    return lines, promotions


@st.composite
def shops(
    draw: Draw, *, most: int = 5, is_plain: bool = False
) -> tuple[list[Line], list[Promotion]]:
    """Return a cart and promotions of every stage drawn for it."""
    lines = draw(carts(is_plain=is_plain))
    promotions = draw(offers(lines, most=most))
    return lines, [
        draw(item_strategies.other(each.id, lines)) if draw(st.booleans()) else each
        for each in promotions
    ]
