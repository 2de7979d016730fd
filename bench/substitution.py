"""From the statements of two traced requests to those of any number of others.

What two traces of the same use case differ in is what belongs to one request: the rows it is about
(given by name), the ids, numbers and hashes it made up, and ids derived from those. Everything
else is constant. A difference of any other sort is refused, since replaying it would be a guess.
"""

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from app.core.ids import new_id, random_code

Roles = Mapping[str, str]
"""What a request is about: role (`member`, `cart`, …) to the text that stands for it."""
Derive = Callable[[str], str]
"""An id computed from another one."""

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_HEX = r"\b(?:[0-9a-f]{64}|[0-9a-f]{32}|[0-9a-f]{24})\b"
_NUMBER = r"\b[A-Z]{1,4}\d{6}-[0-9A-Z]{8}\b"
_KEY = r"\bkey-[0-9a-zA-Z]{16}\b"
_ANY = re.compile(rf"{_UUID}|{_HEX}|{_NUMBER}|{_KEY}|^wide:-?\d+$")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?")
_WIDE = 2**31
"""Integers beyond this that differ are drawn or hashed: keys of advisory locks."""


class Unexplained(Exception):
    """The traces differ in something that is no id, number, hash or instant."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One statement and its arguments, or `BEGIN`, `COMMIT` or `ROLLBACK` without any."""

    sql: str
    args: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Template:
    """A traced request whose own tokens can be replaced.

    `roles` maps tokens of the trace to roles, `derived` to the token and function they come from;
    tokens in `fresh` are made anew for every request.
    """

    sent: tuple[Sent, ...]
    roles: dict[str, str]
    fresh: frozenset[str]
    derived: dict[str, tuple[str, Derive]] = field(default_factory=dict)

    def fill(self, roles: Roles) -> list[Sent]:
        """The statements of a request about `roles`."""
        renamed = {token: roles[role] for token, role in self.roles.items()}
        renamed |= {token: _anew(token) for token in sorted(self.fresh)}
        renamed |= {
            token: derive(renamed.get(source, source))
            for token, (source, derive) in self.derived.items()
        }
        return [
            Sent(each.sql, tuple(_replaced(arg, renamed) for arg in each.args))
            for each in self.sent
        ]


def learn(
    first: Sequence[Sent],
    first_roles: Roles,
    second: Sequence[Sent],
    second_roles: Roles,
    *,
    derivations: Sequence[Derive] = (),
) -> Template:
    """Tell apart what is constant, what is about the roles and what is new in each request."""
    if [each.sql for each in first] != [each.sql for each in second]:
        raise Unexplained("the two requests sent different statements")
    _require_same_shape(first, second)
    tokens, others = _tokens(first), _tokens(second)
    roles = {text: role for role, text in first_roles.items()}
    own = tokens - others - set(roles)
    derived: dict[str, tuple[str, Derive]] = {}
    for source in sorted(own | set(roles)):
        for derive in derivations:
            if (made := derive(source)) in own:
                derived[made] = (source, derive)
    return Template(tuple(first), roles, frozenset(own - set(derived)), derived)


def _require_same_shape(first: Sequence[Sent], second: Sequence[Sent]) -> None:
    for one, other in zip(first, second, strict=True):
        for position, (left, right) in enumerate(zip(one.args, other.args, strict=True), 1):
            if _shape(left) != _shape(right):
                raise Unexplained(
                    f"${position} of {' '.join(one.sql.split())[:200]}:\n{left!r}\n{right!r}"
                )


def _shape(value: Any) -> Any:
    """The value with everything replaced that may differ between two requests."""
    if isinstance(value, list | tuple):  # parallel lists may be sorted by ids that differ
        return sorted((_shape(each) for each in value), key=repr)
    if isinstance(value, datetime):
        return "instant"
    text = _text(value)
    return value if text is None else _INSTANT.sub("instant", _ANY.sub("token", text))


def _tokens(sent: Sequence[Sent]) -> set[str]:
    return {token for each in sent for arg in each.args for token in _tokens_of(arg)}


def _tokens_of(value: Any) -> set[str]:
    if isinstance(value, list | tuple):
        return {token for each in value for token in _tokens_of(each)}
    text = _text(value)
    return set() if text is None else set(_ANY.findall(text))


def _text(value: Any) -> str | None:
    """Where tokens may be found in a value, if anywhere."""
    match value:
        case str():
            return value
        case UUID():
            return str(value)
        case bytes():
            return value.decode("latin-1")
        case int() if abs(value) > _WIDE:
            return f"wide:{value}"
        case _:
            return None


def _anew(token: str) -> str:
    """A new token of the same kind."""
    if token.startswith("wide:"):
        return f"wide:{secrets.randbits(62)}"
    if token.startswith("key-"):
        return f"key-{random_code(16)}"
    if re.fullmatch(_NUMBER, token):
        return f"{token.partition('-')[0]}-{random_code(8)}"
    if "-" in token:
        return str(new_id())
    return secrets.token_hex(len(token) // 2)


def _replaced(value: Any, renamed: Mapping[str, str]) -> Any:
    if isinstance(value, list | tuple):
        return [_replaced(each, renamed) for each in value]
    text = _text(value)
    if text is None:
        return value
    made = _ANY.sub(lambda found: renamed.get(found[0], found[0]), text)
    if isinstance(value, int):
        return int(made.removeprefix("wide:"))
    if isinstance(value, bytes):
        return made.encode("latin-1")
    return UUID(made) if isinstance(value, UUID) else made
