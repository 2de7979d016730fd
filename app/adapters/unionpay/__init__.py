"""UnionPay (银联) over its gateway for all channels, protocol version 5.1.0, with certificates."""

from app.adapters.unionpay.gateway import UnionPayGateway
from app.adapters.unionpay.trust import Credentials

__all__ = ["Credentials", "UnionPayGateway"]
