"""Whom we are to Alipay and how we know Alipay: plain keys, or certificates under pinned roots."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from app.adapters import chains
from app.adapters.alipay import certificates, signing


class Trust(Protocol):
    @property
    def parameters(self) -> Mapping[str, str]:
        """What every request says about our certificates."""
        ...

    def has(self, serial: str | None) -> bool:
        """Whether the key that `alipay_cert_sn` names is known."""
        ...

    def is_signed(
        self, message: bytes, signature: str, *, at: datetime, serial: str | None = None
    ) -> bool:
        """Whether Alipay signed `message`, with the certificate `serial` if one is named."""
        ...


@dataclass(frozen=True, slots=True)
class PlainKeys:
    """Key mode. During a change of keys there are two, and either will do."""

    keys: tuple[RSAPublicKey, ...]

    @property
    def parameters(self) -> Mapping[str, str]:
        return {}

    def has(self, serial: str | None) -> bool:
        return True

    def is_signed(
        self, message: bytes, signature: str, *, at: datetime, serial: str | None = None
    ) -> bool:
        return any(signing.is_signed(key, message, signature) for key in self.keys)


@dataclass(slots=True)
class Certificates:
    """Certificate mode. `alipay` are Alipay's own certificates, `between` their issuers.

    A certificate counts only while it is valid and while a chain leads from it to a root.
    """

    parameters: Mapping[str, str]
    roots: Sequence[x509.Certificate]
    between: Sequence[x509.Certificate]
    alipay: list[x509.Certificate] = field(default_factory=list)

    def has(self, serial: str | None) -> bool:
        return serial is None or any(certificates.serial(each) == serial for each in self.alipay)

    def is_signed(
        self, message: bytes, signature: str, *, at: datetime, serial: str | None = None
    ) -> bool:
        return any(
            signing.is_signed(chains.rsa_key(each), message, signature)
            for each in self.alipay
            if (serial is None or certificates.serial(each) == serial) and self._counts(each, at)
        )

    def learn(self, pem: str, serial: str, *, at: datetime) -> bool:
        """Take up a certificate Alipay changed to; False when it is not Alipay's."""
        try:
            found = chains.load(pem)
        except ValueError:
            return False
        for new in found:
            is_alipays = any(certificates.succeeds(new, old) for old in self.alipay)
            if certificates.serial(new) == serial and is_alipays and self._counts(new, at):
                self.alipay.append(new)
                return True
        return False

    def _counts(self, certificate: x509.Certificate, at: datetime) -> bool:
        return chains.is_issued_under(certificate, self.roots, self.between, at)


def certificate_mode(
    *, app: str, alipay: Sequence[str], root: str, key: RSAPublicKey, at: datetime
) -> Certificates:
    """Certificate mode from the PEM files of the merchant console.

    Raises `ValueError` when the app's certificate is not that of our private key, or when one of
    Alipay's does not come from the roots.
    """
    roots = chains.load(root)
    own = chains.load(app)[0]
    if chains.rsa_key(own).public_numbers() != key.public_numbers():
        raise ValueError("the app certificate belongs to another private key")
    leaves, between = [], []
    for each in alipay:
        first, *rest = chains.load(each)
        leaves.append(first)
        between += rest
    trust = Certificates(
        parameters={
            "app_cert_sn": certificates.serial(own),
            "alipay_root_cert_sn": certificates.root_serial(roots),
        },
        roots=chains.with_rsa(roots),
        between=between,
        alipay=leaves,
    )
    if not leaves or not any(
        chains.is_issued_under(each, trust.roots, between, at) for each in leaves
    ):
        raise ValueError("no valid Alipay certificate comes from the roots")
    return trust
