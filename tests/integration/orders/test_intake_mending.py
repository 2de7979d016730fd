"""Staff put right what keeps an order of a marketplace from being placed."""

import pytest
from sqlalchemy import text

from tests.factories.intake import SENT_TO, check_intake, make_marketplace, make_sender, sold
from tests.factories.orders import order_row
from tests.integration.orders.refunding import ok, refused


@pytest.fixture
async def tmall(session, shop):
    channel = await make_marketplace(session)
    await session.commit()
    return channel


@pytest.fixture
async def sender(client, session, tmall):
    return await make_sender(client, session)


def theirs(shop, number="T-1", **more):
    """An order of goods that are called otherwise here."""
    sent = sold(shop, number, (0, 2, 16_000), (1, 1, 19_000)) | more
    sent["lines"][0]["sku"] = "THEIR-TEE"
    return sent


class Mender:
    def __init__(self, clerk, shop):
        self.clerk, self.shop = clerk, shop

    async def mend(self, intake, *, version=None, **body):
        headers = self.clerk.headers | {"If-Match": f'"{version or intake["version"]}"'}
        path = f"/api/v1/admin/order-intake/{intake['id']}/mend"
        body = {"reason": "They renamed it"} | body
        return await self.clerk.client.post(path, headers=headers, json=body)

    async def get(self, number="T-1"):
        return await ok(await self.clerk.get(f"/admin/order-intake/tmall/{number}"))

    def goods(self, **more):
        return {"THEIR-TEE": {"sku": self.shop.skus[0].code} | more}


@pytest.fixture
async def mender(clerk, shop):
    return Mender(clerk, shop)


async def test_goods_are_named_and_the_order_is_placed(session, shop, sender, mender):
    sent = theirs(shop)
    (result,) = await sender.send(sent)
    assert (result["outcome"], result["problem"]["type"]) == ("failed", "/problems/unknown-goods")
    failed = await mender.get()
    done = await ok(await mender.mend(failed, goods=mender.goods()))
    assert (done["state"], done["tries"], done["problem"]) == ("placed", 2, None)
    # What was sent stays as it came, and is known again.
    assert done["content"] == failed["content"]
    assert done["content"]["lines"][0]["sku"] == "THEIR-TEE"
    assert done["mended"]["goods"]["THEIR-TEE"]["sku"] == shop.skus[0].code
    order = await ok(await mender.clerk.get(f"/admin/orders/{done['order_id']}"))
    assert [(x["sku_code"], x["net_minor"]) for x in order["lines"]] == [
        (shop.skus[0].code, 16_000),
        (shop.skus[1].code, 19_000),
    ]
    (again,) = await sender.send(sent)
    assert (again["outcome"], again["order_id"]) == ("known", done["order_id"])
    # The next one is not known by it.
    (other,) = await sender.send(theirs(shop, "T-2"))
    assert other["outcome"] == "failed"
    logged = await session.scalar(
        text("SELECT changes ->> 'reason' FROM operation_log WHERE action = 'orders.mend_intake'")
    )
    assert logged == "They renamed it"
    await check_intake(session)


async def test_a_code_is_remembered_for_the_channel(session, shop, sender, mender):
    await sender.send(theirs(shop))
    done = await ok(await mender.mend(await mender.get(), goods=mender.goods(), remember=True))
    assert done["state"] == "placed"
    (next_one,) = await sender.send(theirs(shop, "T-2"))
    assert next_one["outcome"] == "placed"
    await check_intake(session)


async def test_an_address_is_put_right(session, shop, sender, mender):
    await sender.send(sold(shop, "T-1", (0, 1, 9_000), address=SENT_TO | {"city": "Nowhere"}))
    failed = await mender.get()
    assert failed["problem"]["type"] == "/problems/unknown-region"
    wrong = await ok(await mender.mend(failed, address=SENT_TO | {"city": "Elsewhere"}))
    assert (wrong["state"], wrong["tries"]) == ("failed", 2)
    done = await ok(await mender.mend(wrong, address=SENT_TO | {"phone": "13800138000-77"}))
    assert done["state"] == "placed"
    row = await order_row(session, done["order_id"])
    assert (row["address"]["city"], row["address"]["recipient"]) == ("杭州", "王小明 [77]")
    assert done["content"]["address"]["city"] == "Nowhere"


async def test_what_is_sent_anew_is_without_it(shop, sender, mender):
    """The marketplace puts it right itself, or is sent again as it was."""
    await sender.send(theirs(shop))
    failed = await mender.get()
    elsewhere = SENT_TO | {"city": "Nowhere"}
    still = await ok(await mender.mend(failed, goods=mender.goods(), address=elsewhere))
    assert still["state"] == "failed"
    (same,) = await sender.send(theirs(shop))
    assert same["problem"]["type"] == "/problems/unknown-region"
    (other,) = await sender.send(theirs(shop, note="Ring twice"))
    assert other["problem"]["type"] == "/problems/unknown-goods"
    assert (await mender.get())["mended"] is None


async def test_only_what_failed_and_was_sent_is_mended(shop, sender, mender):
    await sender.send(theirs(shop), sold(shop, "T-2", (1, 1, 19_000)))
    failed, placed = await mender.get(), await mender.get("T-2")
    stale = await mender.mend(failed, version=9)
    assert await refused(stale) == (412, "stale-version")
    settled = await mender.mend(placed)
    assert await refused(settled) == (409, "illegal-order-intake-transition")
    strange = await mender.mend(failed, goods={"OTHER": {"sku": shop.skus[0].code}})
    assert await refused(strange) == (422, "invalid-reference")
    unknown = await mender.mend(failed, goods=mender.goods(merchant="nobody"))
    assert await refused(unknown) == (422, "unknown-goods")
    assert (await mender.get())["version"] == failed["version"]
    nobody = await mender.mend(failed | {"id": str(shop.member.id)})
    assert await refused(nobody) == (404, "not-found")
