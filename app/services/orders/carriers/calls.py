"""Asking carriers' systems, with a limit on how long."""

import asyncio
import logging
from collections.abc import Awaitable, Mapping
from typing import TypeVar

from sqlalchemy import RowMapping

from app.core.enums.carriers import CarrierSkill
from app.core.settings import CarrierSettings
from app.services.orders.carriers.ports import CarrierCannot, CarrierPort, CarrierUnreachable

T = TypeVar("T")
Carriers = Mapping[str, CarrierPort]
log = logging.getLogger(__name__)


async def ask(call: Awaitable[T], settings: CarrierSettings) -> T:
    """The answer, or `CarrierUnreachable` when it is late, broken or unreadable.

    Must not be called inside a transaction: locks would wait for the network.
    """
    try:
        async with asyncio.timeout(settings.timeout_seconds):
            return await call
    except (TimeoutError, OSError, ValueError, KeyError) as error:
        log.warning("a carrier gave no usable answer", exc_info=error)
        raise CarrierUnreachable(
            "The carrier gave no usable answer", retry_after_seconds=5
        ) from error


def able(carriers: Carriers, adapter: str | None, skill: CarrierSkill) -> CarrierPort:
    """The system of a carrier. Raises `CarrierCannot` where there is none, or not for that."""
    port = carriers.get(adapter) if adapter is not None else None
    if port is None or skill not in port.skills:
        skills = sorted(port.skills) if port is not None else []
        raise CarrierCannot("See to it by hand", wanted=skill, skills=skills)
    return port


def called(parcel: RowMapping) -> str:
    """What a system that stands for several carriers calls this one."""
    return str(parcel["tracking_code"] or parcel["carrier_code"])
