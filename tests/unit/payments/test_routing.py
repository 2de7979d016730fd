"""Which account takes a payment."""

from itertools import permutations
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.enums.payments import Scene
from app.services.payments.engine.routing import Offered, Route, Routing, Sale, choose
from app.services.payments.errors import SceneUnsupported, UnknownChannel


def id_of(name: str) -> UUID:
    return uuid5(UUID(int=0), name)


WEB, APP, US, SHOP_A, SHOP_B = map(id_of, ("web", "app", "us", "a", "b"))
SALE = Sale(currency="CNY", channel_id=WEB, merchant_ids=frozenset({SHOP_A}))
EVERYWHERE = Offered(scenes={"main": None, "second": None, "codes": frozenset({Scene.QR})})


def chosen(*routes: Route, name: str = "wechatpay", sale: Sale = SALE, **more: object) -> str:
    disabled = frozenset(more.get("disabled", ()))  # type: ignore[call-overload]
    scene = Scene(str(more.get("scene", Scene.PAGE)))
    return choose(Routing(routes=routes, disabled=disabled), EVERYWHERE, name, sale, scene)


def test_without_routes_an_account_is_named_by_its_code() -> None:
    assert chosen(name="main") == "main"
    with pytest.raises(UnknownChannel) as refused:
        chosen(name="nobody")
    assert refused.value.context["channels"] == ["codes", "main", "second"]


def test_lower_priorities_come_first_whatever_order_they_are_kept_in() -> None:
    routes = (
        Route(method="wechatpay", account="main", priority=20),
        Route(method="wechatpay", account="second", priority=10),
        Route(method="alipay", account="codes", priority=0),
    )
    assert {chosen(*each) for each in permutations(routes)} == {"second"}
    assert chosen(*routes, disabled={"second"}) == "main"


def test_of_equal_priorities_the_one_with_more_conditions_counts() -> None:
    routes = (
        Route(method="wechatpay", account="main"),
        Route(method="wechatpay", account="second", channel_id=WEB, currency="CNY"),
    )
    assert chosen(*routes) == "second"
    assert chosen(*routes, sale=Sale(currency="CNY", channel_id=APP)) == "main"


@pytest.mark.parametrize(
    "condition",
    [
        {"channel_id": APP},
        {"scene": Scene.APP},
        {"currency": "USD"},
        {"merchant_id": SHOP_B},
    ],
)
def test_a_route_leads_only_where_all_its_conditions_hold(condition: dict[str, object]) -> None:
    with pytest.raises((UnknownChannel, SceneUnsupported)):
        chosen(Route(method="wechatpay", account="main", **condition))  # type: ignore[arg-type]


def test_a_merchants_account_takes_only_what_is_all_that_merchants() -> None:
    route = Route(method="wechatpay", account="main", merchant_id=SHOP_A)
    assert chosen(route) == "main"
    mixed = Sale(currency="CNY", channel_id=WEB, merchant_ids=frozenset({SHOP_A, SHOP_B}))
    with pytest.raises(UnknownChannel):
        chosen(route, sale=mixed)


def test_naming_an_account_does_not_get_round_its_routes() -> None:
    route = Route(method="wechatpay", account="main", channel_id=APP)
    with pytest.raises(UnknownChannel):
        chosen(route, name="main")
    assert chosen(route, name="main", sale=Sale(currency="CNY", channel_id=APP)) == "main"


def test_an_account_without_the_scene_is_passed_over() -> None:
    routes = (
        Route(method="wechatpay", account="codes", priority=1),
        Route(method="wechatpay", account="second", priority=2),
    )
    assert chosen(*routes, scene=Scene.QR) == "codes"
    assert chosen(*routes, scene=Scene.APP) == "second"
    with pytest.raises(SceneUnsupported) as refused:
        chosen(routes[0], scene=Scene.APP)
    assert refused.value.context["scenes"] == [Scene.QR]


def test_a_disabled_account_takes_nothing() -> None:
    for name in ("main", "wechatpay"):
        with pytest.raises(UnknownChannel) as refused:
            chosen(Route(method="wechatpay", account="main"), name=name, disabled={"main"})
        assert refused.value.context["channels"] == ["codes", "second"]


def test_what_the_settings_do_not_offer_takes_nothing() -> None:
    with pytest.raises(UnknownChannel):
        chosen(Route(method="wechatpay", account="retired"))


ROUTES = st.builds(
    Route,
    method=st.sampled_from(["wechatpay", "alipay"]),
    account=st.sampled_from(["main", "second", "codes", "retired"]),
    priority=st.integers(0, 3),
    channel_id=st.sampled_from([None, WEB, APP]),
    scene=st.sampled_from([None, Scene.QR, Scene.APP]),
    currency=st.sampled_from([None, "CNY", "USD"]),
    merchant_id=st.sampled_from([None, SHOP_A, SHOP_B]),
)


@given(
    st.lists(ROUTES, max_size=6),
    st.frozensets(st.sampled_from(["main", "second"])),
    st.sampled_from(["wechatpay", "alipay", "main", "codes", "retired"]),
    st.sampled_from(list(Scene)),
)
def test_whatever_is_chosen_may_take_it_and_nothing_better_could(
    routes: list[Route], disabled: frozenset[str], name: str, scene: Scene
) -> None:
    routing = Routing(routes=tuple(routes), disabled=disabled)
    fit = sorted(
        (
            each
            for each in routes
            if name in {each.method, each.account}
            and each.holds(SALE, scene)
            and each.account not in disabled
            and EVERYWHERE.serves(each.account, scene)
        ),
        key=lambda each: each.rank,
    )
    try:
        account = choose(routing, EVERYWHERE, name, SALE, scene)
    except (UnknownChannel, SceneUnsupported):
        assert not fit
        return
    assert account not in disabled
    assert EVERYWHERE.serves(account, scene)
    if fit:
        assert account == fit[0].account
    else:
        assert account == name
        assert all(each.account != name for each in routes)
