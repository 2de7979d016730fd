"""python-alipay-sdk, a library by others, against the adapter and against the simulator."""

import json
from datetime import UTC, datetime
from urllib.parse import parse_qsl

import httpx
import pytest
from alipay import AliPay, DCAliPay
from alipay.exceptions import AliPayValidationError

from app.adapters import chains
from app.adapters.alipay import AlipayGateway, Credentials, certificates, notices, signing, wire
from app.core.enums.payments import Scene
from tests.simulators.alipay import APP_ID, AlipaySimulator, Trade
from tests.simulators.misbehaviour import Wire
from tests.simulators.pki import foreign_root, issue, key_pem, public_pem
from tests.unit.alipay.conftest import ACCOUNT
from tests.unit.alipay.test_gateway import payment

NOW = datetime(2026, 11, 26, tzinfo=UTC)


def sdk(believes: str = "alipay") -> AliPay:
    return AliPay(
        appid=APP_ID,
        app_private_key_string=key_pem("merchant"),
        alipay_public_key_string=public_pem(believes),
    )


@pytest.mark.parametrize("scene", [Scene.PAGE, Scene.WAP, Scene.APP])
async def test_it_signs_our_fields_exactly_as_we_do(scene: Scene) -> None:
    alipay = AlipaySimulator()
    gateway = AlipayGateway(ACCOUNT, transport=alipay.transport())
    fields = alipay.fields_of(await gateway.create(payment(scene)))
    await gateway.aclose()
    ours = fields.pop("sign")
    theirs = dict(parse_qsl(sdk().sign_data(dict(fields))))
    assert theirs["sign"] == ours


def test_we_accept_what_it_signs() -> None:
    told = sdk().api_alipay_trade_app_pay(
        "茶 & 咖啡", "N1", "88.88", notify_url="https://a.test/?b=1"
    )
    fields = dict(parse_qsl(told))
    sign = fields.pop("sign")
    key = signing.public_key(public_pem("merchant"))
    assert signing.is_signed(key, wire.row(fields).encode(), sign)


def test_both_believe_the_same_notices() -> None:
    trade = Trade("N1", "88.88", "T1", {}, "TRADE_SUCCESS")
    body = AlipaySimulator().notice(trade)
    fields = dict(parse_qsl(body.decode()))
    sign = fields.pop("sign")
    assert sdk().verify(dict(fields), sign)
    assert not sdk("merchant").verify(dict(fields), sign)
    assert notices.read(Credentials.of(ACCOUNT, at=NOW).trust, body, at=NOW).number == "N1"


async def test_it_accepts_the_simulators_answers() -> None:
    alipay = AlipaySimulator(trades={"N1": Trade("N1", "88.88", "T1", {}, "TRADE_SUCCESS")})
    raw = (await _asked(alipay)).decode()
    found = sdk()._verify_and_return_sync_response(raw, "alipay_trade_query_response")
    assert found["trade_status"] == "TRADE_SUCCESS"
    with pytest.raises(AliPayValidationError):
        sdk("merchant")._verify_and_return_sync_response(raw, "alipay_trade_query_response")


@pytest.mark.filterwarnings("ignore:X509:DeprecationWarning")  # of the library's own
def test_it_names_certificates_as_we_do() -> None:
    root, second = issue("root", is_ca=True), issue("second root", is_ca=True)
    own = issue("merchant", by=root)
    assert DCAliPay.get_cert_sn(own.pem) == certificates.serial(own.certificate)
    roots = "\n\n".join((root.pem.strip(), foreign_root("sm2").strip(), second.pem.strip()))
    assert DCAliPay.get_root_cert_sn(roots) == certificates.root_serial(chains.load(roots))


async def _asked(alipay: AlipaySimulator) -> bytes:
    """The raw answer to a query, which the adapter keeps to itself."""
    raw: list[bytes] = []
    inner = alipay.transport()

    async def keep(request: httpx.Request) -> httpx.Response:
        answer = await inner.handle_async_request(request)
        raw.append(await answer.aread())
        return httpx.Response(200, content=raw[-1])

    gateway = AlipayGateway(ACCOUNT, transport=Wire(keep))
    await gateway.query("N1")
    await gateway.aclose()
    assert json.loads(raw[0])
    return raw[0]
