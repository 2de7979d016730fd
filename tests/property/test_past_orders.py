"""Orders of another system: units always add up to their line."""

from hypothesis import given
from hypothesis import strategies as st

from app.services.orders.engine.past import units_of
from app.services.orders.history import PastLine


@given(st.integers(1, 1_000), st.integers(0, 10**6), st.integers(0, 10**6))
def test_units_add_up_to_the_line_whatever_it_cost(quantity, net, tax):
    line = PastLine(sku="A", quantity=quantity, net_minor=net, tax_minor=min(tax, net))
    runs = units_of(line)
    assert sum(run.pieces for run in runs) == quantity
    assert sum(run.pieces * run.net_minor for run in runs) == net
    assert sum(run.pieces * run.tax_minor for run in runs) == line.tax_minor
    assert [run.first for run in runs] == [
        sum(run.pieces for run in runs[:at]) for at in range(len(runs))
    ]
    assert max(run.net_minor for run in runs) - min(run.net_minor for run in runs) <= 1
    assert line.listed_minor * quantity >= net
