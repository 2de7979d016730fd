"""wechatpay-node-v3, a library by others, against the adapter and against the simulator."""

import json
from typing import Any

import pytest

from app.adapters.wechatpay import notices
from app.core import clock
from app.core.enums.payments import Scene
from app.core.ids import new_id
from tests.interop.node import run
from tests.interop.served import served
from tests.simulators.wechatpay import crypto
from tests.simulators.wechatpay.account import API_KEY, APP_IDS, MCH_ID, SERIAL
from tests.simulators.wechatpay.keyring import key_number
from tests.unit.wechatpay.conftest import NOTIFY, Bench, make_bench, payment

OPENID = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"


async def sdk(*calls: list[object], base: str = "", key: int = 0) -> list[Any]:
    private_key = key_number(key).export_key("PEM", pkcs=8).decode()
    config = {
        "appid": APP_IDS[Scene.JSAPI],
        "mchid": MCH_ID,
        "serial_no": SERIAL,
        "key": API_KEY,
        "publicKey": "unused",
        "privateKey": private_key,
    }
    given = {"config": config, "base": base, "calls": calls}
    found: list[Any] = await run("wechatpay.mjs", "wechatpay-node-v3", given)
    return found


@pytest.fixture
def bench() -> Bench:
    """The library knows the platform by its certificates."""
    return make_bench(with_public_key=False)


async def test_it_signs_our_requests_exactly_as_we_do(bench: Bench) -> None:
    await bench.paid(scene=Scene.JSAPI)
    await bench.gateway.query(new_id().hex)
    wanted = [each for each in bench.platform.requests if each.url.path != "/v3/certificates"]
    calls, ours = [], []
    for each in wanted:
        said = each.headers["authorization"]
        parts = {name: said.split(f'{name}="')[1].split('"')[0] for name in NAMES}
        path, body = each.url.raw_path.decode(), each.content.decode()
        named = [each.method, parts["nonce_str"], parts["timestamp"], path, body]
        calls.append(["getSignature", *named])
        ours.append(parts["signature"])
    assert len(ours) == 2
    assert await sdk(*calls) == ours


NAMES = ("nonce_str", "timestamp", "signature")


async def test_it_signs_what_clients_get_exactly_as_we_do(bench: Bench) -> None:
    lines, ours = [], []
    for scene, names in {
        Scene.MINI_PROGRAM: ("appId", "timeStamp", "nonceStr", "package", "paySign"),
        Scene.APP: ("appid", "timestamp", "noncestr", "prepayid", "sign"),
    }.items():
        action = await bench.gateway.create(payment(scene))
        assert action["kind"] in {"jsapi", "app"}
        said = [action["params"][each] for each in names]  # type: ignore[typeddict-item]
        lines.append("".join(f"{each}\n" for each in said[:-1]))
        ours.append(said[-1])
    assert await sdk(*(["sha256WithRsa", each] for each in lines)) == ours


async def test_it_believes_the_notices_we_believe_and_reads_the_same(bench: Bench) -> None:
    number = await bench.paid()
    headers, body = bench.platform.payment_notice(number)
    said = {
        "timestamp": headers["wechatpay-timestamp"],
        "nonce": headers["wechatpay-nonce"],
        "serial": headers["wechatpay-serial"],
        "signature": headers["wechatpay-signature"],
        "apiSecret": API_KEY,
        "body": body.decode(),
    }
    sealed = json.loads(body)["resource"]
    async with served(bench.platform.transport) as base:
        is_right, is_wrong, read = await sdk(
            ["verifySign", said],
            ["verifySign", said | {"body": body.decode() + " "}],
            [
                "decipher_gcm",
                sealed["ciphertext"],
                sealed["associated_data"],
                sealed["nonce"],
                API_KEY,
            ],
            base=base,
        )
    ours = bench.gateway.verify_notice(headers, body, at=clock.now())
    assert (is_right, is_wrong) == (True, False)
    assert (read["out_trade_no"], read["amount"]["total"]) == (ours.number, ours.amount_minor)


async def test_we_believe_what_it_signs_with_the_platforms_key(bench: Bench) -> None:
    number = await bench.paid()
    headers, body = bench.platform.payment_notice(number)
    nonce, timestamp = "593BEC0C930BF1AFEB40B4A08C8FB242", headers["wechatpay-timestamp"]
    (signed,) = await sdk(["sha256WithRsa", f"{timestamp}\n{nonce}\n{body.decode()}\n"], key=2)
    theirs = headers | {"wechatpay-nonce": nonce, "wechatpay-signature": signed}
    assert crypto.verifies(key_number(2), signed, timestamp.encode(), nonce.encode(), body)
    merchant, keys = bench.gateway._merchant, bench.gateway._client.keys
    assert notices.read(merchant, keys, theirs, body, at=clock.now()).number == number


async def test_it_pays_and_closes_at_the_simulator(bench: Bench) -> None:
    number = new_id().hex
    order = {
        "description": "山海小店",
        "out_trade_no": number,
        "notify_url": NOTIFY,
        "time_expire": "2099-01-01T00:00:00+08:00",
        "amount": {"total": 100, "currency": "CNY"},
        "payer": {"openid": OPENID},
    }
    async with served(bench.platform.transport) as base:
        paid, stands, closed, listed = await sdk(
            ["transactions_jsapi", order],
            ["query", {"out_trade_no": number}],
            ["close", number],
            ["get_certificates", API_KEY],
            base=base,
        )
    params = paid["data"]
    lines = [params[each].encode() for each in ("appId", "timeStamp", "nonceStr", "package")]
    assert crypto.verifies(bench.platform.merchant.key, params["paySign"], *lines)
    assert (stands["data"]["trade_state"], closed["status"]) == ("NOTPAY", 204)
    assert bench.platform.payments[number].state == "CLOSED"
    (certificate,) = listed
    assert certificate["serial_no"] == bench.platform.keys.listed[0].serial
    key = bench.platform.keys.listed[0].key.public_key().export_key("PEM").decode()
    assert certificate["publicKey"].split() == key.split()
