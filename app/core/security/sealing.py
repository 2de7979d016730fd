"""Texts that must be read again and not be found: bank accounts of members."""

import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import SecretStr

_NONCE = 12


def seal(pepper: SecretStr, purpose: str, owner: str, text: str) -> bytes:
    """AES-256-GCM under a key derived for `purpose`; opens only for the same `owner`."""
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(_key(pepper, purpose)).encrypt(nonce, text.encode(), owner.encode())


def unseal(pepper: SecretStr, purpose: str, owner: str, sealed: bytes) -> str:
    """Raises `ValueError` for what was sealed with another secret, or belongs to somebody else."""
    nonce, rest = sealed[:_NONCE], sealed[_NONCE:]
    try:
        return AESGCM(_key(pepper, purpose)).decrypt(nonce, rest, owner.encode()).decode()
    except InvalidTag as error:
        raise ValueError(f"the {purpose} cannot be opened") from error


def _key(pepper: SecretStr, purpose: str) -> bytes:
    return hmac.digest(pepper.get_secret_value().encode(), f"seal\0{purpose}".encode(), "sha256")
