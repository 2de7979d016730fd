"""Putting goods into a cart."""

import pytest
from sqlalchemy import text

from app.core.errors import InvalidReference, NotFound
from app.core.ids import new_id
from app.core.settings import CheckoutSettings
from app.services.cart.errors import AmbiguousSku, QuantityTooLarge, TooManyLines
from app.services.cart.lines import AddLine, ChangeLine, add_line, change_line, remove_line
from app.services.cart.open import open_cart
from app.services.cart.snapshot import snapshot
from tests.factories.members import actor_of, make_member
from tests.factories.merchants import make_merchant
from tests.factories.shop import make_shop

LIMITS = CheckoutSettings(max_lines=3, max_quantity=10)


@pytest.fixture
async def shop(session):
    return await make_shop(session)


@pytest.fixture
def actor(shop):
    return actor_of(shop.member)


@pytest.fixture
async def cart_id(session, shop, actor):
    return (await open_cart(session, None, actor=actor))[0]


async def add(session, cart_id, actor, **command):
    return await add_line(session, cart_id, AddLine(**command), actor=actor, limits=LIMITS)


async def quantities(session, cart_id, actor):
    found = await snapshot(session, cart_id, actor)
    return {(line.sku_id, line.options_key): line.quantity for line in found.lines}


async def test_a_member_has_one_open_cart_of_a_channel(session, shop, actor):
    first, is_new = await open_cart(session, None, actor=actor)
    again, is_new_again = await open_cart(session, shop.channel.code, actor=actor)
    assert (is_new, again, is_new_again) == (True, first, False)


async def test_an_unknown_channel_is_refused(session, shop, actor):
    with pytest.raises(InvalidReference):
        await open_cart(session, "nowhere", actor=actor)


async def test_the_same_sku_adds_up(session, shop, actor, cart_id):
    first = await add(session, cart_id, actor, sku_id=shop.skus[0].id, quantity=2)
    again = await add(session, cart_id, actor, sku_code=shop.skus[0].code, quantity=3)
    assert (again.id, again.quantity, again.cart_version) == (first.id, 5, first.cart_version + 1)


async def test_other_options_are_another_line(session, shop, actor, cart_id):
    sku_id = shop.skus[0].id
    await add(session, cart_id, actor, sku_id=sku_id, options={"engraving": "L"})
    await add(session, cart_id, actor, sku_id=sku_id, options={"engraving": "M"})
    await add(session, cart_id, actor, sku_id=sku_id, options={"engraving": "L"}, quantity=2)
    assert await quantities(session, cart_id, actor) == {
        (sku_id, '{"engraving":"L"}'): 3,
        (sku_id, '{"engraving":"M"}'): 1,
    }


async def test_s13_the_limit_counts_a_sku_over_all_its_lines(session, shop, actor, cart_id):
    """S13: the same variant with other options counts together."""
    sku_id = shop.skus[0].id
    await add(session, cart_id, actor, sku_id=sku_id, quantity=6)
    with pytest.raises(QuantityTooLarge) as refused:
        await add(session, cart_id, actor, sku_id=sku_id, options={"a": "b"}, quantity=5)
    assert refused.value.context == {"max_quantity": 10}
    line = await add(session, cart_id, actor, sku_id=sku_id, options={"a": "b"}, quantity=4)
    with pytest.raises(QuantityTooLarge):
        await change_line(
            session, cart_id, line.id, ChangeLine(quantity=5), actor=actor, limits=LIMITS
        )


async def test_lines_above_a_lowered_limit_still_become_less(session, shop, actor, cart_id):
    sku_id = shop.skus[0].id
    await add(session, cart_id, actor, sku_id=sku_id, quantity=6)
    line = await add(session, cart_id, actor, sku_id=sku_id, options={"a": "b"}, quantity=4)
    low = CheckoutSettings(max_lines=3, max_quantity=5)

    async def change(**values):
        command = ChangeLine(**values)
        return await change_line(session, cart_id, line.id, command, actor=actor, limits=low)

    assert not (await change(is_selected=False)).is_selected
    assert (await change(quantity=3)).quantity == 3
    with pytest.raises(QuantityTooLarge):
        await change(quantity=4)


async def test_a_full_cart_takes_only_more_of_the_same(session, shop, actor, cart_id):
    for sku in shop.skus:
        await add(session, cart_id, actor, sku_id=sku.id)
    with pytest.raises(TooManyLines) as refused:
        await add(session, cart_id, actor, sku_id=shop.skus[0].id, options={"a": "b"})
    assert refused.value.context == {"max_lines": 3}
    assert (await add(session, cart_id, actor, sku_id=shop.skus[0].id)).quantity == 2


async def test_unknown_and_unsold_skus_are_refused(session, shop, actor, cart_id):
    with pytest.raises(InvalidReference):
        await add(session, cart_id, actor, sku_id=new_id())
    await session.execute(
        text("UPDATE skus SET status = 'inactive' WHERE id = :id"), {"id": shop.skus[0].id}
    )
    with pytest.raises(InvalidReference):
        await add(session, cart_id, actor, sku_id=shop.skus[0].id)


async def test_a_code_two_merchants_use_needs_the_merchant(session, shop, actor, cart_id):
    other = await make_merchant(session, code="another")
    await session.execute(
        text("UPDATE skus SET merchant_id = :merchant_id, code = :code WHERE id = :id"),
        {"merchant_id": other.id, "code": shop.skus[0].code, "id": shop.skus[1].id},
    )
    with pytest.raises(AmbiguousSku) as refused:
        await add(session, cart_id, actor, sku_code=shop.skus[0].code)
    assert refused.value.context == {"merchants": ["another", shop.merchant.code]}
    line = await add(session, cart_id, actor, sku_code=shop.skus[0].code, merchant="another")
    assert line.sku_id == shop.skus[1].id


async def test_a_line_changes_and_goes(session, shop, actor, cart_id):
    line = await add(session, cart_id, actor, sku_id=shop.skus[0].id, note="gift")
    changed = await change_line(
        session,
        cart_id,
        line.id,
        ChangeLine(quantity=7, is_selected=False),
        actor=actor,
        limits=LIMITS,
    )
    assert (changed.quantity, changed.is_selected, changed.note) == (7, False, "gift")
    assert await quantities(session, cart_id, actor) == {}
    cleared = await change_line(
        session, cart_id, line.id, ChangeLine(sets_note=True), actor=actor, limits=LIMITS
    )
    assert (cleared.quantity, cleared.note) == (7, None)
    await remove_line(session, cart_id, line.id, actor=actor)
    with pytest.raises(NotFound):
        await remove_line(session, cart_id, line.id, actor=actor)


async def test_a1_the_cart_of_somebody_else_is_not_found(session, shop, actor, cart_id):
    """A1: every use of a cart is scoped to its member."""
    line = await add(session, cart_id, actor, sku_id=shop.skus[0].id)
    stranger = actor_of(await make_member(session))
    with pytest.raises(NotFound):
        await snapshot(session, cart_id, stranger)
    with pytest.raises(NotFound):
        await add(session, cart_id, stranger, sku_id=shop.skus[0].id)
    with pytest.raises(NotFound):
        await change_line(
            session, cart_id, line.id, ChangeLine(quantity=2), actor=stranger, limits=LIMITS
        )
    with pytest.raises(NotFound):
        await remove_line(session, cart_id, line.id, actor=stranger)
    own, _ = await open_cart(session, None, actor=stranger)
    with pytest.raises(NotFound):
        await remove_line(session, own, line.id, actor=stranger)
    assert await quantities(session, cart_id, actor) == {(shop.skus[0].id, ""): 1}
