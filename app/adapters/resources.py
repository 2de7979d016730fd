"""What an entry point builds once and the application and the worker borrow."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.core.db import Sessions
from app.core.settings import Settings
from app.services.payments.ports import GatewayPort
from app.services.system.ports import MessagePort


@dataclass(frozen=True)
class Resources:
    """`readers` refuse writes; `gateways` by the name shoppers choose them by."""

    settings: Settings
    sessions: Sessions
    readers: Sessions
    messages: MessagePort
    gateways: Mapping[str, GatewayPort]
