"""Keys of both sides: what we sign with, what the platform's signatures are verified with.

Signatures are RSA PKCS #1 v1.5 over SHA-256; sealed contents are AES-256-GCM under the APIv3 key.
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from cryptography.x509 import load_pem_x509_certificate

from app.core.gateway_settings import WechatPayAccount, secret_of

SEALED = "AEAD_AES_256_GCM"
_API_KEY_BYTES = 32
_MIN_BITS = 2_048


@dataclass(frozen=True, slots=True)
class Merchant:
    """Who we are there. `serial` names the certificate of our key."""

    mch_id: str
    serial: str
    private_key: RSAPrivateKey = field(repr=False)
    api_key: bytes = field(repr=False)

    @classmethod
    def of(cls, account: WechatPayAccount) -> Self:
        """Raises `ValueError` for a key that is missing, too short or no key."""
        api_key = secret_of(account.api_key).encode()
        if len(api_key) != _API_KEY_BYTES:
            raise ValueError(f"api_key has {len(api_key)} bytes, not {_API_KEY_BYTES}")
        key = load_pem_private_key(secret_of(account.private_key).encode(), password=None)
        if not isinstance(key, RSAPrivateKey) or key.key_size < _MIN_BITS:
            raise ValueError(f"private_key is no RSA key of {_MIN_BITS} bits or more")
        return cls(account.mch_id, account.serial.upper(), key, api_key)

    def sign(self, *lines: str) -> str:
        """The signature over `lines`, each ended by a line feed, in base 64."""
        return b64encode(self.private_key.sign(_joined(lines), PKCS1v15(), SHA256())).decode()

    def unseal(self, resource: Mapping[str, Any]) -> bytes:
        """What is sealed in `resource`; raises `ValueError` where it was not sealed for us."""
        if resource["algorithm"] != SEALED:
            raise ValueError(f"unknown algorithm {resource['algorithm']!r}")
        associated = (resource.get("associated_data") or "").encode()
        try:
            return AESGCM(self.api_key).decrypt(
                str(resource["nonce"]).encode(),
                b64decode(str(resource["ciphertext"]), validate=True),
                associated,
            )
        except InvalidTag as error:
            raise ValueError("sealed with another key, or changed on its way") from error


@dataclass(frozen=True, slots=True)
class PlatformKey:
    """One key of the platform. A certificate's key holds only within its time."""

    key: RSAPublicKey
    begins_at: datetime | None = None
    ends_at: datetime | None = None

    def holds(self, at: datetime) -> bool:
        return (self.begins_at is None or self.begins_at <= at) and (
            self.ends_at is None or at < self.ends_at
        )

    def verifies(self, signature: str, *lines: bytes) -> bool:
        try:
            given = b64decode(signature, validate=True)
            self.key.verify(given, _bytes(lines), PKCS1v15(), SHA256())
        except (ValueError, InvalidSignature):
            return False
        return True


@dataclass
class PlatformKeys:
    """The keys of the platform by serial number: `fixed` from the settings, others fetched."""

    fixed: Mapping[str, PlatformKey] = field(default_factory=dict)
    fetched: Mapping[str, PlatformKey] = field(default_factory=dict)

    @classmethod
    def of(cls, account: WechatPayAccount) -> Self:
        if account.public_key is None or account.public_key_id is None:
            return cls()
        key = load_pem_public_key(secret_of(account.public_key).encode())
        if not isinstance(key, RSAPublicKey):
            raise ValueError("public_key is no RSA key")  # noqa: TRY004 - bad data, not bad code
        return cls({account.public_key_id: PlatformKey(key)})

    def named(self, serial: str) -> PlatformKey | None:
        return self.fixed.get(serial) or self.fetched.get(serial.upper())


def certificates(merchant: Merchant, document: Mapping[str, Any]) -> dict[str, PlatformKey]:
    """The platform's certificates by serial number out of the answer that lists them.

    Raises `ValueError` and `KeyError` for what was not sealed for us or is no certificate.
    """
    found = {}
    for each in document["data"]:
        pem = merchant.unseal(each["encrypt_certificate"])
        certificate = load_pem_x509_certificate(pem)
        key = certificate.public_key()
        if not isinstance(key, RSAPublicKey):
            raise ValueError("a certificate has no RSA key")  # noqa: TRY004 - bad data as well
        serial = f"{certificate.serial_number:X}"
        if serial != str(each["serial_no"]).upper().lstrip("0"):
            raise ValueError("a certificate is listed under another serial number")
        found[str(each["serial_no"]).upper()] = PlatformKey(
            key, certificate.not_valid_before_utc, certificate.not_valid_after_utc
        )
    return found


def _joined(lines: tuple[str, ...]) -> bytes:
    return _bytes(tuple(each.encode() for each in lines))


def _bytes(lines: tuple[bytes, ...]) -> bytes:
    return b"".join(each + b"\n" for each in lines)
