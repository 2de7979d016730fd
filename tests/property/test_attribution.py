"""Laws of attribution and of refunds by unit, amount and tender (payments 3.5)."""

from itertools import permutations
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.enums.payments import RefundPolicy
from app.core.money import allocate
from app.services.payments.engine.attribution import SHIPPING, Cells, Row, Span, less, matrix
from app.services.payments.engine.refunding import Standing, Take, split, standing
from app.services.payments.engine.spreading import Weight, spread
from app.services.payments.errors import RefundExceeds

LINES = tuple(UUID(int=n) for n in range(1, 5))
AMOUNTS = st.one_of(st.integers(0, 12), st.integers(0, 100_000))


@given(st.lists(st.tuples(AMOUNTS, st.integers(1, 5)), max_size=6), st.data())
def test_spreading_over_runs_is_allocating_over_units(runs, data) -> None:
    weights = [Weight(each, quantity) for each, quantity in runs]
    units = [each for each, quantity in runs for _ in range(quantity)]
    total = data.draw(st.integers(0, sum(units)))
    found = [
        share.each_minor
        for shares in spread(total, weights)
        for share in shares
        for _ in range(share.quantity)
    ]
    assert found == allocate(total, units, units, range(len(units)))


@pytest.mark.parametrize("total", [-1, 7])
def test_more_than_there_is_cannot_be_spread(total) -> None:
    with pytest.raises(ValueError, match="cannot spread"):
        spread(total, [Weight(3, 2)])


@st.composite
def bought(draw):
    """Rows of an order and the amounts of its tenders, with points among them or not."""
    rows = []
    for line_id in LINES[: draw(st.integers(1, 4))]:
        first = 0
        for _ in range(draw(st.integers(1, 2))):
            quantity, amount = draw(st.integers(1, 4)), draw(AMOUNTS)
            points = draw(st.integers(0, amount)) if draw(st.booleans()) else 0
            rows.append(Row(Span(line_id, first, quantity), amount, points))
            first += quantity
    rows.append(Row(SHIPPING, draw(AMOUNTS)))
    payable = sum(row.amount_minor * row.span.quantity for row in rows)
    cuts = sorted(draw(st.lists(st.integers(0, payable), max_size=3)))
    tenders = [b - a for a, b in zip([0, *cuts], [*cuts, payable], strict=True)]
    points_at = draw(st.one_of(st.none(), st.integers(0, len(tenders) - 1)))
    return rows, tenders, points_at


def units(cells) -> list[tuple[Span, tuple[int, ...]]]:
    return [
        (Span(each.span.line_id, each.span.first + i, 1), each.minor)
        for each in cells
        for i in range(each.span.quantity)
    ]


@given(bought())
def test_rows_and_columns_of_the_matrix_are_exact(order) -> None:
    rows, tenders, points_at = order
    cells = matrix(rows, tenders, points_at)
    assert all(minor >= 0 for each in cells for minor in each.minor)
    assert [sum(minor) for _, minor in units(cells)] == [
        row.amount_minor for row in rows for _ in range(row.span.quantity)
    ]
    columns = [sum(minor[j] for _, minor in units(cells)) for j in range(len(tenders))]
    assert columns == tenders


@given(bought())
def test_goods_for_points_alone_are_attributed_to_points(order) -> None:
    rows, tenders, points_at = order
    asked = sum(row.points_minor * row.span.quantity for row in rows)
    if points_at is None or asked > tenders[points_at]:
        return
    pinned = [row.points_minor for row in rows for _ in range(row.span.quantity)]
    found = [minor[points_at] for _, minor in units(matrix(rows, tenders, points_at))]
    assert all(a >= b for a, b in zip(found, pinned, strict=True))


@given(bought())
def test_without_points_each_unit_is_attributed_as_the_specification_says(order) -> None:
    """`allocate(amount, remaining rows, caps = remaining rows)`, the last tender the rest."""
    rows, tenders, _ = order
    left = [row.amount_minor for row in rows for _ in range(row.span.quantity)]
    found = [minor for _, minor in units(matrix(rows, tenders))]
    for place, amount in enumerate(tenders[:-1]):
        shares = allocate(amount, left, left, range(len(left)))
        assert [minor[place] for minor in found] == shares
        left = [a - b for a, b in zip(left, shares, strict=True)]
    assert [minor[-1] for minor in found] == left


def test_m4_three_like_lines_share_a_yuan_and_give_it_back_one_by_one() -> None:
    """A fen cannot be cut: the parts differ by one and are the whole, in whatever order."""
    rows = [Row(Span(line, 0, 1), minor) for line, minor in zip(LINES, (34, 33, 33), strict=False)]
    assert allocate(100, [1, 1, 1], [100] * 3, range(3)) == [34, 33, 33]
    for order in permutations(everything(rows)):
        story = Story((rows, [50, 50], None), RefundPolicy.ATTRIBUTED)
        back = [story.refund(Take(((each,),))) for each in order]
        assert [sum(each) for each in zip(*back, strict=True)] == [50, 50]


