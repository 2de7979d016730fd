"""Who signs at UnionPay: we with a PFX file, they with a certificate that comes along.

A signature is RSA with SHA-256 over the hexadecimal SHA-256 of the row of fields.
"""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from app.adapters import chains
from app.adapters.unionpay import wire
from app.core.gateway_settings import UnionPayAccount, bytes_of, secret_of

VERSION = "5.1.0"
WITH_CERTIFICATE = "01"
"""`signMethod`: the others are secrets both sides know, with which UnionPay could be imitated."""

UNIONPAY = "中国银联股份有限公司"
_TEST = "00040000:SIGN"


@dataclass(frozen=True, slots=True)
class Credentials:
    """`certificate_id` is the decimal serial number of our certificate."""

    key: RSAPrivateKey
    certificate_id: str
    roots: tuple[x509.Certificate, ...]
    between: tuple[x509.Certificate, ...]
    names: frozenset[str]

    @classmethod
    def of(cls, account: UnionPayAccount, *, at: datetime) -> Self:
        """Read an account's files; raises `ValueError` and `OSError` when one is unusable."""
        password = secret_of(account.password).encode()
        key, certificate, _ = pkcs12.load_key_and_certificates(
            bytes_of(account.certificate), password
        )
        if not isinstance(key, RSAPrivateKey) or certificate is None:
            raise ValueError("the PFX file holds no RSA key with its certificate")
        if not chains.is_in_time(certificate, at):
            raise ValueError("our certificate is not valid now")
        names = {UNIONPAY, _TEST} if account.is_test else {UNIONPAY}
        return cls(
            key=key,
            certificate_id=str(certificate.serial_number),
            roots=tuple(chains.load(secret_of(account.root_certificates))),
            between=tuple(chains.load(secret_of(account.middle_certificates))),
            names=frozenset(names),
        )

    def signed(self, fields: Mapping[str, str]) -> dict[str, str]:
        """`fields` without the empty ones, with our certificate's id and our signature."""
        whole = {name: value for name, value in fields.items() if value}
        whole |= {
            "version": VERSION,
            "signMethod": WITH_CERTIFICATE,
            "certId": self.certificate_id,
        }
        signature = self.key.sign(_digest(whole), PKCS1v15(), hashes.SHA256())
        return whole | {"signature": base64.b64encode(signature).decode()}

    def is_theirs(self, fields: Mapping[str, str], *, at: datetime) -> bool:
        """Whether UnionPay signed `fields`, with a certificate of its own that is valid `at`."""
        if (fields.get("version"), fields.get("signMethod")) != (VERSION, WITH_CERTIFICATE):
            return False
        try:
            (certificate,) = chains.load(fields.get("signPubKeyCert", ""))
            signature = base64.b64decode(fields.get("signature", ""), validate=True)
            if not self._is_unionpay(certificate, at):
                return False
            chains.rsa_key(certificate).verify(
                signature, _digest(fields), PKCS1v15(), hashes.SHA256()
            )
        except (ValueError, InvalidSignature, binascii.Error):
            return False
        return True

    def _is_unionpay(self, certificate: x509.Certificate, at: datetime) -> bool:
        """A valid chain proves only that the same authority issued it, as it did ours.

        The name has four parts joined by `@`, the third says who it is. Its certificates are
        still signed over SHA-1; the authority that does so is pinned.
        """
        common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        parts = str(common[0].value).split("@") if len(common) == 1 else []
        return (
            len(parts) > 2  # noqa: PLR2004 - there must be a third
            and parts[2] in self.names
            and chains.is_issued_under(
                certificate, self.roots, self.between, at, digests=chains.WITH_SHA1
            )
        )


def _digest(fields: Mapping[str, str]) -> bytes:
    return hashlib.sha256(wire.row(fields).encode()).hexdigest().encode()
