"""A guest's cart becomes the member's."""

from sqlalchemy import text

from app.core.actor import Actor, Audience
from app.core.ids import new_id
from app.core.settings import CheckoutSettings
from app.services.cart.gifts import choose_gifts
from app.services.cart.merge import merge
from tests.factories.cart import make_cart, put_line
from tests.factories.members import make_guest, make_member
from tests.factories.shop import make_shop

LIMITS = CheckoutSettings(max_lines=2, max_quantity=10)


async def lines_of(session, cart_id):
    found = await session.execute(
        text(
            "SELECT sku_id, options_key, quantity, member_id FROM cart_lines"
            " WHERE cart_id = :cart_id ORDER BY id"
        ),
        {"cart_id": cart_id},
    )
    return [tuple(row) for row in found]


async def test_quantities_add_up_and_coupons_unite(session):
    shop = await make_shop(session)
    one, two, three = shop.sku_ids
    guest = await make_guest(session)
    theirs = await make_cart(
        session, guest.id, [(one, 7), (two, 2), (three, 1)], coupon_codes=["B", "C"]
    )
    own = await make_cart(session, shop.member.id, [(one, 5)], coupon_codes=["A", "B"])

    await merge(session, guest_id=guest.id, member_id=shop.member.id, limits=LIMITS)

    member_id = shop.member.id
    assert set(await lines_of(session, own)) == {
        (one, "", 10, member_id),
        (two, "", 2, member_id),
    }
    state = text("SELECT state, coupon_codes FROM carts WHERE id = :id")
    assert (await session.execute(state, {"id": own})).one() == ("open", ["A", "B", "C"])
    assert (await session.execute(state, {"id": theirs})).one().state == "merged"


async def test_choices_of_gifts_unite_and_the_members_own_stand(session):
    shop = await make_shop(session)
    actor = Actor(Audience.STOREFRONT, shop.member.id)
    guest = await make_guest(session)
    theirs = await make_cart(session, guest.id, [(shop.sku_ids[0], 1)])
    own = await make_cart(session, shop.member.id, [])
    first, second, third = new_id(), new_id(), new_id()
    tea, pot, _ = shop.sku_ids
    visitor = Actor(Audience.STOREFRONT, guest.id, is_guest=True)
    await choose_gifts(session, theirs, {first: tea, second: tea}, actor=visitor)
    await choose_gifts(session, own, {second: pot, third: pot}, actor=actor)
    await merge(session, guest_id=guest.id, member_id=shop.member.id, limits=LIMITS)
    chosen = await session.scalar(
        text("SELECT gift_choices FROM carts WHERE id = :id"), {"id": own}
    )
    assert chosen == {str(first): str(tea), str(second): str(pot), str(third): str(pot)}


async def test_merging_again_changes_nothing(session):
    shop = await make_shop(session)
    guest = await make_guest(session)
    await make_cart(session, guest.id, [(shop.skus[0].id, 3)])
    await merge(session, guest_id=guest.id, member_id=shop.member.id, limits=LIMITS)
    before = await everything(session)
    await merge(session, guest_id=guest.id, member_id=shop.member.id, limits=LIMITS)
    assert await everything(session) == before


async def test_a_member_without_a_cart_gets_one_with_the_guests_lines(session):
    shop = await make_shop(session)
    guest = await make_guest(session)
    source = await make_cart(session, guest.id, [(shop.skus[0].id, 3)])
    await put_line(session, source, guest.id, shop.skus[0].id, 1, options_key="x")
    await merge(session, guest_id=guest.id, member_id=shop.member.id, limits=LIMITS)
    own = await session.scalar(
        text("SELECT id FROM carts WHERE member_id = :id AND state = 'open'"),
        {"id": shop.member.id},
    )
    assert await lines_of(session, own) == [
        (shop.skus[0].id, "", 3, shop.member.id),
        (shop.skus[0].id, "x", 1, shop.member.id),
    ]


async def test_a4_the_cart_of_another_member_is_never_taken(session):
    """A4: only a guest's cart is merged, whoever is named."""
    shop = await make_shop(session)
    other = await make_member(session)
    await make_cart(session, other.id, [(shop.skus[0].id, 3)])
    before = await everything(session)
    await merge(session, guest_id=other.id, member_id=shop.member.id, limits=LIMITS)
    assert await everything(session) == before


async def everything(session):
    carts = await session.execute(text("SELECT * FROM carts ORDER BY id"))
    lines = await session.execute(text("SELECT * FROM cart_lines ORDER BY id"))
    return [tuple(row) for row in carts], [tuple(row) for row in lines]


async def test_s13_a_sku_counts_over_all_lines_of_both(session):
    """The member's own line stands, then what adds up, then others while there is room."""
    shop = await make_shop(session)
    tea, cup = shop.sku_ids[:2]
    guest = await make_guest(session)
    theirs = await make_cart(session, guest.id, [(tea, 3), (cup, 9)])
    await put_line(session, theirs, guest.id, tea, 4, options_key="red")
    own = await make_cart(session, shop.member.id, [(tea, 5)])

    limits = CheckoutSettings(max_lines=9, max_quantity=10)
    await merge(session, guest_id=guest.id, member_id=shop.member.id, limits=limits)

    member_id = shop.member.id
    assert set(await lines_of(session, own)) == {
        (tea, "", 8, member_id),
        (tea, "red", 2, member_id),
        (cup, "", 9, member_id),
    }


async def test_what_there_is_no_room_for_stays_behind(session):
    shop = await make_shop(session)
    tea, cup = shop.sku_ids[:2]
    guest = await make_guest(session)
    theirs = await make_cart(session, guest.id, [(cup, 1)])
    await put_line(session, theirs, guest.id, tea, 4, options_key="red")
    own = await make_cart(session, shop.member.id, [(tea, 12)])  # from before there was a limit

    limits = CheckoutSettings(max_lines=9, max_quantity=10)
    await merge(session, guest_id=guest.id, member_id=shop.member.id, limits=limits)

    member_id = shop.member.id
    assert set(await lines_of(session, own)) == {(tea, "", 12, member_id), (cup, "", 1, member_id)}
    assert await lines_of(session, theirs) == [(tea, "red", 4, guest.id)]
