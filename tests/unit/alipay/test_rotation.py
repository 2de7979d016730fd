"""Keys and certificates change while money flows."""

from datetime import UTC, datetime

import pytest

from app.adapters.alipay import AlipayGateway, certificates
from app.core import clock
from app.services.payments.ports import GatewayState, GatewayUnreachable, SignatureInvalid
from tests.simulators.alipay import AlipaySimulator, Trade
from tests.simulators.pki import Issued, foreign_root, issue, key_pem, public_pem
from tests.unit.alipay.conftest import make_account

ROOT = issue("root", is_ca=True)
BETWEEN = issue("between", by=ROOT, is_ca=True)
OLD = issue("支付宝", by=BETWEEN, key_name="alipay")
NEW = issue("支付宝", by=BETWEEN, key_name="alipay-next")
MERCHANT = issue("merchant", by=BETWEEN)
TRADE = Trade("N1", "88.88", "T1", {}, "TRADE_SUCCESS", "2026-11-26 10:00:00")


def serial(issued: Issued) -> str:
    return certificates.serial(issued.certificate)


def gateway(alipay: AlipaySimulator) -> AlipayGateway:
    account = make_account(
        public_keys=[],
        private_key=key_pem("merchant"),
        app_certificate=MERCHANT.pem,
        alipay_certificates=[OLD.pem + BETWEEN.pem],
        root_certificates=ROOT.pem + foreign_root("sm2"),
    )
    return AlipayGateway(account, transport=alipay.transport())


async def test_in_certificate_mode_both_sides_name_theirs() -> None:
    alipay = AlipaySimulator(trades={"N1": TRADE}, certificate=serial(OLD))
    port = gateway(alipay)
    assert (await port.query("N1")).state is GatewayState.SUCCEEDED
    assert alipay.seen[0]["app_cert_sn"] == serial(MERCHANT)
    assert alipay.seen[0]["alipay_root_cert_sn"] == serial(ROOT)
    notice = alipay.notice(TRADE)
    assert port.verify_notice({}, notice, at=clock.now()).number == "N1"
    with pytest.raises(SignatureInvalid):  # long after the certificate has run out
        port.verify_notice({}, notice, at=datetime(2040, 1, 1, tzinfo=UTC))
    await port.aclose()


async def test_a_new_certificate_is_fetched_and_then_believed() -> None:
    alipay = AlipaySimulator(
        trades={"N1": TRADE},
        key_name="alipay-next",
        certificate=serial(NEW),
        certificate_pems={serial(NEW): NEW.pem},
    )
    port = gateway(alipay)
    with pytest.raises(SignatureInvalid):
        port.verify_notice({}, alipay.notice(TRADE), at=clock.now())
    assert (await port.query("N1")).state is GatewayState.SUCCEEDED
    assert (await port.query("N1")).state is GatewayState.SUCCEEDED
    assert alipay.wrong.calls.count("alipay.open.app.alipaycert.download") == 1
    assert port.verify_notice({}, alipay.notice(TRADE), at=clock.now()).number == "N1"
    await port.aclose()


IMPOSTORS = {
    "another root": issue("支付宝", by=issue("other", is_ca=True), key_name="mallory"),
    "a merchant": issue("mallory", by=BETWEEN),
    "run out": issue(
        "支付宝", by=BETWEEN, key_name="mallory", end=datetime(2026, 2, 1, tzinfo=UTC)
    ),
    "nobody": issue("支付宝", key_name="mallory"),
}


@pytest.mark.parametrize("case", IMPOSTORS)
async def test_a_certificate_that_is_not_alipays_is_refused(case: str) -> None:
    impostor = IMPOSTORS[case]
    alipay = AlipaySimulator(
        trades={"N1": TRADE},
        key_name="mallory",
        certificate=serial(impostor),
        certificate_pems={serial(impostor): impostor.pem},
    )
    port = gateway(alipay)
    with pytest.raises(GatewayUnreachable):
        await port.query("N1")
    await port.aclose()


async def test_an_unknown_certificate_that_does_not_come_is_unknown() -> None:
    alipay = AlipaySimulator(trades={"N1": TRADE}, certificate="f" * 32)
    port = gateway(alipay)
    with pytest.raises(GatewayUnreachable):
        await port.query("N1")
    await port.aclose()


async def test_while_keys_change_either_will_do_and_afterwards_only_the_new_one() -> None:
    both = make_account(public_keys=[public_pem("alipay-next"), public_pem("alipay")])
    after = make_account(public_keys=[public_pem("alipay-next")])
    alipay = AlipaySimulator(trades={"N1": TRADE})
    for account, is_read in ((both, True), (after, False)):
        port = AlipayGateway(account, transport=alipay.transport())
        if is_read:
            assert port.verify_notice({}, alipay.notice(TRADE), at=clock.now()).number == "N1"
        else:
            with pytest.raises(SignatureInvalid):
                port.verify_notice({}, alipay.notice(TRADE), at=clock.now())
        await port.aclose()
