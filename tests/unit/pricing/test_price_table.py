"""Tables of prices as text, and what a plan does to each price."""

from uuid import UUID

import pytest

from app.services.pricing.engine import BadTable, FoundPrice, WantedPrice, plan_of, read_table

ID = "019a0000-0000-7000-8000-000000000000"


def read(text, most_rows=10):
    return read_table(text, most_rows=most_rows)


def test_columns_come_in_any_order_and_blank_lines_do_not_count() -> None:
    rows, faults = read(
        '\ufeffprice_minor, sku_code ,min_quantity\r\n990,TEE-1,\r\n\r\n,"CUP,2",3\r\n'
    )
    assert faults == []
    assert rows == [
        WantedPrice(1, None, "TEE-1", 1, 990),
        WantedPrice(2, None, "CUP,2", 3, None),
    ]
    assert read(f"sku_id,price_minor\n{ID},0\n")[0] == [WantedPrice(1, UUID(ID), None, 1, 0)]


def test_the_largest_numbers_are_read() -> None:
    rows, faults = read(f"sku_id,min_quantity,price_minor\n{ID},{2**31 - 1},{10**15}\n")
    assert faults == []
    assert rows == [WantedPrice(1, UUID(ID), None, 2**31 - 1, 10**15)]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("nonsense,1,1", "no id"),
        (f"{ID},0,1", "min_quantity is from 1"),
        (f"{ID},{2**31},1", "min_quantity is from 1"),
        (f"{ID},1,-1", "no whole number"),
        (f"{ID},1,1.5", "no whole number"),
        (f"{ID},1,٣", "no whole number"),
        (f"{ID},1,1000000000000001", "price_minor is from 0"),
        (f"{ID},1", "zip"),
        (f"{ID},1,1,1", "zip"),
    ],
)
def test_a_faulty_row_is_named_and_the_others_are_read(row, message) -> None:
    rows, faults = read(f"sku_id,min_quantity,price_minor\n{row}\n{ID},2,5\n")
    assert [each.row for each in rows] == [2]
    assert [(fault.row, fault.code) for fault in faults] == [(1, "INVALID")]
    assert message in faults[0].message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "needs price_minor"),
        ("sku_id,price_minor,colour\n", "'colour' is no column"),
        ("sku_id,sku_code,price_minor\n", "sku_id or sku_code"),
        ("sku_id,sku_id,price_minor\n", "twice"),
        ("sku_code,min_quantity\n", "needs price_minor"),
        ('sku_code,price_minor\n"A,1\n', "Line"),
        ("sku_code,price_minor\nA\0,1\n", "cannot be stored"),
        ("sku_code,price_minor\n" + "A,1\n" * 11, "at most 10 rows"),
    ],
)
def test_what_is_no_table_is_refused(text, message) -> None:
    with pytest.raises(BadTable, match=message):
        read(text)


def found(row=1, old=1_000, new=900, **facts):
    values = {"sku_ids": ("TEA",), "min_quantity": 1, "is_taken": False}
    values |= {"floor_minor": None, "cost_minor": None, **facts}
    return FoundPrice(row=row, old_minor=old, new_minor=new, **values)


@pytest.mark.parametrize(
    ("old", "new", "drop_bps"),
    [
        (1_000, 900, 1_000),
        (1_000, 1_000, 0),
        (1_000, 1_100, 0),
        (3, 2, 3_333),
        (3, 1, 6_667),
        (None, 5, 0),
        (5, None, 0),
        (1, 0, 10_000),
        (0, 0, 0),
    ],
)
def test_how_far_a_price_falls(old, new, drop_bps) -> None:
    plan = plan_of([found(old=old, new=new)])
    assert plan.largest_drop_bps == drop_bps
    assert plan.rows[0].is_changed == (old != new)


def test_what_is_wrong_is_told_of_each_row() -> None:
    plan = plan_of(
        [
            found(1),
            found(2),
            found(3, sku_ids=()),
            found(4, sku_ids=("A", "B")),
            found(5, sku_ids=("CUP",), is_taken=True),
            found(6, min_quantity=2),
        ]
    )
    assert [row.row for row in plan.rows] == [1, 6]
    assert [(fault.row, fault.code) for fault in plan.faults] == [
        (2, "REPEATED"),
        (3, "UNKNOWN_SKU"),
        (4, "AMBIGUOUS_SKU"),
        (5, "SAME_INSTANT"),
    ]


@pytest.mark.parametrize(
    ("facts", "limit", "needed"),
    [
        ({}, None, False),
        ({}, 1_000, True),
        ({}, 1_001, False),
        ({"floor_minor": 901}, 10_000, True),
        ({"cost_minor": 901}, 10_000, True),
        ({"floor_minor": 900, "cost_minor": 900}, 10_000, False),
        ({"floor_minor": 901}, None, False),
        ({"floor_minor": 901, "new": None}, 1, False),
        ({"floor_minor": 1_001, "new": 1_000}, 1, False),
        ({"new": 1_100}, 0, False),
        ({"new": 999}, 0, True),
    ],
)
def test_when_somebody_else_must_look(facts, limit, needed) -> None:
    assert plan_of([found(**facts)]).needs_approval(limit) is needed
