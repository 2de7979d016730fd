"""The platform's own keys: certificates that follow each other, and the newer public key."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from Cryptodome.PublicKey.RSA import RsaKey

from app.core import clock
from tests.simulators.wechatpay import crypto


@cache
def key_number(number: int) -> RsaKey:
    """Making a key takes a second; tests share them."""
    return crypto.new_key()


@dataclass(frozen=True)
class Certificate:
    serial: str
    key: RsaKey
    begins_at: datetime
    ends_at: datetime

    @property
    def pem(self) -> str:
        return crypto.certificate(self.key, int(self.serial, 16), self.begins_at, self.ends_at)


@dataclass
class Keyring:
    """`public_key_id` is what the merchant asks to be answered with, if it knows the key.

    `listed` are the certificates that can be fetched, the last of them signs.
    """

    listed: list[Certificate] = field(default_factory=list)
    public_key: RsaKey = field(default_factory=lambda: key_number(1))
    public_key_id: str = "PUB_KEY_ID_0114232134912410000000000000"
    signs_with: Certificate | None = None
    made: int = 0

    def __post_init__(self) -> None:
        self.rotate()

    def rotate(self, *, days: float = 365) -> Certificate:
        """A new certificate signs from now on; the one before it stays listed for a while."""
        self.made += 1
        now = clock.now()
        serial = f"5157F09EFDC096DE15EBE81A47057A72{self.made:08X}"
        made = Certificate(
            serial, key_number(1 + self.made), now - timedelta(days=1), now + timedelta(days=days)
        )
        self.listed.append(made)
        self.signs_with = made
        return made

    def retire_all_but_the_last(self) -> None:
        del self.listed[:-1]

    def document(self, api_key: bytes) -> dict[str, Any]:
        return {
            "data": [
                {
                    "serial_no": each.serial,
                    "effective_time": each.begins_at.isoformat(timespec="seconds"),
                    "expire_time": each.ends_at.isoformat(timespec="seconds"),
                    "encrypt_certificate": crypto.seal(api_key, each.pem.encode(), "certificate"),
                }
                for each in self.listed
            ]
        }

    def signed(
        self, body: bytes, *, with_public_key: bool, at: datetime | None = None
    ) -> dict[str, str]:
        """The headers that go with `body`."""
        timestamp = str(int((at or clock.now()).timestamp()))
        nonce = crypto.secrets.token_hex(16)
        serial, key = self.public_key_id, self.public_key
        if not with_public_key:
            assert self.signs_with is not None
            serial, key = self.signs_with.serial, self.signs_with.key
        signature = crypto.sign(key, timestamp.encode(), nonce.encode(), body)
        return {
            "Wechatpay-Timestamp": timestamp,
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Serial": serial,
            "Wechatpay-Signature": signature,
            "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
        }
