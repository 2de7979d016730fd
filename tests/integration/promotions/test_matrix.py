"""The table of which promotions share with which."""

from datetime import timedelta
from itertools import combinations, product
from uuid import uuid4

import pytest

from app.core.clock import now
from app.core.enums.promotions import PromotionStatus
from app.services.promotions.engine import Promotion, broken_rule, parse_rule
from app.services.promotions.sharing import Relation, sharing
from tests.factories.promotions import make_promotion
from tests.factories.shop import make_shop
from tests.integration.promotions.test_api import PROMOTIONS, marketer
from tests.statements import Statements

ITEM = {"type": "percent_off_unit", "rate_bps": 1_000}
ORDER = {"type": "amount_off", "amount_minor": 100}


def promotion(name: str, stage: str = "order", **stack) -> Promotion:
    action = ITEM if stage == "item" else ORDER
    return Promotion(
        id=name, name=name, stage=stage, rule=parse_rule(stage, {"action": action, "stack": stack})
    )


@pytest.mark.parametrize(
    ("a", "b", "relation", "rule", "because"),
    [
        (promotion("A"), promotion("B", "item"), "shares", 0, "No setting of either"),
        (
            promotion("A", exclusive="order"),
            promotion("B", "item"),
            "excludes",
            1,
            "“A” has `exclusive` order.",
        ),
        (
            promotion("A", groups=["g", "x"]),
            promotion("B", "item", groups=["g"]),
            "excludes",
            2,
            "Both are in group g: see `groups` of “A” and “B”.",
        ),
        (
            promotion("A"),
            promotion("B", "item", not_with=["A"]),
            "excludes",
            3,
            "“B” names “A” in `not_with`.",
        ),
        (
            promotion("A", in_stage="stack"),
            promotion("B"),
            "excludes",
            4,
            "“B” has `in_stage` conflict.",
        ),
        (
            promotion("A", in_stage=["C"]),
            promotion("B", exclusive="stage"),
            "excludes",
            4,
            "“A” has `in_stage` [C], without “B”; “B” has `exclusive` stage.",
        ),
        (
            promotion("A", across=["coupon"]),
            promotion("B", "item"),
            "excludes",
            5,
            "“A” has `across` [coupon], without stage item.",
        ),
        (
            promotion("A", "item"),
            promotion("B", "item"),
            "never_on_one_unit",
            4,
            "“A” has `in_stage` conflict; “B” has `in_stage` conflict.",
        ),
    ],
)
def test_the_side_that_refuses_is_named(a, b, relation, rule, because):
    found = sharing(a, b)
    assert (found.relation, found.rule) == (relation, rule)
    assert found.because.startswith(because)
    assert sharing(b, a) == found


def test_every_refusal_has_a_reason_and_is_mutual():
    """All pairs of settings: what the engine keeps apart is explained, both ways alike."""
    exclusive = ("none", "stage", "order")
    in_stage = ("conflict", "stack", ["g"], ["p0"])
    across = ("stack", "conflict", ["item"])
    settings = list(product(("item", "order"), exclusive, in_stage, across, ([], ["g"])))
    made = [
        promotion(f"p{i}", stage, exclusive=e, in_stage=s, across=x, groups=g)
        for i, (stage, e, s, x, g) in enumerate(settings)
    ]
    for a, b in combinations(made, 2):
        found = sharing(a, b)
        assert found == sharing(b, a)
        assert found.rule == broken_rule(a, b)
        assert (found.rule == 0) == (found.relation is Relation.SHARES)
        assert found.because != "."


async def test_the_table_holds_what_is_started_and_not_over(client, session, engine):
    shop = await make_shop(session)
    yesterday, tomorrow = now() - timedelta(days=1), now() + timedelta(days=1)
    merchant = shop.merchant.id
    open_now = await make_promotion(session, merchant, name="Now")
    later = await make_promotion(session, merchant, name="Later", starts_at=tomorrow)
    item = await make_promotion(
        session, merchant, name="Item", stage="item", action=ITEM, channel_ids=[shop.channel.id]
    )
    await make_promotion(session, merchant, ends_at=yesterday)
    await make_promotion(session, merchant, currency="JPY")
    await make_promotion(session, merchant, channel_ids=[uuid4()])
    draft = await make_promotion(session, merchant, status=PromotionStatus.DRAFT)
    headers = await marketer(session)
    with Statements(engine) as statements:
        answer = await client.get(f"{PROMOTIONS}/matrix", headers=headers)
    assert answer.status_code == 200
    assert statements.count <= 5
    table = answer.json()
    phases = {each["id"]: each["phase"] for each in table["promotions"]}
    assert phases == {
        str(item.id): "running",
        str(open_now.id): "running",
        str(later.id): "scheduled",
    }
    relations = {frozenset((p["a"], p["b"])): p["relation"] for p in table["pairs"]}
    assert relations == {
        frozenset((str(item.id), str(open_now.id))): "shares",
        frozenset((str(item.id), str(later.id))): "shares",
        frozenset((str(open_now.id), str(later.id))): "excludes",
    }
    at = {"at": now().isoformat(), "channel_id": str(shop.channel.id)}
    then = (await client.get(f"{PROMOTIONS}/matrix", headers=headers, params=at)).json()
    assert {each["id"] for each in then["promotions"]} == {str(item.id), str(open_now.id)}
    named = {"ids": [str(draft.id), str(item.id)]}
    pair = (await client.get(f"{PROMOTIONS}/matrix", headers=headers, params=named)).json()
    assert [each["relation"] for each in pair["pairs"]] == ["shares"]


async def test_a_table_of_too_many_or_of_nothing_known_is_refused(client, session):
    shop = await make_shop(session)
    headers = await marketer(session)
    for params in ({"ids": [str(uuid4())]}, {"channel_id": str(uuid4())}):
        unknown = await client.get(f"{PROMOTIONS}/matrix", headers=headers, params=params)
        assert (unknown.status_code, unknown.json()["type"]) == (422, "/problems/invalid-reference")
    for _ in range(200):
        await make_promotion(session, shop.merchant.id)
    full = await client.get(f"{PROMOTIONS}/matrix", headers=headers)
    assert (full.status_code, len(full.json()["pairs"])) == (200, 19_900)
    await make_promotion(session, shop.merchant.id)
    over = await client.get(f"{PROMOTIONS}/matrix", headers=headers)
    assert (over.status_code, over.json()["type"], over.json()["limit"]) == (
        422,
        "/problems/too-many-promotions",
        200,
    )
