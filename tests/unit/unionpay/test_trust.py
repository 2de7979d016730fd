"""Whom we believe: UnionPay, not everybody with a certificate of the same authority."""

import base64
from datetime import UTC, datetime

import pytest

from app.adapters import chains
from app.adapters.gateways import faults_of_account
from app.adapters.unionpay import Credentials
from app.core.gateway_settings import UnionPayAccount
from app.services.payments.ports import SignatureInvalid
from tests.simulators.pki import Issued, issue, over_sha1
from tests.simulators.unionpay import (
    MERCHANT,
    MIDDLE,
    NAME,
    ROOT,
    SIGNER,
    Order,
    UnionPaySimulator,
)
from tests.unit.unionpay.conftest import PFX, make_account

NOW = datetime(2026, 11, 26, tzinfo=UTC)
UNIONPAY = UnionPaySimulator()
ORDER = Order({"txnType": "01", "orderId": "A" * 32, "txnTime": "20261126000001"}, "Q1", "00", 100)


def read(body: bytes, at: datetime = NOW, **account: object) -> str:
    from app.adapters.unionpay import notices  # noqa: PLC0415

    credentials = Credentials.of(make_account(**account), at=NOW)
    return notices.read(credentials, body, at=at).provider_id


def signer(name: str = NAME, by: Issued = MIDDLE, key: str = "mallory", **more: object) -> Issued:
    return issue(name, by=by, key_name=key, **more)  # type: ignore[arg-type]


def test_a_certificate_of_unionpay_is_believed_whichever_it_is() -> None:
    """It comes along with every message, so a change needs no work here."""
    assert read(UNIONPAY.notice(ORDER)) == "Q1"
    assert read(UNIONPAY.notice(ORDER, signer(key="unionpay-next"))) == "Q1"


def test_only_the_authority_that_is_pinned_may_sign_over_sha1() -> None:
    digest = SIGNER.certificate.signature_hash_algorithm
    assert digest is not None
    assert digest.name == "sha1"
    args = (SIGNER.certificate, [ROOT.certificate], [MIDDLE.certificate], NOW)
    assert not chains.is_issued_under(*args)
    assert chains.is_issued_under(*args, digests=chains.WITH_SHA1)


IMPOSTORS = {
    "a merchant": MERCHANT,
    "another company": signer("041@Z2026@某某有限公司@00000001"),
    "its name elsewhere": signer("中国银联股份有限公司@a@b@c"),
    "no parts": signer("中国银联股份有限公司"),
    "test": signer("041@Z2026@00040000:SIGN@00000001"),
    "another root": signer(by=issue("other", is_ca=True)),
    "nobody": issue(NAME, key_name="mallory"),
    "a merchant as issuer": signer(by=MERCHANT),
    "run out": signer(end=datetime(2026, 11, 25, tzinfo=UTC)),
    "sha1 by another": over_sha1(signer(), issue("other", is_ca=True)),
    "its certificate, another key": Issued(SIGNER.certificate, "mallory"),
}


@pytest.mark.parametrize("case", IMPOSTORS)
def test_m26_an_impostor_is_refused(case: str) -> None:
    with pytest.raises(SignatureInvalid):
        read(UNIONPAY.notice(ORDER, IMPOSTORS[case]))


def test_an_old_certificate_is_refused() -> None:
    with pytest.raises(SignatureInvalid):
        read(UNIONPAY.notice(ORDER), at=datetime(2036, 1, 2, tzinfo=UTC))


def test_the_test_environment_has_a_name_of_its_own() -> None:
    assert read(UNIONPAY.notice(ORDER, IMPOSTORS["test"]), is_test=True) == "Q1"


BODY = UNIONPAY.notice(ORDER)
FORGED = {
    "changed amount": BODY.replace(b"txnAmt=100", b"txnAmt=999"),
    "added field": BODY + b"&origQryId=1",
    "second value": BODY + b"&orderId=B",
    "first value": b"orderId=B&" + BODY,
    "no signature": b"&".join(p for p in BODY.split(b"&") if not p.startswith(b"signature")),
    "no certificate": UNIONPAY.notice(ORDER, signPubKeyCert="-"),
    "two certificates": UNIONPAY.notice(ORDER, signPubKeyCert=SIGNER.pem + MIDDLE.pem),
    "not a certificate": UNIONPAY.notice(ORDER, signPubKeyCert="x"),
    "older version": UNIONPAY.notice(ORDER, version="5.0.0"),
    "secret instead of certificate": UNIONPAY.notice(ORDER, signMethod="11"),
    "no order": UNIONPAY.notice(ORDER, orderId="-"),
    "not a payment": UNIONPAY.notice(ORDER, txnType="13"),
    "empty": b"",
    "json": b'{"orderId": "A"}',
    "xml": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    "bytes": b"\xff\xfe",
    "bad escape": b"signature=%ff",
    "many fields": b"&".join(b"f%d=1" % i for i in range(200)),
}


@pytest.mark.parametrize("case", FORGED)
def test_m26_what_unionpay_did_not_sign_is_refused(case: str) -> None:
    with pytest.raises(SignatureInvalid):
        read(FORGED[case])


@pytest.mark.parametrize(
    "changes",
    [
        {"certificate": ""},
        {"certificate": "!"},
        {"certificate": base64.b64encode(b"no pfx").decode()},
        {"certificate": "file:/nowhere/merchant.pfx"},
        {"password": "wrong"},
        {"root_certificates": ""},
        {"middle_certificates": ""},
    ],
)
def test_m35_an_account_with_something_missing_does_not_start(changes: dict[str, object]) -> None:
    assert faults_of_account(make_account(**changes))


def test_m35_a_certificate_of_ours_that_has_run_out_does_not_start() -> None:
    with pytest.raises(ValueError, match="not valid now"):
        Credentials.of(make_account(), at=datetime(2040, 1, 1, tzinfo=UTC))


def test_a_whole_account_starts_and_does_not_tell_its_secrets() -> None:
    account = make_account()
    assert isinstance(account, UnionPayAccount)
    assert not faults_of_account(account)
    assert PFX not in f"{account!r}"
    assert "000000'" not in f"{account!r}"
