"""What documents of stock share: each is read as it stands, and moved as its table allows."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from app.core.errors import NotFound, StaleVersion
from app.models.base import Versioned
from app.services.inventory.engine.documents import State, following
from app.services.inventory.errors import IllegalStockTransition

Document = TypeVar("Document", bound=Versioned)


def found(row: Document | None, what: str, *, version: int | None = None) -> Document:
    """The document, as somebody who edits it has read it.

    Raises `NotFound`, and `StaleVersion` where it has another version than `version`.
    """
    if row is None:
        raise NotFound(f"There is no such {what}")
    if version is not None and row.version != version:
        raise StaleVersion("Read it again", version=row.version)
    return row


def after(table: Mapping[State, Mapping[StrEnum, State]], state: State, action: StrEnum) -> State:
    """The state an action leads to. Raises `IllegalStockTransition`."""
    target = following(table, state, action)
    if target is None:
        raise IllegalStockTransition(f"It is {state}", state=state)
    return target
