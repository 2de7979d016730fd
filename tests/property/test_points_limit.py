"""What points may pay: never more than line by line, and never more for another rule."""

from dataclasses import replace
from itertools import count
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.core.enums.payments import MethodEffect, TenderKind
from app.services.payments.engine.method_rules import MethodRule
from app.services.payments.engine.points_limit import points_limit
from app.services.payments.engine.routing import Sale, SaleLine
from app.services.payments.engine.tenders import Source, cover

CATEGORIES = [UUID(int=each) for each in range(1, 4)]
PRODUCTS = [UUID(int=each) for each in range(11, 14)]
BPS = st.integers(0, 10_000)
LINES = st.lists(
    st.builds(
        SaleLine,
        id=st.just(""),
        amount_minor=st.integers(0, 10**6),
        product_id=st.sampled_from(PRODUCTS),
        categories=st.frozensets(st.sampled_from(CATEGORIES), max_size=2),
        exchange_points=st.just(0),
    ),
    min_size=1,
    max_size=5,
).map(lambda lines: tuple(x._replace(id=str(n)) for x, n in zip(lines, count(), strict=False)))
RULE = st.builds(
    MethodRule,
    id=st.uuids(),
    name=st.just("limit"),
    method=st.just(TenderKind.POINTS),
    effect=st.just(MethodEffect.LIMIT),
    category_ids=st.frozensets(st.sampled_from(CATEGORIES), max_size=2),
    product_ids=st.frozensets(st.sampled_from(PRODUCTS), max_size=2),
    tiers=st.sampled_from([(), ("gold",), ("silver",)]),
    limit_bps=BPS,
)
RULES = st.lists(RULE, max_size=4)
FEES = st.integers(0, 5_000)


def sale_of(lines: tuple[SaleLine, ...]) -> Sale:
    return Sale(currency="CNY", tier="gold", lines=lines)


def of_line(rules: list[MethodRule], line: SaleLine) -> int:
    """Said once more, line by line: the least any rule about it leaves."""
    left = [line.amount_minor]
    for rule in rules:
        is_here = not rule.category_ids or rule.category_ids & line.categories
        is_this = not rule.product_ids or line.product_id in rule.product_ids
        if is_here and is_this and "silver" not in rule.tiers:
            left.append(line.amount_minor * (rule.limit_bps or 0) // 10_000)
    return min(left)


@given(LINES, RULES, FEES, BPS, BPS)
def test_the_limit_is_the_sum_of_the_lines_limits(
    lines: tuple[SaleLine, ...], rules: list[MethodRule], fee: int, shipping: int, order: int
) -> None:
    payable = sum(each.amount_minor for each in lines) + fee
    found = points_limit(rules, sale_of(lines), payable, shipping_bps=shipping, order_bps=order)
    by_line = sum(of_line(rules, each) for each in lines) + fee * shipping // 10_000
    assert found.most_minor == min(by_line, payable * order // 10_000)
    if found.most_minor < payable:
        assert found.reasons, "whoever may not pay all with points is told why"


@given(LINES, RULES, RULE, FEES, BPS)
def test_no_rule_more_and_no_line_less_ever_raises_it(
    lines: tuple[SaleLine, ...], rules: list[MethodRule], more: MethodRule, fee: int, shipping: int
) -> None:
    payable = sum(each.amount_minor for each in lines) + fee

    def most(said: list[MethodRule], of: tuple[SaleLine, ...], paid: int) -> int:
        return points_limit(said, sale_of(of), paid, shipping_bps=shipping).most_minor

    before = most(rules, lines, payable)
    assert most([*rules, more], lines, payable) <= before
    looser = replace(more, limit_bps=min(10_000, (more.limit_bps or 0) + 500))
    assert most([*rules, more], lines, payable) <= most([*rules, looser], lines, payable)
    first = lines[0]
    if len(lines) > 1:
        assert most(rules, lines[1:], payable - first.amount_minor) <= before


@given(LINES, RULES, FEES, st.integers(1, 10), st.integers(1, 20), st.integers(0, 10**7))
def test_points_pay_no_more_than_the_limit(
    lines: tuple[SaleLine, ...], rules: list[MethodRule], fee: int, value: int, by: int, owned: int
) -> None:
    payable = sum(each.amount_minor for each in lines) + fee
    limit = points_limit(rules, sale_of(lines), payable, point_value_minor=value)
    source = Source(
        kind=TenderKind.POINTS,
        points=owned,
        point_value_minor=value,
        multiple=by,
        cap_minor=limit.most_minor,
    )
    planned, rest = cover(payable, [source])
    paid = sum(each.amount_minor for each in planned)
    assert paid <= limit.most_minor
    assert paid + rest == payable


def test_what_costs_points_alone_is_beside_the_limit() -> None:
    """300 of 1000 are due in points; of the other 700 half may be paid in them."""
    line = SaleLine(id="a", amount_minor=1_000, exchange_points=300, categories=frozenset())
    half = MethodRule(
        id=UUID(int=1),
        name="half",
        method=TenderKind.POINTS,
        effect=MethodEffect.LIMIT,
        limit_bps=5_000,
    )
    found = points_limit([half], sale_of((line,)), 1_000)
    assert found.most_minor == 350
    [why] = found.reasons
    assert (why.code, why.name, why.lines, why.limit_bps) == ("rule", "half", ("a",), 5_000)
    source = Source(
        kind=TenderKind.POINTS, points=900, exchange_points=300, cap_minor=found.most_minor
    )
    planned, rest = cover(1_000, [source])
    assert ([each.points for each in planned], rest) == ([650], 350)
