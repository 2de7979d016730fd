"""Accounts at payment gateways, as far as only the configuration may know them.

Keys and secrets are either the value itself or `file:` and a path, so that they can be mounted.
"""

import base64
from pathlib import Path
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from app.core.enums.payments import Scene

FILE = "file:"
Address: TypeAlias = Annotated[str, Field(pattern="^https://")]
"""Where a gateway is. What is signed could be read on the way otherwise."""


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
    base_url: Annotated[str, Field(pattern=r"^https://[^/?#]+$")] = "https://api.mch.weixin.qq.com"
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
    qr_product: Literal["FACE_TO_FACE_PAYMENT", "QR_CODE_OFFLINE"] = Field(
        default="FACE_TO_FACE_PAYMENT",
        description="What was contracted for QR codes: 当面付, or 订单码支付.",
    )
    gateway_url: Address = "https://openapi.alipay.com/gateway.do"

    @property
    def scenes(self) -> frozenset[Scene]:
        return frozenset(Scene)

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        certificates = (self.app_certificate, self.root_certificates, self.alipay_certificates)
        if bool(self.public_keys) == any(certificates) or any(certificates) != all(certificates):
            raise ValueError("set public_keys, or all three kinds of certificates")
        return self


class UnionPayAccount(AccountPart):
    """A merchant at UnionPay's gateway (全渠道), version 5.1.0.

    `certificate` is the PFX file UnionPay's authority issued, as `file:` or base64, and `password`
    its password. UnionPay's own certificates come with every answer; they are believed when
    `middle_certificates` and `root_certificates` (PEM) vouch for them and they name UnionPay.
    UnionPay closes nothing: an order that is given up stays open until the payer's time is over,
    `pay_within_seconds` at most.
    """

    kind: Literal["unionpay"]
    mer_id: Annotated[str, Field(pattern=r"^[0-9A-Za-z]{15}$")]
    certificate: SecretStr
    password: SecretStr
    root_certificates: SecretStr
    middle_certificates: SecretStr
    gateway_url: Address = "https://gateway.95516.com"
    file_url: Address = "https://filedownload.95516.com/"
    pay_within_seconds: Annotated[int, Field(ge=60, le=86_400)] = 900
    voids_same_day: bool = Field(
        default=False,
        description="Take a whole payment back on its clearing day instead of refunding it:"
        " quicker, but some banks do not know it.",
    )
    is_test: bool = Field(default=False, description="UnionPay's test environment.")

    @property
    def scenes(self) -> frozenset[Scene]:
        return frozenset({Scene.PAGE, Scene.WAP, Scene.APP, Scene.QR})


GatewayAccount: TypeAlias = Annotated[
    WechatPayAccount | AlipayAccount | UnionPayAccount, Field(discriminator="kind")
]
"""An account of any gateway, told apart by `kind`."""


def bytes_of(value: SecretStr) -> bytes:
    """As `secret_of`, for what is not text and stands there in base64; raises `ValueError` too."""
    said = value.get_secret_value().strip()
    if said.startswith(FILE):
        return Path(said.removeprefix(FILE)).read_bytes()
    return base64.b64decode("".join(said.split()), validate=True)


def secret_of(value: SecretStr) -> str:
    """The value, or what is in the file it names; raises `OSError`."""
    said = value.get_secret_value().strip()
    if said.startswith(FILE):
        return Path(said.removeprefix(FILE)).read_text("utf-8").strip()
    return said
