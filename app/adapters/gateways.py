"""Accounts in the settings become gateways."""

from collections.abc import Mapping
from typing import assert_never

from app.adapters import alipay, unionpay
from app.adapters.alipay import AlipayGateway
from app.adapters.sandbox import SandboxGateway
from app.adapters.unionpay import UnionPayGateway
from app.adapters.wechatpay import Merchant, PlatformKeys, WechatPayGateway
from app.core import clock
from app.core.gateway_settings import (
    AlipayAccount,
    GatewayAccount,
    UnionPayAccount,
    WechatPayAccount,
)
from app.core.settings import Settings
from app.services.payments.ports import GatewayPort

SANDBOX = "sandbox"


def build_gateways(settings: Settings) -> Mapping[str, GatewayPort]:
    """Every account by its code, offered or not; raises `ValueError` for unusable keys."""
    made: dict[str, GatewayPort] = {}
    if SANDBOX in settings.payments.gateways:
        made[SANDBOX] = SandboxGateway(settings)
    for code, account in settings.payments.accounts.items():
        made[code] = _gateway(account, settings.payments.gateway_timeout_seconds)
    return made


def _gateway(account: GatewayAccount, timeout_seconds: float) -> GatewayPort:
    match account:
        case WechatPayAccount():
            return WechatPayGateway(account, timeout_seconds=timeout_seconds)
        case AlipayAccount():
            return AlipayGateway(account, timeout_seconds=timeout_seconds)
        case UnionPayAccount():
            return UnionPayGateway(account, timeout_seconds=timeout_seconds)
        case _:
            assert_never(account)


def faults_of_account(account: GatewayAccount) -> list[str]:
    """Why an account cannot be used; empty if it can. Nothing is asked of the gateway."""
    try:
        match account:
            case WechatPayAccount():
                Merchant.of(account)
                PlatformKeys.of(account)
            case AlipayAccount():
                alipay.Credentials.of(account, at=clock.now())
            case UnionPayAccount():
                unionpay.Credentials.of(account, at=clock.now())
            case _:
                assert_never(account)
    except (ValueError, OSError) as error:
        return [str(error)]
    return []
