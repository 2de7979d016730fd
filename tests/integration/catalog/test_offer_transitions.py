"""Two processes on one database: whatever changes what things cost, the next answer shows it."""

from sqlalchemy import text

from app.core.enums.pricing import PriceListKind
from app.core.enums.promotions import PromotionStatus
from app.core.ids import new_id
from app.models.catalog import Channel, Sku, Spu
from app.models.pricing import PriceFloor, PriceList, PriceListMember, PricePolicy
from app.services import pricing, promotions
from app.services.pricing import PriceRow, QuotaUse
from tests.factories.catalog import make_brand, make_category, make_sku, make_spu
from tests.factories.inventory import put_stock
from tests.factories.members import bearer
from tests.factories.pricing import make_price_list, put_price
from tests.factories.staff import actor_of, make_staff
from tests.integration.catalog.town import PLAIN, TEN_LESS, add, buy, edit, make
from tests.integration.promotions.offering import card, page, prices


async def test_a_price_for_named_members_is_theirs_while_they_are_named(town):
    shop = town.shop
    b2b = await make(town, lambda s: make_price_list(s, kind=PriceListKind.B2B))
    await make(town, lambda s: put_price(s, b2b.id, shop.sku_ids[0], 100))
    headers = await make(town, lambda s: bearer(s, shop.member))

    async def shown() -> list[int]:
        found = [await prices(process, shop, **headers) for process in town.processes]
        return [each[0] for each in found]

    assert await shown() == [10_000, 10_000]
    await make(
        town,
        lambda s: add(s, PriceListMember(price_list_id=b2b.id, member_id=shop.member.id)),
    )
    assert await shown() == [100, 100]
    await town.show(*PLAIN)
    await town.change("DELETE FROM price_list_members")
    assert await shown() == [10_000, 10_000]


async def test_a_promotion_is_activated_and_stopped(town):
    row = await town.promote(status=PromotionStatus.APPROVED)
    await town.show(*PLAIN)
    async with town.sessions.begin() as session:
        staff = actor_of(await make_staff(session))
        await promotions.activate(session, row.id, version=1, actor=staff)
    await town.show(*TEN_LESS)
    async with town.sessions.begin() as session:
        await promotions.stop(session, row.id, reason="wrong", actor=staff)
    await town.show(*PLAIN)


async def test_what_is_not_committed_is_not_shown(town):
    row = await town.promote()
    await town.show(*TEN_LESS)
    async with town.sessions() as session:
        await session.execute(
            text("UPDATE promotions SET status = 'ended' WHERE id = :id"), {"id": row.id}
        )
        await town.show(*TEN_LESS)
        await session.rollback()
    await town.show(*TEN_LESS)


async def test_edited_rules_and_limits_count_at_once(town):
    row = await town.promote()
    await town.show(*TEN_LESS)
    await town.change(
        """UPDATE promotions SET version = version + 1,
            action = '{"type": "percent_off_unit", "rate_bps": 2000}' WHERE id = :id""",
        id=row.id,
    )
    await town.show(8_000, 16_000, 4_000)
    await town.change(
        "UPDATE promotion_quotas SET total_uses = 0 WHERE promotion_id = :id", id=row.id
    )
    await town.show(*PLAIN)


async def test_a_promotion_runs_out_of_uses_and_comes_back(town):
    row = await town.promote(total_uses=2)
    await town.show(*TEN_LESS)
    before, orders = await town.epoch(), [new_id(), new_id()]
    for left, order_id in zip((True, False), orders, strict=True):
        await buy(town, order_id)
        await town.show(*TEN_LESS if left else PLAIN)
        for process in town.processes:
            told = (await page(process, town.shop))["promotions"]
            assert [each["promotion_id"] for each in told] == [str(row.id)] * left
    async with town.sessions.begin() as session:
        await promotions.release_uses(session, orders[0], was_paid=False)
    await town.show(*TEN_LESS)
    assert await town.epoch() == before  # no order writes what everybody reads


async def test_what_is_left_of_a_budget_suffices_for_some_goods_only(town):
    await town.promote(budget_minor=3_500)
    await town.show(*TEN_LESS)
    await buy(town, new_id(), sku=1)
    await town.show(9_000, 20_000, 4_500)
    await buy(town, new_id(), sku=0)
    await town.show(10_000, 20_000, 4_500)
    await buy(town, new_id(), sku=2)
    await town.show(*PLAIN)


