"""One merchant at the platform: what we know of it, and what the platform does."""

from collections.abc import Mapping

from app.core.enums.payments import Scene
from app.core.gateway_settings import WechatPayAccount
from tests.simulators.wechatpay.keyring import key_number
from tests.simulators.wechatpay.merchant import MerchantFile
from tests.simulators.wechatpay.platform import Platform

MCH_ID, SERIAL = "1900000109", "6A5E1B2C3D4F5061728394A5B6C7D8E9F0A1B2C3"
API_KEY = "0123456789abcdefFEDCBA9876543210"
APP_IDS: Mapping[Scene, str] = {
    Scene.PAGE: "wx1111111111111111",
    Scene.QR: "wx1111111111111111",
    Scene.WAP: "wx1111111111111111",
    Scene.JSAPI: "wx1111111111111111",
    Scene.MINI_PROGRAM: "wx2222222222222222",
    Scene.APP: "wx3333333333333333",
}


def make_platform(*, with_public_key: bool = True) -> Platform:
    merchant = MerchantFile(
        mch_id=MCH_ID,
        app_ids=frozenset(APP_IDS.values()),
        serial=SERIAL,
        key=key_number(0).public_key(),
        api_key=API_KEY.encode(),
    )
    return Platform(merchant, with_public_key=with_public_key)


def make_account(platform: Platform, **other: object) -> WechatPayAccount:
    """The merchant in our settings; with the platform's public key if it signs with that."""
    said: dict[str, object] = {
        "kind": "wechatpay",
        "mch_id": MCH_ID,
        "app_ids": APP_IDS,
        "serial": SERIAL,
        "private_key": key_number(0).export_key("PEM", pkcs=8).decode(),
        "api_key": API_KEY,
    }
    if platform.with_public_key:
        public_key = platform.keys.public_key.public_key().export_key("PEM").decode()
        said |= {"public_key_id": platform.keys.public_key_id, "public_key": public_key}
    return WechatPayAccount.model_validate(said | other)