class Story:
    """An order that gives back step by step."""

    def __init__(self, order, policy: RefundPolicy) -> None:
        self.rows, self.tenders, self.points_at = order
        self.policy = policy
        self.taken: list[Cells] = []
        self.back = [0] * len(self.tenders)

    def standing(self) -> Standing:
        tenders = list(zip(self.tenders, self.back, strict=True))
        return standing(self.policy, self.rows, tenders, self.taken, self.points_at)

    def refund(self, *takes: Take) -> tuple[int, ...]:
        before = self.standing()
        found = split(before, takes)
        assert [
            sum(each.span.quantity * each.minor[j] for each in found.cells)
            for j in range(len(self.tenders))
        ] == list(found.by_tender)
        self.taken += found.cells
        self.back = [a + b for a, b in zip(self.back, found.by_tender, strict=True)]
        after = self.standing()
        assert all(0 <= a <= b for a, b in zip(self.back, self.tenders, strict=True)), "INV-6"
        assert after.total_minor == before.total_minor - found.total_minor
        return found.by_tender


def everything(rows) -> list[Span]:
    return [
        Span(row.span.line_id, row.span.first + i, 1)
        for row in rows
        for i in range(row.span.quantity)
    ]


@settings(max_examples=200)
@given(bought(), st.sampled_from(RefundPolicy), st.data())
def test_inv_13_all_units_in_any_order_and_mix_return_every_tender(order, policy, data) -> None:
    story = Story(order, policy)
    for span in data.draw(st.permutations(everything(story.rows))):
        if data.draw(st.booleans()):
            left = story.standing()
            goods = left.left_of(left.goods)
            story.refund(Take((left.goods,), data.draw(st.integers(0, goods))))
        story.refund(Take(((span,),)))
    assert story.back == story.tenders
    assert not story.standing().total_minor


@settings(max_examples=200)
@given(bought(), st.data())
def test_inv_14_what_tenders_give_back_does_not_depend_on_the_order(order, data) -> None:
    spans = everything(order[0])
    chosen = data.draw(st.lists(st.sampled_from(spans), unique=True))
    stories = [Story(order, RefundPolicy.ATTRIBUTED) for _ in range(3)]
    for span in chosen:
        stories[0].refund(Take(((span,),)))
    for span in data.draw(st.permutations(chosen)):
        stories[1].refund(Take(((span,),)))
    stories[2].refund(Take((tuple(chosen),)))
    assert stories[0].back == stories[1].back == stories[2].back


@given(bought(), st.sampled_from(RefundPolicy), st.data())
def test_more_than_is_left_is_refused(order, policy, data) -> None:
    story = Story(order, policy)
    goods = story.standing().goods
    left = story.standing().left_of(goods)
    first = data.draw(st.integers(0, left))
    story.refund(Take((goods,), first))
    with pytest.raises(RefundExceeds) as refused:
        story.refund(Take((goods,), left - first + 1))
    assert refused.value.context["refundable_minor"] == left - first


@given(bought(), st.data())
def test_a_second_pool_brings_what_the_first_lacks(order, data) -> None:
    story = Story(order, RefundPolicy.ATTRIBUTED)
    spans = everything(story.rows)
    before = story.standing()
    chosen = data.draw(st.sampled_from(spans))
    amount = data.draw(st.integers(0, before.total_minor))
    there = before.left_of([chosen])
    assert sum(story.refund(Take(((chosen,), tuple(spans)), amount))) == amount
    assert story.standing().left_of([chosen]) >= min(there, max(0, there - amount)) * (
        amount <= there
    )
    if amount >= there:
        assert story.standing().left_of([chosen]) == 0


@given(bought())
def test_books_that_gave_back_too_much_are_not_believed(order) -> None:
    rows, tenders, points_at = order
    cells = matrix(rows, tenders, points_at)
    everything_gone = less(cells, cells)
    assert not any(any(each.minor) for each in everything_gone)
    paid = [each for each in cells if any(each.minor)]
    if paid:
        with pytest.raises(ValueError, match="more was taken"):
            less(cells, [*cells, paid[0]])
    with pytest.raises(ValueError, match="no part of it"):
        less(cells, [Cells(Span(UUID(int=99), 0, 1), (0,) * len(tenders))])


def test_m5_a_hundred_refunds_of_one_line_each_give_back_what_was_paid() -> None:
    """Percent discounts on odd prices; three tenders; equality at the end, never more before."""
    lines = [UUID(int=1_000 + n) for n in range(100)]
    rows = [Row(Span(line, 0, 1), (n * 333 + 99) * 85 // 100) for n, line in enumerate(lines)]
    payable = sum(row.amount_minor for row in rows)
    tenders = [payable // 7, payable // 3, payable - payable // 7 - payable // 3]
    story = Story((rows, tenders, None), RefundPolicy.ATTRIBUTED)
    for row in rows:
        assert sum(story.refund(Take(((row.span,),)))) == row.amount_minor
    assert story.back == tenders


def test_an_order_of_many_pieces_stays_a_few_runs() -> None:
    rows = [Row(Span(line, 0, 9_999), 1_999) for line in LINES]
    payable = sum(row.amount_minor * row.span.quantity for row in rows)
    tenders = [payable // 3, payable // 7, payable - payable // 3 - payable // 7]
    story = Story((rows, tenders, None), RefundPolicy.ATTRIBUTED)
    story.refund(Take((story.standing().goods,), 12_345))
    assert len(story.standing().left) < 40
