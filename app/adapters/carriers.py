"""The settings say which carriers' systems there are."""

from collections.abc import Mapping

from app.adapters.kuaidi100 import Kuaidi100
from app.adapters.sandbox.carrier import SandboxCarrier
from app.core.settings import Environment, Settings
from app.services.orders.carriers.ports import CarrierPort


def build_carriers(settings: Settings) -> Mapping[str, CarrierPort]:
    """By the names staff know them by."""
    wanted = settings.carriers.sandbox
    is_wanted = settings.environment is not Environment.PRODUCTION if wanted is None else wanted
    made: dict[str, CarrierPort] = {"sandbox": SandboxCarrier(settings)} if is_wanted else {}
    if settings.carriers.kuaidi100 is not None:
        made["kuaidi100"] = Kuaidi100(
            settings.carriers.kuaidi100, timeout_seconds=settings.carriers.timeout_seconds
        )
    return made
