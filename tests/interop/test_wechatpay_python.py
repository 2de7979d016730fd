"""wechatpayv3, a library by others, against the adapter and against the simulator."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from wechatpayv3 import WeChatPay, WeChatPayType
from wechatpayv3.utils import aes_decrypt, build_authorization, load_private_key, rsa_verify

from app.core import clock
from app.core.enums.payments import Scene
from app.core.ids import new_id
from tests.interop.served import served
from tests.simulators.wechatpay import Platform, crypto
from tests.simulators.wechatpay.account import API_KEY, APP_IDS, MCH_ID, SERIAL
from tests.simulators.wechatpay.keyring import key_number
from tests.unit.wechatpay.conftest import NOTIFY, Bench, make_bench, payment

OURS = key_number(0).export_key("PEM", pkcs=8).decode()
OPENID = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"


def sdk(platform: Platform, base: str = "", scene: Scene = Scene.JSAPI) -> WeChatPay:
    made = WeChatPay(
        wechatpay_type=WeChatPayType.JSAPI,
        mchid=MCH_ID,
        private_key=OURS,
        cert_serial_no=SERIAL,
        apiv3_key=API_KEY,
        appid=APP_IDS[scene],
        notify_url=NOTIFY,
        public_key=platform.keys.public_key.public_key().export_key("PEM").decode(),
        public_key_id=platform.keys.public_key_id,
        timeout=(5, 5),
    )
    made._core._gate_way = base
    return made


@pytest.fixture
def bench() -> Bench:
    return make_bench()


@pytest.mark.parametrize(
    ("method", "path", "document"),
    [
        ("GET", f"/v3/pay/transactions/out-trade-no/1217752501?mchid={MCH_ID}", None),
        ("POST", "/v3/pay/transactions/jsapi", {"description": "山海小店", "amount": {"total": 1}}),
    ],
)
def test_it_signs_our_requests_exactly_as_we_do(
    bench: Bench, method: str, path: str, document: dict[str, Any] | None
) -> None:
    body = json.dumps(document, ensure_ascii=False) if document else ""
    with time_machine.travel(clock.now(), tick=False):
        ours = bench.gateway._client.request(method, path, body.encode())
        said = ours.headers["authorization"]
        nonce = said.split('nonce_str="')[1].split('"')[0]
        theirs = build_authorization(
            path, method, MCH_ID, SERIAL, load_private_key(OURS), data=body, nonce_str=nonce
        )
    assert theirs == said


async def test_it_signs_what_clients_get_exactly_as_we_do(bench: Bench) -> None:
    client = sdk(bench.platform)
    js = await bench.gateway.create(payment(Scene.JSAPI))
    assert js["kind"] == "jsapi"
    said = js["params"]
    names = ("appId", "timeStamp", "nonceStr", "package")
    assert client.sign([said[each] for each in names]) == said["paySign"]
    app = await bench.gateway.create(payment(Scene.APP))
    assert app["kind"] == "app"
    said = app["params"]
    names = ("appid", "timestamp", "noncestr", "prepayid")
    assert client.sign([said[each] for each in names]) == said["sign"]


async def test_it_believes_the_notices_we_believe_and_reads_the_same(bench: Bench) -> None:
    number = await bench.paid()
    headers, body = bench.platform.payment_notice(number)
    theirs = sdk(bench.platform).callback(headers, body)
    ours = bench.gateway.verify_notice(headers, body, at=clock.now())
    read = theirs["resource"]
    assert (read["out_trade_no"], read["transaction_id"], read["amount"]["total"]) == (
        ours.number,
        ours.provider_id,
        ours.amount_minor,
    )
    assert sdk(bench.platform).callback(headers, body.replace(b"TRANSACTION", b"X")) is None


async def test_what_it_leaves_out_we_do_not(bench: Bench) -> None:
    """It believes a notice of any age, and fails over serials it cannot read."""
    number = await bench.paid()
    headers, body = bench.platform.payment_notice(number)
    with time_machine.travel(clock.now() + timedelta(days=1), tick=True):
        assert sdk(bench.platform).callback(headers, body) is not None
        with pytest.raises(Exception, match="too old"):
            bench.gateway.verify_notice(headers, body, at=clock.now())


async def test_it_verifies_what_the_simulator_answers() -> None:
    bench = make_bench(with_public_key=False)
    await bench.gateway.create(payment())
    document = bench.platform.keys.document(API_KEY.encode())
    (listed,) = document["data"]
    sealed = listed["encrypt_certificate"]
    pem = aes_decrypt(sealed["nonce"], sealed["ciphertext"], "certificate", API_KEY)
    assert pem == bench.platform.keys.listed[0].pem
    key = bench.gateway._client.keys.named(listed["serial_no"])
    assert key is not None
    said = bench.platform.signed(b"{}")
    assert rsa_verify(
        said["wechatpay-timestamp"],
        said["wechatpay-nonce"],
        "{}",
        said["wechatpay-signature"],
        key.key,
    )


async def test_it_pays_closes_and_gives_back_at_the_simulator(bench: Bench) -> None:
    """So the simulator speaks what others speak, not only what our adapter does."""
    number, other = new_id().hex, new_id().hex
    expires = payment().expires_at + timedelta(hours=8)
    async with served(bench.platform.transport) as base:
        client = sdk(bench.platform, base)

        def buy(out_trade_no: str) -> tuple[int, str]:
            said: tuple[int, str] = client.pay(
                description="山海小店",
                out_trade_no=out_trade_no,
                amount={"total": 100, "currency": "CNY"},
                payer={"openid": OPENID},
                time_expire=f"{expires:%Y-%m-%dT%H:%M:%S}+08:00",
            )
            return said

        code, told = await asyncio.to_thread(buy, number)
        assert (code, json.loads(told)) == (200, {"prepay_id": f"wx{number}"})
        await asyncio.to_thread(buy, other)
        code, _ = await asyncio.to_thread(client.close, other)
        assert (code, bench.platform.payments[other].state) == (204, "CLOSED")
        bench.platform.pay(number)
        code, told = await asyncio.to_thread(client.query, out_trade_no=number)
        assert (code, json.loads(told)["trade_state"]) == (200, "SUCCESS")
        amount = {"refund": 40, "total": 100, "currency": "CNY"}
        code, told = await asyncio.to_thread(
            client.refund, "R-1", amount, out_trade_no=number, notify_url=NOTIFY
        )
        assert (code, json.loads(told)["status"]) == (200, "PROCESSING")
        code, told = await asyncio.to_thread(client.query_refund, "R-1")
        assert (code, json.loads(told)["amount"]["refund"]) == (200, 40)
        code, told = await asyncio.to_thread(client.query_refund, "R-2")
        assert (code, json.loads(told)["code"]) == (404, "RESOURCE_NOT_EXISTS")
        bench.platform.keys.public_key = crypto.new_key()
        with pytest.raises(Exception, match="verify"):
            await asyncio.to_thread(client.query, out_trade_no=number)
