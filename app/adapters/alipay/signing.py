"""RSA2, Alipay's name for SHA-256 with RSA (PKCS #1 v1.5), over bytes exactly as they are sent."""

import base64
import binascii
import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

SIGN_TYPE = "RSA2"
_LEAST_BITS = 2_048


def private_key(text: str) -> RSAPrivateKey:
    """A merchant's key as PEM, or as the bare base64 that Alipay's key tool writes.

    PKCS #1 and PKCS #8 both work. Raises `ValueError` for anything else, also for an empty text
    and for a key that is too short to be safe.
    """
    body = _der(text)
    key = serialization.load_der_private_key(body, None)
    if not isinstance(key, RSAPrivateKey) or key.key_size < _LEAST_BITS:
        raise ValueError(f"an RSA key of {_LEAST_BITS} bits or more is needed")
    return key


def public_key(text: str) -> RSAPublicKey:
    """Alipay's key as PEM or as the bare base64 that the merchant console shows."""
    key = serialization.load_der_public_key(_der(text))
    if not isinstance(key, RSAPublicKey) or key.key_size < _LEAST_BITS:
        raise ValueError(f"an RSA key of {_LEAST_BITS} bits or more is needed")
    return key


def sign(key: RSAPrivateKey, message: bytes) -> str:
    return base64.b64encode(key.sign(message, PKCS1v15(), hashes.SHA256())).decode()


def is_signed(key: RSAPublicKey, message: bytes, signature: str) -> bool:
    """False for everything but a right signature; never an error."""
    try:
        key.verify(base64.b64decode(signature, validate=True), message, PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def _der(text: str) -> bytes:
    bare = re.sub(r"-----[A-Z ]+-----|\s", "", text)
    if not bare:
        raise ValueError("the key is empty")
    return base64.b64decode(bare, validate=True)
