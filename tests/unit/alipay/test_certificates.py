"""Certificate mode: names of certificates, and whom a chain makes believable."""

import base64
from datetime import UTC, datetime

import pytest

from app.adapters import chains
from app.adapters.alipay import Credentials, certificates
from app.adapters.gateways import faults_of_account
from app.core.gateway_settings import AlipayAccount
from tests.simulators.pki import Issued, bare, foreign_root, issue, key_pem, public_pem
from tests.unit.alipay.conftest import make_account

NOW = datetime(2026, 11, 26, tzinfo=UTC)
ROOT = issue("root", is_ca=True)
BETWEEN = issue("between", by=ROOT, is_ca=True)
ALIPAY = issue("支付宝", by=BETWEEN, key_name="alipay")
MERCHANT = issue("merchant", by=BETWEEN)
KEYS_ONLY = {"app_certificate": None, "alipay_certificates": [], "root_certificates": None}


def is_issued(each: Issued, at: datetime = NOW) -> bool:
    return chains.is_issued_under(each.certificate, [ROOT.certificate], [BETWEEN.certificate], at)


def account(**changes: object) -> AlipayAccount:
    values: dict[str, object] = {
        "public_keys": [],
        "private_key": key_pem("merchant"),
        "app_certificate": MERCHANT.pem,
        "alipay_certificates": [ALIPAY.pem + BETWEEN.pem],
        "root_certificates": ROOT.pem + foreign_root("sm2 root"),
    }
    return make_account(**(values | changes))


def test_a_chain_leads_to_the_root() -> None:
    assert is_issued(ALIPAY)
    assert not is_issued(issue("支付宝", by=issue("other root", is_ca=True)))
    assert not is_issued(issue("支付宝"))


def test_a_certificate_counts_only_in_its_time() -> None:
    assert not is_issued(ALIPAY, datetime(2025, 12, 31, tzinfo=UTC))
    old = issue("支付宝", by=BETWEEN, end=datetime(2026, 11, 25, tzinfo=UTC))
    assert not is_issued(old)


def test_who_may_not_issue_makes_nobody_believable() -> None:
    """A merchant's own certificate comes from the same root."""
    forged = issue("支付宝", by=MERCHANT)
    assert not chains.is_issued_under(
        forged.certificate, [ROOT.certificate], [BETWEEN.certificate, MERCHANT.certificate], NOW
    )


def test_a_foreign_root_is_left_out_of_the_roots_name() -> None:
    both = chains.load(ROOT.pem + foreign_root("sm2 root") + BETWEEN.pem)
    assert certificates.root_serial(both) == "_".join(
        certificates.serial(each.certificate) for each in (ROOT, BETWEEN)
    )


def test_a_root_nobody_can_read_is_left_out_if_it_is_not_rsas() -> None:
    """One of Alipay's roots is encoded in a way that libraries refuse."""
    block = "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n".format
    odd = block("MAMCAQA=")
    assert chains.load(ROOT.pem + odd + BETWEEN.pem) == [ROOT.certificate, BETWEEN.certificate]
    broken = base64.b64encode(base64.b64decode(bare(ROOT.pem))[:-1]).decode()
    for text in (odd, "", ROOT.pem + block(broken), block("!")):
        with pytest.raises(ValueError):  # noqa: PT011 - some words are the library's
            chains.load(text)


def test_requests_name_the_certificates() -> None:
    assert Credentials.of(account(), at=NOW).trust.parameters == {
        "app_cert_sn": certificates.serial(MERCHANT.certificate),
        "alipay_root_cert_sn": certificates.serial(ROOT.certificate),
    }


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"private_key": ""}, "empty"),
        ({"private_key": key_pem("other")}, "another private key"),
        ({"alipay_certificates": [issue("支付宝").pem]}, "no valid"),
        ({"alipay_certificates": [issue("支付宝", by=BETWEEN).pem]}, "no valid"),
        ({"app_certificate": ""}, "all three"),
        ({**KEYS_ONLY, "public_keys": [""]}, "empty"),
        ({**KEYS_ONLY, "public_keys": ["", public_pem("alipay")]}, "empty"),
        ({"app_id": ""}, "app_id"),
        ({"gateway_url": "http://openapi.alipay.com/gateway.do"}, "gateway_url"),
        ({"seller_id": ""}, "seller_id"),
        ({"alipay_certificates": []}, "all three"),
        ({"root_certificates": None}, "all three"),
        ({**KEYS_ONLY}, "set public_keys"),
        ({"public_keys": [public_pem("alipay")]}, "set public_keys"),
    ],
)
def test_m35_an_account_with_something_missing_does_not_start(
    changes: dict[str, object], why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        Credentials.of(account(**changes), at=NOW)


@pytest.mark.parametrize("key", ["", "file:/nowhere/key.pem", "no key"])
def test_m35_the_service_says_which_account_is_unusable(key: str) -> None:
    assert faults_of_account(account(private_key=key))
    assert not faults_of_account(account())


def test_an_account_does_not_tell_its_key() -> None:
    assert "PRIVATE" not in f"{account()!r} {account()}"
