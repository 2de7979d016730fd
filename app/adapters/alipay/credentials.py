"""What an account signs with, and whom it believes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from app.adapters.alipay import signing
from app.adapters.alipay.trust import PlainKeys, Trust, certificate_mode
from app.core.gateway_settings import AlipayAccount, secret_of


@dataclass(frozen=True, slots=True)
class Credentials:
    key: RSAPrivateKey
    trust: Trust

    @classmethod
    def of(cls, account: AlipayAccount, *, at: datetime) -> Self:
        """Read the keys of an account; raises `ValueError` and `OSError` when one is unusable.

        None may be missing or empty: with an empty key anybody could pay with forged notices.
        """
        key = signing.private_key(secret_of(account.private_key))
        if account.app_certificate is None or account.root_certificates is None:
            keys = tuple(signing.public_key(secret_of(each)) for each in account.public_keys)
            if not keys:
                raise ValueError("neither Alipay's key nor certificates are set")
            return cls(key, PlainKeys(keys))
        trust = certificate_mode(
            app=secret_of(account.app_certificate),
            alipay=[secret_of(each) for each in account.alipay_certificates],
            root=secret_of(account.root_certificates),
            key=key.public_key(),
            at=at,
        )
        return cls(key, trust)
