"""Shops drawn onto the edges: a cent around every threshold, floors that bind, limits of one.

Uniform draws hardly ever meet an edge, and a wrong engine is right everywhere else.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

from app.services.pricing.engine import BLOCK_ALL, Line
from app.services.promotions.engine import Customer, GiftFact, Promotion, Quota
from tests.unit.promotions import rules

Draw = Callable[[st.SearchStrategy[Any]], Any]

SHOPPER = Customer(id="lin")
SCOPES = ({}, {}, {"categories": ["a"]}, {"categories": ["b"]})
LOOSE: dict[str, Any] = {"in_stage": "stack"}
MOODS: tuple[tuple[dict[str, Any], ...], ...] = (
    ({},),
    (LOOSE,),
    ({}, LOOSE, LOOSE, {"in_stage": ["P0"]}, {"in_stage": ["P1", "g"]}),
    (
        LOOSE,
        LOOSE,
        {"in_stage": "stack", "groups": ["g"]},
        {"in_stage": "stack", "not_with": ["g"]},
    ),
    (
        LOOSE,
        {"in_stage": "stack", "not_with": ["P0"]},
        {"across": "conflict"},
        {"across": ["item"]},
    ),
    ({}, LOOSE, {"exclusive": "order"}, {"exclusive": "stage", "in_stage": "stack"}),
)
"""How the promotions of a shop share; consent and refusal of one side alone among it."""

ACTIONS = (
    "percent_off_unit",
    "amount_off_unit",
    "fixed_price",
    "nth",
    "bxgy",
    "bundle_n",
    "bundle_fixed",
    "addon",
    "amount_off",
    "percent_off",
    "each",
    "ladder",
    "gift",
    "ship_free",
    "ship_off",
)


FOCI = (
    ("percent_off",),
    ("percent_off", "amount_off"),
    ("amount_off", "ladder", "each"),
    ("percent_off_unit", "amount_off_unit", "fixed_price"),
    ("nth", "bxgy", "percent_off_unit"),
    ("bundle_n", "bundle_fixed", "amount_off_unit"),
    ("amount_off_unit", "ladder"),
    ("addon", "nth", "amount_off"),
    ("gift", "amount_off", "ship_off"),
    ACTIONS,
)
"""Kinds that meet: of one stage, or of one that decides over the threshold of the next."""


@dataclass(frozen=True)
class EdgeShop:
    """`max_discount_bps` is the cap of the store."""

    lines: list[Line]
    promotions: list[Promotion]
    max_discount_bps: int
    fee: int

    def quote(self, **facts: Any) -> Any:
        return rules.quote(
            self.lines,
            *self.promotions,
            **{
                "max_discount_bps": self.max_discount_bps,
                "shipping_minor": self.fee,
                "customer": SHOPPER,
            }
            | facts,
        )

    @property
    def open(self) -> list[Promotion]:
        """Those with something left of their limits."""
        return [p for p in self.promotions if not _is_spent(p.quota)]


def _is_spent(quota: Quota) -> bool:
    return (
        quota.remaining_uses == 0
        or quota.remaining_budget_minor == 0
        or (quota.uses_per_customer is not None and quota.customer_uses >= quota.uses_per_customer)
    )


@st.composite
def edge_carts(draw: Draw) -> list[Line]:
    """Return a few pieces of like prices; floor and blocks belong to the SKU."""
    skus: dict[str, dict[str, Any]] = {}
    lines = []
    for number in range(draw(st.integers(1, 3))):
        sku = draw(st.sampled_from(("x", "y", "z")))
        if sku not in skus:
            price = draw(st.sampled_from((99, 100, 101, 150, 200)))
            skus[sku] = {
                "price": price,
                "categories": frozenset(draw(st.sets(st.sampled_from("ab")))),
                "floor_minor": draw(st.sampled_from((0, 0, price - 10, price - 1, price))),
                "blocks": draw(st.sampled_from(((), (), (), BLOCK_ALL))),
            }
        facts = dict(skus[sku])
        lines.append(
            rules.line(
                f"L{number}",
                facts.pop("price"),
                draw(st.integers(1, 3)),
                sku_id=sku,
                tax_rate_bps=1_300,
                **facts,
            )
        )
    return lines


@st.composite
def edges(draw: Draw, lines: list[Line], scope: dict[str, Any]) -> int:
    """Return what counts, or that less a likely discount, a cent under, at and over it."""
    inside = [
        line
        for line in lines
        if not line.blocks and (not scope or set(scope["categories"]) & line.categories)
    ]
    subtotal = sum(line.list_minor * line.quantity for line in inside)
    less = draw(st.sampled_from((0, 0, 1, 10, 20, 50, 100)))
    return max(2, subtotal - less + draw(st.sampled_from((-1, 0, 0, 1))))


@st.composite
def edge_shops(draw: Draw, *, most: int = 4, actions: tuple[str, ...] = ()) -> EdgeShop:
    """Return a shop with promotions of few kinds, so that those of a stage meet."""
    lines = draw(edge_carts())
    gifts = tuple(replace(fact, available=draw(st.integers(0, 1))) for fact in GIFTS)
    kinds = actions or draw(st.sampled_from(FOCI))
    mood = draw(st.sampled_from(MOODS))
    promotions = [
        draw(edge_promotion(f"P{number}", lines, kinds, mood, gifts))
        for number in range(draw(st.integers(1, most)))
    ]
    cap = draw(st.sampled_from((10_000, 10_000, 3_333, 1_001, 99)))
    return EdgeShop(lines, promotions, cap, draw(st.sampled_from((0, 10, 600))))


@st.composite
def edge_promotion(
    draw: Draw,
    key: str,
    lines: list[Line],
    kinds: tuple[str, ...] = ACTIONS,
    mood: tuple[dict[str, Any], ...] = MOODS[2],
    gifts: tuple[GiftFact, ...] = (),
) -> Promotion:
    scope = draw(st.sampled_from(SCOPES))
    near = draw(edges(lines, scope))
    stage, action = draw(edge_action(lines, near, draw(st.sampled_from(kinds))))
    counted = draw(st.sampled_from(SCOPES))
    conditions = draw(
        st.sampled_from(
            (
                [],
                [],
                [rules.min_amount(near)],
                [rules.min_amount(near, on="list")],
                [rules.min_amount(draw(edges(lines, counted)), scope=counted)],
                [rules.min_quantity(draw(st.integers(1, 5)))],
            )
        )
    )
    make = rules.coupon if stage == "coupon" else rules.promotion
    more = {} if stage == "coupon" else {"stage": stage}
    return make(
        key,
        action,
        *conditions,
        scope={} if stage == "shipping" else scope,
        stack=draw(st.sampled_from(mood)),
        limit=draw(st.sampled_from((None, None, None, None, 1, 9))),
        priority=draw(st.integers(0, 1)),
        quota=draw(st.sampled_from(QUOTAS)),
        gifts=gifts,
        **more,
    )


GIFTS = (GiftFact("mug", 15, 1), GiftFact("pen", 4, 1))
QUOTAS = (
    *[Quota()] * 8,
    Quota(remaining_uses=1),
    Quota(remaining_uses=0),
    Quota(uses_per_customer=1),
    Quota(uses_per_customer=1, customer_uses=1),
)


@st.composite
def edge_action(draw: Draw, lines: list[Line], near: int, kind: str) -> tuple[str, dict[str, Any]]:
    """Return a stage and an action of it."""
    off = draw(st.sampled_from((1, 10, 20, 50, 99, 100, 101)))
    rate = draw(st.sampled_from((500, 1_000, 3_333, 5_000, 10_000)))
    n = draw(st.integers(2, 3))
    goods = draw(st.sampled_from(("order", "order", "coupon")))
    spread = draw(st.sampled_from(("group", "target")))
    named = {line.sku_id: 1 for line in lines[:2]}
    named = named if len(named) > 1 else dict.fromkeys(named, 2)
    presents = draw(st.sampled_from(({"mug": 1}, {"mug": 1, "pen": 1}, {"pen": 1})))
    made = {
        "percent_off_unit": ("item", rules.percent_off_unit(rate)),
        "amount_off_unit": ("item", rules.amount_off_unit(off)),
        "fixed_price": ("item", rules.fixed_price(off)),
        "nth": ("item", rules.nth(n, rate, spread=spread)),
        "bxgy": ("item", rules.bxgy(n - 1, 1, spread=spread)),
        "bundle_n": ("item", rules.bundle_n(n, draw(st.sampled_from((near, 199, 200, 201))))),
        "bundle_fixed": ("item", rules.bundle_fixed(draw(st.sampled_from((near, 250))), **named)),
        "addon": ("item", rules.addon(off, draw(st.integers(1, 2)))),
        "amount_off": (goods, rules.amount_off(off)),
        "percent_off": (goods, rules.percent_off(rate)),
        "each": (goods, rules.each(max(near // 2, off), off)),
        "ladder": (goods, rules.ladder((max(1, near - 1), off), (near, off), (near + 1, off + 9))),
        "gift": ("order", rules.gift(**presents)),
        "ship_free": ("shipping", {"type": "ship_free"}),
        "ship_off": ("shipping", {"type": "ship_off", "amount_minor": off}),
    }
    return made[kind]
