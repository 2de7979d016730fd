"""Reading what importers are given."""

from pathlib import Path

import pytest

from app.cli.imports.mall_data import off_bps, value_code


@pytest.mark.parametrize(("rate", "bps"), [("0.70", 3_000), ("0.5", 5_000), ("0", 10_000)])
def test_a_rate_is_what_is_paid(rate, bps):
    assert off_bps(rate) == bps


@pytest.mark.parametrize("rate", ["1", "1.2", "-0.1", "0.99999", "x"])
def test_a_rate_that_takes_nothing_off_is_refused(rate):
    with pytest.raises(ValueError, match=r"rate|Invalid"):
        off_bps(rate)


def test_option_values_that_are_no_code_go_by_their_place():
    assert [value_code("16G", 1), value_code("金色", 2), value_code("R7 16G", 3)] == [
        "16G",
        "v2",
        "v3",
    ]


def test_shelf_prices_are_medians_before_discounts(tmp_path: Path):
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet  # noqa: PLC0415

    from app.cli.imports.volume_data import category_paths, shelf_prices  # noqa: PLC0415

    sales = [  # product, pieces, paid, off by the shop, off by coupons matched
        (1, 1, 1.00, 0.50, 0.0),
        (1, 2, 3.00, 0.0, 0.0),
        (1, 1, 99.0, 0.0, 0.0),
        (2, 3, 1.00, 0.0, 0.0),
        (3, 0, 5.00, 0.0, 0.0),
        (4, 9, 0.01, 0.0, 0.0),
    ]
    names = ("product_id", "quantity", "sales_value", "retail_disc", "coupon_match_disc")
    columns = dict(zip(names, map(list, zip(*sales, strict=True)), strict=True))
    parquet.write_table(pa.table(columns), tmp_path / "transactions.parquet")
    assert shelf_prices(tmp_path) == {1: 150, 2: 33}

    goods = {
        "department": ["FOOD", "FOOD", None],
        "product_category": ["CHEESE", None, "X"],
        "product_type": ["GOUDA", "X", "X"],
    }
    parquet.write_table(pa.table(goods), tmp_path / "products.parquet")
    assert category_paths(tmp_path) == [
        ("FOOD",),
        ("FOOD", "CHEESE"),
        ("FOOD", "CHEESE", "GOUDA"),
    ]
