"""Alipay (支付宝) over its OpenAPI gateway, with RSA2 signatures."""

from app.adapters.alipay.credentials import Credentials
from app.adapters.alipay.gateway import AlipayGateway

__all__ = ["AlipayGateway", "Credentials"]
