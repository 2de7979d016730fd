"""Alipay's own SDK for Node.js against the adapter and against the simulator."""

from datetime import UTC, datetime
from urllib.parse import parse_qsl

import pytest

from app.adapters import chains
from app.adapters.alipay import AlipayGateway, Credentials, certificates, notices, signing
from app.core.enums.payments import Scene
from tests.interop.node import run
from tests.interop.served import served
from tests.simulators.alipay import APP_ID, AlipaySimulator, Trade
from tests.simulators.pki import bare, foreign_root, issue, key_pem, public_pem
from tests.unit.alipay.conftest import ACCOUNT
from tests.unit.alipay.test_gateway import payment

NOW = datetime(2026, 11, 26, tzinfo=UTC)
CHECKED = {"validateSign": True}


async def sdk(*calls: list[object], **config: object) -> list[object]:
    values: dict[str, object] = {
        "appId": APP_ID,
        "privateKey": bare(key_pem("merchant")),
        "alipayPublicKey": bare(public_pem("alipay")),
    }
    found: list[object] = await run(
        "alipay.mjs", "alipay-sdk", {"config": values | config, "calls": calls}
    )
    return found


@pytest.mark.parametrize("scene", [Scene.PAGE, Scene.WAP, Scene.APP])
async def test_the_sdk_signs_the_same_order_in_the_same_way(scene: Scene) -> None:
    alipay = AlipaySimulator()
    gateway = AlipayGateway(ACCOUNT, transport=alipay.transport())
    fields = alipay.fields_of(await gateway.create(payment(scene)))
    await gateway.aclose()
    extra = {name: fields[name] for name in ("notify_url", "return_url") if name in fields}
    given = {"biz_content": fields["biz_content"], "timestamp": fields["timestamp"], **extra}
    (said,) = await sdk(["sdkExecute", fields["method"], given, {"bizContentAutoSnakeCase": False}])
    theirs = dict(parse_qsl(str(said)))
    assert signing.is_signed(
        signing.public_key(public_pem("merchant")),
        "&".join(f"{k}={theirs[k]}" for k in sorted(theirs) if k != "sign").encode(),
        theirs["sign"],
    )
    (is_ours_right,) = await sdk(
        ["checkNotifySignV2", fields], alipayPublicKey=bare(public_pem("merchant"))
    )
    assert is_ours_right is True
    wrong = fields | {"notify_url": "https://elsewhere.test"}
    assert await sdk(
        ["checkNotifySignV2", wrong], alipayPublicKey=bare(public_pem("merchant"))
    ) == [False]


async def test_the_sdk_and_the_adapter_believe_the_same_notices() -> None:
    alipay = AlipaySimulator()
    trade = Trade("N1", "88.88", "T1", {}, "TRADE_SUCCESS")
    right = alipay.notice(trade)
    wrong = right.replace(b"88.88", b"00.01")
    bodies = [right, wrong, alipay.notice(trade, key_name="mallory")]
    forms = [dict(parse_qsl(body.decode())) for body in bodies]
    assert await sdk(*(["checkNotifySignV2", form] for form in forms)) == [True, False, False]
    trust = Credentials.of(ACCOUNT, at=NOW).trust
    assert notices.read(trust, right, at=NOW).number == "N1"


async def test_the_sdk_names_certificates_as_we_do() -> None:
    root = issue("root", is_ca=True)
    second = issue("second root", is_ca=True)
    own = issue("merchant", by=root)
    theirs = issue("支付宝", by=root, key_name="alipay")
    roots = "\n\n".join((root.pem, foreign_root("sm2"), second.pem))
    names = ("appCertSn", "alipayCertSn", "alipayRootCertSn")
    said = await sdk(
        *(["config", name] for name in names),
        appCertContent=own.pem,
        alipayPublicCertContent=theirs.pem,
        alipayRootCertContent=roots,
    )
    assert said == [
        certificates.serial(own.certificate),
        certificates.serial(theirs.certificate),
        certificates.root_serial(chains.load(roots)),
    ]


async def test_the_sdk_is_content_with_the_simulator() -> None:
    """It takes the same questions and gives answers whose signature the SDK accepts."""
    alipay = AlipaySimulator(trades={"N1": Trade("N1", "88.88", "T1", {}, "TRADE_SUCCESS")})
    question = ["exec", "alipay.trade.query", {"bizContent": {"out_trade_no": "N1"}}, CHECKED]
    async with served(alipay.transport()) as address:
        (answer,) = await sdk(question, gateway=f"{address}/gateway.do")
        alipay.key_name = "mallory"
        (refused,) = await sdk(question, gateway=f"{address}/gateway.do")
    assert isinstance(answer, dict)
    assert (answer["tradeStatus"], answer["totalAmount"]) == ("TRADE_SUCCESS", "88.88")
    assert isinstance(refused, dict)
    assert "error" in refused
