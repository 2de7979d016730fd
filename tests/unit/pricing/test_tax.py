"""Tax per line, worked by hand."""

import pytest

from app.services.pricing.engine import TaxMode, TaxScope, line_taxes, tax_minor


@pytest.mark.parametrize(
    ("net_minor", "rate_bps", "inclusive", "exclusive"),
    [
        (9_000, 1_300, 1_035, 1_170),
        (4_500, 600, 255, 270),
        (0, 1_300, 0, 0),
        (100, 0, 0, 0),
        (5, 1_000, 0, 1),
        (4, 1_000, 0, 0),
        (11, 1_000, 1, 1),
        (1, 10_000, 1, 1),
        (5_000, 1, 0, 1),
    ],
)
def test_tax_rounds_half_up(net_minor, rate_bps, inclusive, exclusive) -> None:
    for mode, tax in ((TaxMode.INCLUSIVE, inclusive), (TaxMode.EXCLUSIVE, exclusive)):
        assert tax_minor(net_minor, rate_bps, mode) == tax
        assert line_taxes([("A", net_minor, rate_bps)], mode) == [tax]


def test_a_rate_group_is_rounded_once() -> None:
    lines = [("A", 5, 1_000), ("B", 5, 1_000), ("C", 9, 2_000)]
    assert line_taxes(lines, TaxMode.EXCLUSIVE) == [1, 1, 2]
    assert line_taxes(lines, TaxMode.EXCLUSIVE, TaxScope.RATE_GROUP) == [1, 0, 2]
