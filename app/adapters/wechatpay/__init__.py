"""WeChat Pay, API v3 for merchants of their own (documentation: pay.weixin.qq.com/doc/v3)."""

from app.adapters.wechatpay.gateway import WechatPayGateway
from app.adapters.wechatpay.keys import Merchant, PlatformKeys

__all__ = ["Merchant", "PlatformKeys", "WechatPayGateway"]