async def test_a_price_changes_and_is_withdrawn(town):
    staff = await make(town, make_staff)
    flash = await make(town, lambda s: make_price_list(s, kind=PriceListKind.FLASH))
    await town.show(*PLAIN)
    for price, list_id, shown in (
        (4_000, town.shop.price_list.id, 4_000),
        (3_000, flash.id, 3_000),
        (None, flash.id, 4_000),
        (10_000, town.shop.price_list.id, 10_000),
    ):
        async with town.sessions.begin() as session:
            rows = [PriceRow(town.shop.sku_ids[0], price)]
            await pricing.set_prices(session, list_id, rows, actor=actor_of(staff))
        await town.show(shown, 20_000, 5_000)


async def test_a_quota_price_sells_out_and_comes_back(town):
    flash = await make(town, lambda s: make_price_list(s, kind=PriceListKind.FLASH))
    sku_id, order_id = town.shop.sku_ids[0], new_id()
    await make(town, lambda s: put_price(s, flash.id, sku_id, 100, quota=1))
    await town.show(100, 20_000, 5_000)
    async with town.sessions.begin() as session:
        uses = [QuotaUse(sku_id, flash.id, 1, 1)]
        await pricing.use_quota(session, order_id, town.shop.member.id, uses)
    await town.show(*PLAIN)
    async with town.sessions.begin() as session:
        await pricing.release_quota(session, order_id)
    await town.show(100, 20_000, 5_000)


async def test_a_price_list_begins_to_block_promotions(town):
    await town.promote()
    await town.show(*TEN_LESS)
    await edit(town, PriceList, town.shop.price_list.id, blocks_promotions=True)
    await town.show(*PLAIN)


async def test_goods_move_into_scope_and_out_of_it(town):
    shop = town.shop
    elsewhere = await make(town, make_category)
    brand = await make(town, make_brand)
    await town.promote(scope={"categories": [str(elsewhere.id)]})
    by_brand = await town.promote(scope={"brands": [str(brand.id)]})
    await town.show(*PLAIN)
    await town.change(
        "UPDATE categories SET parent_id = :to, ancestor_ids = ARRAY[CAST(:to AS uuid)]"
        " WHERE id = :id",
        to=elsewhere.id,
        id=shop.category.id,
    )
    await town.show(*TEN_LESS)
    await town.change(
        "UPDATE categories SET parent_id = NULL, ancestor_ids = '{}' WHERE id = :id",
        id=shop.category.id,
    )
    await town.show(*PLAIN)
    await edit(town, Spu, shop.spu.id, brand_id=brand.id)
    for process in town.processes:
        found = await page(process, shop)
        assert [each["promotion_id"] for each in found["promotions"]] == [str(by_brand.id)]
        assert found["skus"][0]["offer"]["price_minor"] == 9_000


async def test_floors_costs_and_what_a_channel_allows(town):
    shop = town.shop
    await town.promote()
    await town.show(*TEN_LESS)
    floor = PriceFloor(sku_id=shop.sku_ids[0], currency="CNY", floor_minor=9_500)
    await make(town, lambda session: add(session, floor))
    await town.show(9_500, 18_000, 4_500)
    policy = PricePolicy(id=new_id(), channel_id=None, version=1, max_discount_bps=500)
    await make(town, lambda session: add(session, policy))
    await town.show(9_500, 19_000, 4_750)
    await edit(town, PricePolicy, policy.id, max_discount_bps=None, min_margin_bps=0)
    await town.show(9_500, 18_000, 4_500)
    await edit(town, Sku, shop.sku_ids[2], cost_minor=4_200, cost_currency="CNY")
    await town.show(9_500, 18_000, 4_746)
    await town.change("UPDATE tax_rates SET rate_bps = 0")
    await town.show(9_500, 18_000, 4_500)
    await town.change("UPDATE tax_rates SET rate_bps = 1300")
    await town.show(9_500, 18_000, 4_746)
    await edit(town, Channel, shop.channel.id, tax_mode="exclusive")
    await town.show(9_500, 18_000, 4_500)
    await town.change("DELETE FROM price_floors")
    await town.show(*TEN_LESS)


async def test_a_gift_runs_out_of_stock_and_comes_back(town):
    pot = await make(town, make_spu)
    gift = await make(town, lambda session: make_sku(session, spu=pot))
    await make(town, lambda s: put_price(s, town.shop.price_list.id, gift.id, 3_000))
    presents = [{"sku_id": str(gift.id), "quantity": 2}]
    await town.promote(stage="order", action={"type": "gift", "presents": presents})

    async def given() -> list[int]:
        shown = [await card(process, town.shop) for process in town.processes]
        return [sum(each["quantity"] for each in offer["gifts"]) for offer in shown]

    assert await given() == [0, 0]
    warehouse = town.shop.warehouse.id
    await make(town, lambda session: put_stock(session, gift.id, warehouse, 2))
    assert await given() == [2, 2]
    await town.change("UPDATE stock SET reserved = 1 WHERE sku_id = :id", id=gift.id)
    assert await given() == [0, 0]
