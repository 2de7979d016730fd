"""Changing rows that staff keep: under a version, with what changed in the log."""

from collections.abc import Mapping
from typing import Any, Protocol

from app.core.clock import now
from app.core.errors import StaleVersion
from app.models.base import Versioned
from app.services.pricing.errors import BelowSold


class Sold(Protocol):
    """What orders take pieces of, up to a quota if there is one."""

    sold: int


def require_version(row: Versioned, version: int) -> None:
    """Raise `StaleVersion` for who decided on a state that is gone."""
    if row.version != version:
        raise StaleVersion("Read it again", version=row.version)


def require_room(row: Sold, quota: int | None) -> None:
    """Raise `BelowSold` for a quota that was passed already."""
    if quota is not None and quota < row.sold:
        raise BelowSold("More pieces are taken already", rows=[{"sold": row.sold}])


def changed(row: Versioned, values: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Set what differs, and move the version if anything does; `{name: [before, after]}`."""
    changes: dict[str, list[Any]] = {}
    for name, value in values.items():
        before = getattr(row, name)
        if before != value:
            changes[name] = [_plain(before), _plain(value)]
            setattr(row, name, value)
    if changes:
        row.version += 1
        row.updated_at = now()
    return changes


def _plain(value: object) -> object:
    return value if value is None or isinstance(value, bool | int | list) else str(value)
