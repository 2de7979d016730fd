"""Kuaidi100's adapter against a simulator that shares none of its code."""

from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from app.adapters.kuaidi100 import Kuaidi100
from app.adapters.kuaidi100.codes import NAMES, STATES
from app.adapters.kuaidi100.wire import scans, sign
from app.core.enums.shipping import ShipmentState
from app.core.settings import Kuaidi100Settings
from app.services.orders.carriers.ports import (
    CarrierRefused,
    CarrierUnreachable,
    Parcel,
    PushUnreadable,
)
from app.services.payments import SignatureInvalid
from tests.simulators.kuaidi100 import CUSTOMER, KEY, SALT, Kuaidi100Simulator

S = ShipmentState
SETTINGS = Kuaidi100Settings(customer=CUSTOMER, key=SecretStr(KEY), salt=SecretStr(SALT))
PARCEL = Parcel(carrier="shunfeng", tracking_number="SF1001", phone="+8613800138000")
URL = "https://shop.example/api/v1/webhooks/kuaidi100"


@pytest.fixture
def there():
    made = Kuaidi100Simulator()
    made.seen("shunfeng", "SF1001", "2026-11-20 09:00:00", "已揽收", "103", "已揽收")
    made.seen(
        "shunfeng", "SF1001", "2026-11-21 08:00:00", "正在派送", "5", "派件", areaName="上海,上海市"
    )
    made.seen("shunfeng", "SF1001", "2026-11-21 10:30:00", "已投柜", "501", "投柜或驿站")
    return made


@pytest.fixture
async def here(there):
    made = Kuaidi100(SETTINGS, timeout_seconds=5, transport=there.transport())
    yield made
    await made.aclose()


def test_the_signature_is_md5_in_capitals_of_all_in_a_row():
    """`printf '{"com":"jd"}keycustomer' | md5sum`."""
    assert sign('{"com":"jd"}', "key", "customer") == "F7A604DFA085DA20AF64F4647147BF5E"


async def test_a_parcel_is_asked_for_with_four_digits_of_a_phone(there, here):
    found = await here.track(PARCEL)
    assert there.asked == [
        {
            "com": "shunfeng",
            "num": "SF1001",
            "phone": "8000",
            "resultv2": "4",
            "show": "0",
            "order": "asc",
        }
    ]
    assert [each.state for each in found] == [
        S.IN_TRANSIT,
        S.OUT_FOR_DELIVERY,
        S.AWAITING_PICKUP,
    ]
    assert found[0].at == datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
    assert (found[1].location, found[1].description) == ("上海,上海市", "正在派送")
    assert len({each.id for each in found}) == len(found)


async def test_what_nobody_has_seen_has_no_way(here):
    assert await here.track(Parcel(carrier="jd", tracking_number="JD404")) == ()


@pytest.mark.parametrize(
    ("trouble", "error"),
    [
        ((200, '{"result":false,"returnCode":"501","message":"服务器错误"}'), CarrierUnreachable),
        ((200, '{"result":false,"returnCode":"502","message":"服务器繁忙"}'), CarrierUnreachable),
        ((200, '{"result":false,"returnCode":"601","message":"KEY已过期"}'), CarrierRefused),
        ((200, '{"result":false,"returnCode":"400","message":"找不到公司"}'), CarrierRefused),
        ((502, "<html>"), CarrierUnreachable),
        ((200, "[]"), CarrierUnreachable),
        ((200, "{}"), CarrierUnreachable),
        ((500, '{"result":true}'), CarrierUnreachable),
    ],
)
async def test_trouble_and_refusals_are_told_apart(there, here, trouble, error):
    there.trouble.append(trouble)
    with pytest.raises(error):
        await here.track(PARCEL)


async def test_a_wrong_key_is_refused(there):
    wrong = Kuaidi100Settings(customer=CUSTOMER, key=SecretStr("x"), salt=SecretStr(SALT))
    port = Kuaidi100(wrong, timeout_seconds=5, transport=there.transport())
    with pytest.raises(CarrierRefused):
        await port.track(PARCEL)
    with pytest.raises(CarrierRefused):
        await port.subscribe(PARCEL, callback_url=URL)
    await port.aclose()


async def test_a_parcel_is_subscribed_once(there, here):
    for _ in range(2):
        await here.subscribe(PARCEL, callback_url=URL)
    assert there.subscriptions == {
        ("shunfeng", "SF1001"): {
            "callbackurl": URL,
            "salt": SALT,
            "resultv2": "4",
            "phone": "8000",
        }
    }


async def test_a_push_says_what_a_query_says(there, here):
    push = here.verify_push({}, there.push("shunfeng", "SF1001"))
    assert (push.parcel.carrier, push.parcel.tracking_number) == ("shunfeng", "SF1001")
    assert push.scans == await here.track(PARCEL)


def test_another_carrier_found_there_is_still_ours(there, here):
    body = there.push("shunfeng", "SF1001", autoCheck="1", comOld="jd", comNew="shunfeng")
    assert here.verify_push({}, body).parcel.carrier == "jd"


def test_what_is_not_signed_is_not_believed(there, here):
    good = there.push("shunfeng", "SF1001")
    for bad in (
        there.push("shunfeng", "SF1001", salt="other"),
        good.replace(b"SF1001", b"SF1002"),
        good.replace(b"sign=", b"sing="),
        b"",
        b"\xff\xfe",
        b"sign=&param=",
    ):
        with pytest.raises(SignatureInvalid):
            here.verify_push({}, bad)


def test_what_is_signed_and_says_nothing_is_unreadable(there, here):
    for more in ({"lastResult": None}, {"lastResult": {"com": "jd"}}, {"lastResult": []}):
        with pytest.raises(PushUnreadable):
            here.verify_push({}, there.push("shunfeng", "SF1001", **more))


def test_entries_without_codes_are_read_by_their_words():
    entry = {"ftime": "2026-11-20 09:00:00", "context": "x"}
    (said,) = scans({"state": "3", "data": [entry]})
    assert said.state is S.DELIVERED
    (said,) = scans({"state": "0", "data": [entry | {"status": "签收"}]})
    assert said.state is S.DELIVERED
    (said,) = scans({"state": "0", "data": [entry | {"status": "新状态"}]})
    assert said.state is None
    assert scans({"data": [{"ftime": "yesterday", "context": "x"}, "nonsense"]}) == ()


def test_no_code_says_that_a_parcel_is_back_or_never_left():
    said = {*STATES.values(), *NAMES.values()} - {None}
    assert said == {
        S.IN_TRANSIT,
        S.OUT_FOR_DELIVERY,
        S.AWAITING_PICKUP,
        S.DELIVERED,
        S.REFUSED,
        S.RETURNING,
    }
