"""Which lines a scope names."""

import pytest

from . import rules


@pytest.mark.parametrize(
    ("scope", "lines"),
    [
        ({"skus": ["s1"]}, ["L1"]),
        ({"spus": ["p1"]}, ["L1"]),
        ({"categories": ["c1"]}, ["L1", "L2"]),
        ({"brands": ["b1"]}, ["L2"]),
        ({"merchants": ["m1"]}, ["L3"]),
        ({"skus": ["s1"], "brands": ["b1"]}, ["L1", "L2"]),
        ({"categories": ["c1"], "exclude_brands": ["b1"]}, ["L1"]),
        ({"exclude_merchants": ["m1"]}, ["L1", "L2"]),
        ({"exclude_skus": ["s1"], "exclude_spus": ["p3"]}, ["L2"]),
        ({}, ["L1", "L2", "L3"]),
    ],
)
def test_scopes(scope, lines) -> None:
    answer = rules.quote(
        [
            rules.line("L1", 100, sku_id="s1", spu_id="p1", categories=frozenset({"c1", "c0"})),
            rules.line("L2", 100, sku_id="s2", brand_id="b1", categories=frozenset({"c1"})),
            rules.line("L3", 100, sku_id="s3", spu_id="p3", merchant_id="m1"),
        ],
        rules.promotion("R", rules.percent_off(1_000), scope=scope),
    )
    assert [key for key, _ in answer.applied[0].by_line] == lines
