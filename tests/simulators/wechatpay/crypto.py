"""The platform's side of the crypto, on another library than the adapter's.

Signatures, sealing and even the certificates are made here from parts: what the adapter reads was
never written by what it reads with.
"""

import secrets
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from typing import Any

from Cryptodome.Cipher import AES
from Cryptodome.Hash import SHA256
from Cryptodome.PublicKey import RSA
from Cryptodome.PublicKey.RSA import RsaKey
from Cryptodome.Signature import pkcs1_15
from Cryptodome.Util.asn1 import (
    DerBitString,
    DerInteger,
    DerNull,
    DerObject,
    DerObjectId,
    DerSequence,
    DerSetOf,
)

_SHA256_WITH_RSA = "1.2.840.113549.1.1.11"
_COMMON_NAME = "2.5.4.3"
_TAG = 16
_UTF8, _TIME = 0x0C, 0x18


def new_key() -> RsaKey:
    return RSA.generate(2_048)


def sign(key: RsaKey, *lines: bytes) -> str:
    content = b"".join(line + b"\n" for line in lines)
    return b64encode(pkcs1_15.new(key).sign(SHA256.new(content))).decode()


def verifies(key: RsaKey, signature: str, *lines: bytes) -> bool:
    content = b"".join(line + b"\n" for line in lines)
    try:
        pkcs1_15.new(key).verify(SHA256.new(content), b64decode(signature))
    except ValueError:
        return False
    return True


def seal(api_key: bytes, content: bytes, associated: str) -> dict[str, Any]:
    """`content` as a sealed resource: the tag follows the ciphertext."""
    nonce = secrets.token_hex(6)
    cipher = AES.new(api_key, AES.MODE_GCM, nonce=nonce.encode(), mac_len=_TAG)
    cipher.update(associated.encode())
    sealed, tag = cipher.encrypt_and_digest(content)
    return {
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": b64encode(sealed + tag).decode(),
        "associated_data": associated,
        "nonce": nonce,
    }


def certificate(key: RsaKey, serial: int, begins_at: datetime, ends_at: datetime) -> str:
    """A self-signed X.509 certificate in PEM, put together field by field (RFC 5280, 4.1)."""
    algorithm = DerSequence([DerObjectId(_SHA256_WITH_RSA).encode(), DerNull().encode()]).encode()
    name = _name("Tenpay.com Root CA")
    validity = DerSequence([_time(begins_at), _time(ends_at)]).encode()
    version = DerInteger(2, explicit=0).encode()
    body = DerSequence(
        [
            version,
            DerInteger(serial).encode(),
            algorithm,
            name,
            validity,
            name,
            key.public_key().export_key("DER"),
        ]
    ).encode()
    signature = pkcs1_15.new(key).sign(SHA256.new(body))
    whole = DerSequence([body, algorithm, DerBitString(signature).encode()]).encode()
    lines = b64encode(whole).decode()
    wrapped = "\n".join(lines[at : at + 64] for at in range(0, len(lines), 64))
    return f"-----BEGIN CERTIFICATE-----\n{wrapped}\n-----END CERTIFICATE-----\n"


def _name(common: str) -> bytes:
    text = DerObject(_UTF8, common.encode()).encode()
    pair = DerSequence([DerObjectId(_COMMON_NAME).encode(), text]).encode()
    return DerSequence([DerSetOf([pair]).encode()]).encode()


def _time(at: datetime) -> bytes:
    return DerObject(_TIME, f"{at.astimezone(UTC):%Y%m%d%H%M%SZ}".encode()).encode()
