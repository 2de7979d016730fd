"""The chart of accounts, as an accountant reads it."""

import re

import pytest

from app.services.ledger.chart import CHART

PART = re.compile(r"\{[a-z_]+(\|[a-z_]+)*\}")


@pytest.mark.parametrize("line", CHART, ids=lambda line: line.kind.value)
def test_a_pattern_reads_as_codes_of_its_accounts_do(line) -> None:
    kind, *parts = line.pattern.split(":")
    assert kind == line.kind.value
    assert len(parts) <= 2
    assert all(PART.fullmatch(each) for each in parts)
