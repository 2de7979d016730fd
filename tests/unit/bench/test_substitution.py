"""Replaying a traced request for other rows."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from app.core.ids import named_id, new_id
from bench.substitution import Sent, Template, Unexplained, learn

CHANNEL = new_id()


def account(owner: str) -> str:
    return str(named_id("account", owner))


def request(member: UUID, cart: UUID, **overrides: Any) -> list[Sent]:
    """What an order of `cart` sends: its id is made up, an account is derived from it."""
    order = new_id()
    values = {
        "channel": CHANNEL,
        "order": order,
        "account": UUID(account(str(order))),
        "quote": f'{{"cart": "{cart}", "at": "{datetime.now(UTC).isoformat()}", "total": 900}}',
        "keys": [f"order:{order}", f"member:{member}"],
        "body": f'{{"id":"{order}"}}'.encode(),
        "number": f"O261122-{str(order)[-8:].upper()}",
        "digest": order.hex + member.hex,
        "lock": order.int & (2**62 - 1),
        "at": datetime.now(UTC),
        "count": 2,
    } | overrides
    return [Sent("BEGIN"), Sent("INSERT …", (member, *values.values())), Sent("COMMIT")]


def roles(member: UUID, cart: UUID) -> dict[str, str]:
    return {"member": str(member), "cart": str(cart)}


def template(**overrides: Any) -> Template:
    ids = [(new_id(), new_id()) for _ in range(2)]
    first, second = (request(*each, **overrides) for each in ids)
    return learn(first, roles(*ids[0]), second, roles(*ids[1]), derivations=[account])


def filled(made: Template, member: UUID, cart: UUID) -> dict[str, Any]:
    values = made.fill(roles(member, cart))[1].args
    return dict(zip(["member", *_names()], values, strict=True))


def _names() -> list[str]:
    return [
        *("channel", "order", "account", "quote", "keys", "body", "number", "digest"),
        *("lock", "at", "count"),
    ]


def test_the_rows_a_request_is_about_are_replaced_everywhere() -> None:
    member, cart = new_id(), new_id()
    values = filled(template(), member, cart)
    assert values["member"] == member
    assert str(cart) in values["quote"]
    assert values["keys"][1] == f"member:{member}"


def test_what_two_requests_share_stays() -> None:
    values = filled(template(), new_id(), new_id())
    assert values["channel"] == CHANNEL
    assert values["count"] == 2


def test_what_a_request_makes_up_is_made_up_again_and_agrees_with_itself() -> None:
    made = template()
    one, other = (filled(made, new_id(), new_id()) for _ in range(2))
    for name in ("order", "number", "digest", "lock"):
        assert one[name] != other[name]
        assert type(one[name]) is type(other[name])
    assert one["keys"][0] == f"order:{one['order']}"
    assert one["body"] == f'{{"id":"{one["order"]}"}}'.encode()


def test_ids_derived_from_others_stay_derived() -> None:
    values = filled(template(), new_id(), new_id())
    assert values["account"] == UUID(account(str(values["order"])))


def test_an_account_of_a_role_is_derived_from_it() -> None:
    members = [new_id() for _ in range(3)]
    sent = [[Sent("…", (UUID(account(str(each))),))] for each in members]
    made = learn(
        sent[0],
        {"member": str(members[0])},
        sent[1],
        {"member": str(members[1])},
        derivations=[account],
    )
    assert made.fill({"member": str(members[2])}) == sent[2]


def test_an_unexplained_difference_is_refused() -> None:
    first, second = request(new_id(), new_id()), request(new_id(), new_id(), count=3)
    with pytest.raises(Unexplained, match=r"\$12 of INSERT"):
        learn(first, {}, second, {})


def test_other_statements_are_refused() -> None:
    with pytest.raises(Unexplained, match="different statements"):
        learn([Sent("SELECT 1")], {}, [Sent("SELECT 2")], {})
