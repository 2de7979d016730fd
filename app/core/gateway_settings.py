"""Accounts at payment gateways, as far as only the configuration may know them.

Keys and secrets are either the value itself or `file:` and a path, so that they can be mounted.
"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from app.core.enums.payments import Scene

FILE = "file:"


class AccountPart(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class WechatPayAccount(AccountPart):
    """A merchant at WeChat Pay, API v3.

    `app_ids` names the app of each scene it takes money in; `mini_program`, `jsapi` and `app`
    have apps of their own, `page`, `qr` and `wap` any app of the merchant. `private_key` is ours,
    `serial` the serial number of its certificate. Answers and notices are verified with
    `public_key`, named `public_key_id` (`PUB_KEY_ID_…`); without them, with the platform's
    certificates, which are fetched and decrypted with `api_key`.
    """

    kind: Literal["wechatpay"]
    mch_id: Annotated[str, Field(pattern=r"^[0-9]{6,32}$")]
    app_ids: dict[Scene, Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,32}$")]]
    serial: Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{1,64}$")]
    private_key: SecretStr
    api_key: SecretStr = Field(description="APIv3 key: 32 bytes.")
    public_key_id: str | None = None
    public_key: SecretStr | None = None
    base_url: str = "https://api.mch.weixin.qq.com"
    confirms_by_query: bool = Field(
        default=True, description="Believe a success only when a query agrees."
    )

    @property
    def scenes(self) -> frozenset[Scene]:
        return frozenset(self.app_ids)

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if not self.app_ids:
            raise ValueError("app_ids names the app of at least one scene")
        if (self.public_key is None) != (self.public_key_id is None):
            raise ValueError("public_key and public_key_id belong together")
        return self


class FeeBearer(StrEnum):
    """Who pays the fee of instalments at the gateway."""

    PAYER = "payer"
    SELLER = "seller"


class AlipayAccount(AccountPart):
    """An app at Alipay that takes money for one merchant.

    `seller_id` is the merchant's own number (PID, 2088…). `private_key` is the app's. Alipay is
    known by `public_keys` (key mode; two while they change), or by certificates: the app's own,
    `alipay_certificates` with their issuers (two while they change), and the root file.
    """

    kind: Literal["alipay"]
    app_id: Annotated[str, Field(pattern=r"^[0-9]{8,32}$")]
    seller_id: Annotated[str, Field(pattern=r"^2088[0-9]{12}$")]
    private_key: SecretStr
    public_keys: tuple[SecretStr, ...] = ()
    app_certificate: SecretStr | None = None
    alipay_certificates: tuple[SecretStr, ...] = ()
    root_certificates: SecretStr | None = None
    instalment_fee: FeeBearer = FeeBearer.PAYER
    gateway_url: str = "https://openapi.alipay.com/gateway.do"

    @property
    def scenes(self) -> frozenset[Scene]:
        return frozenset(Scene)

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        certificates = (self.app_certificate, self.root_certificates, self.alipay_certificates)
        if bool(self.public_keys) == any(certificates) or any(certificates) != all(certificates):
            raise ValueError("set public_keys, or all three kinds of certificates")
        return self


GatewayAccount: TypeAlias = Annotated[WechatPayAccount | AlipayAccount, Field(discriminator="kind")]
"""An account of any gateway, told apart by `kind`."""


def secret_of(value: SecretStr) -> str:
    """The value, or what is in the file it names; raises `OSError`."""
    said = value.get_secret_value().strip()
    if said.startswith(FILE):
        return Path(said.removeprefix(FILE)).read_text("utf-8").strip()
    return said
