"""Every action can be drafted, and none that would harm a cart."""

import pytest

from app.schemas.promotion_actions import ACTIONS
from app.services.promotions import engine
from tests.factories.promotions import make_promotion
from tests.factories.shop import make_shop
from tests.integration.promotions.offering import page
from tests.integration.promotions.test_api import PROMOTIONS, draft_for, marketer


def test_there_is_an_example_of_every_action():
    named = [action["type"] for actions in ACTIONS.values() for action in actions]
    assert sorted(named) == sorted(engine.ACTIONS)


async def test_every_action_can_be_drafted(client, session):
    shop = await make_shop(session)
    headers = await marketer(session)
    for stage, actions in ACTIONS.items():
        for action in actions:
            body = draft_for(shop, code=f"is-{action['type']}", stage=stage, action=action)
            if action["type"] == "addon":
                body["scope"] = {"skus": [str(shop.sku_ids[2])]}
                body["condition"] = {
                    "all": [
                        {
                            "type": "min_amount",
                            "amount_minor": 10_000,
                            "scope": {"spus": [str(shop.spu.id)]},
                        }
                    ]
                }
            made = await client.post(PROMOTIONS, json=body, headers=headers)
            assert made.status_code == 201, (action, made.text)
            assert made.json()["action"] == action


@pytest.mark.parametrize("sku_id", ["tea", "019A0000-0000-7000-8000-000000000000"])
async def test_goods_are_named_by_their_ids(client, session, sku_id):
    shop = await make_shop(session)
    action = {"type": "gift", "presents": [{"sku_id": sku_id, "quantity": 1}]}
    refused = await client.post(
        PROMOTIONS, json=draft_for(shop, action=action), headers=await marketer(session)
    )
    assert refused.status_code == 422
    pointers = [each["pointer"] for each in refused.json()["errors"]]
    assert pointers == ["/action/presents/0/sku_id"]


async def test_how_a_discount_is_spread_is_no_term_of_refunds(client, session):
    shop = await make_shop(session)
    body = draft_for(shop, refund={"spread": "group"})
    refused = await client.post(PROMOTIONS, json=body, headers=await marketer(session))
    assert [each["pointer"] for each in refused.json()["errors"]] == ["/refund/spread"]


async def test_a_bundle_shows_where_what_it_is_made_of_is_sold(client, session):
    shop, other = await make_shop(session), await make_shop(session)
    tea, pot, _ = shop.sku_ids
    bundle = await make_promotion(
        session,
        shop.merchant.id,
        stage="item",
        action={
            "type": "bundle_fixed",
            "price_minor": 25_000,
            "items": [{"sku_id": str(tea), "quantity": 1}, {"sku_id": str(pot), "quantity": 1}],
        },
    )
    await session.commit()
    [told] = (await page(client, shop))["promotions"]
    assert (told["promotion_id"], set(told["sku_ids"])) == (str(bundle.id), {str(tea), str(pot)})
    assert (await page(client, other))["promotions"] == []
