"""Rows of recipients: faults by cell, goods by codes."""

import pytest

from app.core.sheets import SheetRow
from app.services.orders.engine.group_rows import ColumnsMissing, judged, recipients
from tests.factories.group_orders import TITLES, recipient


def rows_of(*rows, titles=TITLES):
    return list(recipients(iter([SheetRow(1, tuple(titles)), *(SheetRow(*each) for each in rows)])))


def test_a_row_is_an_address_and_goods():
    (row,) = rows_of((7, tuple(recipient("TEE-1*2; CAP ；TEE-1\nBAG x 3", note="早上"))))
    assert (row.position, row.faults) == (7, ())
    assert row.content["goods"] == [
        {"sku": "TEE-1", "quantity": 3},
        {"sku": "CAP", "quantity": 1},
        {"sku": "BAG", "quantity": 3},
    ]
    address = row.content["address"]
    assert (address["region_code"], address["phone"]) == ("330106", "+8613800138000")
    assert (address["country"], address["postal_code"], row.content["note"]) == ("CN", None, "早上")


def test_goods_may_name_what_a_piece_costs():
    (row,) = rows_of((7, tuple(recipient("TEE-1*2@75.50; CAP ＠ 60；TEE-1@75.5; BAG"))))
    assert (row.faults, row.prices) == ((), {"TEE-1": 7_550, "CAP": 6_000})
    assert row.content["goods"][0] == {"sku": "TEE-1", "quantity": 3, "price_minor": 7_550}
    assert row.content["goods"][2] == {"sku": "BAG", "quantity": 1}
    yen = judged(7, dict.fromkeys(("recipient", "street"), "x") | {"goods": "A@70"}, currency="JPY")
    assert yen.prices == {"A": 70}


@pytest.mark.parametrize(
    ("said", "cell", "code"),
    [
        ({"name": ""}, "A3", "missing"),
        ({"phone": "12"}, "B3", "invalid-contact"),
        ({"province": "火星"}, "C3", "unknown-region"),
        ({"city": "不存在"}, "D3", "unknown-region"),
        ({"street": "x" * 501}, "F3", "too-long"),
        ({"goods": "TEE 1"}, "H3", "unreadable"),
        ({"goods": "TEE*0"}, "H3", "unreadable"),
        ({"goods": "TEE@"}, "H3", "unreadable"),
        ({"goods": "TEE@-1"}, "H3", "unreadable"),
        ({"goods": "TEE@1.005"}, "H3", "unreadable"),
        ({"goods": "TEE@1.2.3"}, "H3", "unreadable"),
        ({"goods": "TEE@1; TEE@2"}, "H3", "unreadable"),
        ({"goods": "TEE@1; TEE"}, "H3", "unreadable"),
        ({"goods": ";".join(f"T{i}" for i in range(21))}, "H3", "unreadable"),
        ({"goods": " ; "}, "H3", "unreadable"),
        ({"goods": ""}, "H3", "missing"),
    ],
)
def test_m48_each_fault_names_its_cell(said, cell, code):
    (row,) = rows_of((3, tuple(recipient(**{"goods": "TEE-1"} | said))))
    assert [(each["cell"], each["code"]) for each in row.faults] == [(cell, code)]


def test_everything_wrong_is_told_at_once():
    row = judged(5, {"recipient": "王", "phone": "1", "goods": "?"})
    assert {each["column"] for each in row.faults} == {"province", "city", "street", "goods"}
    both = judged(5, dict(zip(TITLES, [], strict=False)))
    assert len(both.faults) == 6


def test_formulas_are_faults():
    rows = iter(
        [
            SheetRow(1, tuple(TITLES)),
            SheetRow(2, tuple(recipient("TEE-1")), frozenset({7, 40})),
        ]
    )
    (row,) = recipients(rows)
    assert [(each["cell"], each["code"]) for each in row.faults] == [("H2", "formula")]


def test_columns_are_named_either_way_in_any_order():
    titles = ["Goods", "city", "PROVINCE", "phone", "recipient", "street", "whatever"]
    cells = ("TEE-1", "杭州", "浙江", "13800138000", "王", "文三路 9 号", "x")
    (row,) = rows_of((2, cells), titles=titles)
    assert row.faults == ()
    with pytest.raises(ColumnsMissing) as refused:
        rows_of(titles=["recipient", "phone"])
    assert refused.value.context["missing"] == ["province", "city", "street", "goods"]
    with pytest.raises(ColumnsMissing):
        list(recipients(iter([])))
