"""Nets over pieces, digests and masked numbers."""

from hypothesis import given
from hypothesis import strategies as st

from app.services.orders.engine.intake import digest_of, pieces_of, reachable


@given(quantity=st.integers(1, 9_999), net=st.integers(0, 10**12))
def test_pieces_cost_their_line_to_the_cent(quantity, net):
    parts = pieces_of(quantity, net)
    assert sum(each.quantity for each in parts) == quantity
    assert sum(each.quantity * each.price_minor for each in parts) == net
    assert len(parts) <= 2
    prices = [each.price_minor for each in parts]
    assert max(prices) - min(prices) <= 1


def test_a_digest_is_of_what_is_said_but_whether_it_is_paid():
    said = {"a": 1, "b": {"c": [1, 2]}, "is_paid": True}
    assert digest_of(said) == digest_of({"b": {"c": [1, 2]}, "a": 1, "is_paid": False})
    assert digest_of(said) != digest_of(said | {"a": 2})
    assert digest_of(said) != digest_of(said | {"b": {"c": [2, 1]}})


def test_extensions_go_to_the_name():
    for phone, bare, more in (
        ("13800138000-6789", "13800138000", "6789"),
        ("13800138000转12", "13800138000", "12"),
        ("+8613800138000 ext. 77", "+8613800138000", "77"),
    ):
        found = reachable({"phone": phone, "recipient": "王"})
        assert (found["phone"], found["recipient"]) == (bare, f"王 [{more}]")
    plain = {"phone": "010-62345678", "recipient": "王"}
    assert reachable({"phone": "13800138000", "recipient": "王"})["recipient"] == "王"
    assert reachable(plain) == plain
