"""Reading rule configuration: plain JSON data in, checked values or a pointed refusal out."""

from collections.abc import Iterable, Mapping
from typing import cast

from app.core.money import MAX_MINOR

_MISSING = object()


class InvalidConfig(ValueError):
    """A rule's configuration cannot be used; `pointer` (RFC 6901) names the offending member."""

    def __init__(self, pointer: str, message: str) -> None:
        super().__init__(f"{pointer or '/'}: {message}")
        self.pointer = pointer
        self.message = message


class Node:
    """One JSON object of the configuration, remembering where it stands and what was read.

    Absent members and `null` mean the same. `close()` refuses members nobody asked for, so that a
    misspelt limit is an error and not a promotion without limit.
    """

    __slots__ = ("_known", "_value", "pointer")

    def __init__(self, value: object, pointer: str = "") -> None:
        if not isinstance(value, Mapping):
            raise InvalidConfig(pointer, "must be an object")
        self._value = cast("Mapping[str, object]", value)
        self._known: set[str] = set()
        self.pointer = pointer

    def at(self, key: str) -> str:
        return f"{self.pointer}/{key.replace('~', '~0').replace('/', '~1')}"

    def fail(self, key: str, message: str) -> InvalidConfig:
        return InvalidConfig(self.at(key), message)

    def has(self, key: str) -> bool:
        return self._value.get(key) is not None

    def integer(self, key: str, *, low: int = 1, high: int = MAX_MINOR) -> int:
        value = self._get(key)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.fail(key, "must be an integer")
        if not low <= value <= high:
            raise self.fail(key, f"must be from {low} to {high}")
        return value

    def integer_or_none(self, key: str, *, low: int = 1, high: int = MAX_MINOR) -> int | None:
        self._known.add(key)
        return self.integer(key, low=low, high=high) if self.has(key) else None

    def choice(self, key: str, allowed: Iterable[str], default: str | None = None) -> str:
        options = sorted(allowed)
        self._known.add(key)
        if default is not None and not self.has(key):
            return default
        value = self._get(key)
        if not isinstance(value, str) or value not in options:
            raise self.fail(key, f"must be one of {', '.join(options)}")
        return value

    def text(self, key: str) -> str:
        value = self._get(key)
        if not isinstance(value, str) or not value:
            raise self.fail(key, "must be a non-empty string")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return the distinct strings of a list in sorted order, none when it is absent."""
        return tuple(sorted({self._text(key, i, item) for i, item in enumerate(self._list(key))}))

    def mode_or_texts(self, key: str, modes: Iterable[str], default: str) -> str | tuple[str, ...]:
        """Return one of `modes`, or the strings of a list."""
        if isinstance(self._value.get(key), list):
            return self.texts(key)
        return self.choice(key, modes, default)

    def child(self, key: str) -> "Node | None":
        self._known.add(key)
        return Node(self._value[key], self.at(key)) if self.has(key) else None

    def children(self, key: str) -> list["Node"]:
        return [Node(item, f"{self.at(key)}/{i}") for i, item in enumerate(self._list(key))]

    def close(self) -> None:
        for key in sorted(set(self._value) - self._known):
            raise self.fail(key, "is not known here")

    def _get(self, key: str) -> object:
        self._known.add(key)
        value = self._value.get(key, _MISSING)
        if value is _MISSING or value is None:
            raise self.fail(key, "is required")
        return value

    def _list(self, key: str) -> list[object]:
        self._known.add(key)
        value = self._value.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.fail(key, "must be a list")
        return value

    def _text(self, key: str, index: int, item: object) -> str:
        if not isinstance(item, str) or not item:
            raise InvalidConfig(f"{self.at(key)}/{index}", "must be a non-empty string")
        return item
