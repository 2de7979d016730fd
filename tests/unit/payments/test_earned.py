"""What a refund takes back of revenue, worked by hand and in steps."""

from itertools import pairwise
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.services.payments.engine.attribution import Cells, PaidRow, Span
from app.services.payments.engine.earned import earned_part
from app.services.payments.engine.journals_refund import Earned

TEA, POT, MUG = (UUID(int=each) for each in range(1, 4))
ROWS = (
    PaidRow(Span(TEA, 0, 2), 1_130, tax_minor=130, tax_rate_bps=1_300, is_earned=True),
    PaidRow(Span(POT, 0, 3), 106, tax_minor=6, tax_rate_bps=600, is_earned=True),
    PaidRow(Span(MUG, 0, 1), 500, tax_minor=57, tax_rate_bps=1_300),
)
ALL = tuple(Cells(each.span, (each.amount_minor - 100, 100)) for each in ROWS)


def test_net_and_tax_add_up_over_what_is_revenue_and_leave_out_what_is_not() -> None:
    assert earned_part(ROWS, (), ALL) == Earned(2_300, ((600, 18), (1_300, 260)))


def test_what_went_back_before_is_not_revenue_twice() -> None:
    """Of 11.30 with 1.30 of tax 5.00 went back before: 0.57 of it tax, so 0.73 are left."""
    before = (Cells(Span(TEA, 0, 1), (500,)),)
    rest = (Cells(Span(TEA, 0, 1), (630,)),)
    assert earned_part(ROWS, (), before) == Earned(443, ((1_300, 57),))
    assert earned_part(ROWS, before, rest) == Earned(557, ((1_300, 73),))
    assert earned_part(ROWS, ALL, ()) == Earned()


@given(st.lists(st.integers(0, 106), max_size=5))
def test_steps_take_back_exactly_the_whole(cuts: list[int]) -> None:
    marks = [0, *sorted(cuts), 106]
    steps = [Cells(Span(POT, 1, 2), (b - a,)) for a, b in pairwise(marks)]
    found = [earned_part(ROWS, steps[:at], [step]) for at, step in enumerate(steps)]
    assert sum(each.net_minor for each in found) == 200
    assert sum(tax for each in found for _, tax in each.taxes) == 12
