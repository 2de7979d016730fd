"""WeChat Pay, API v3, as its documentation has it; it misbehaves when it is told to."""

from tests.simulators.wechatpay.platform import Platform
from tests.simulators.wechatpay.troubles import Trouble

__all__ = ["Platform", "Trouble"]
