"""Base of the facts a domain publishes through the outbox."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A fact in the past tense. `name` is `<domain>.<fact>.v<n>` and never changes meaning.

    `ordering_key` names the aggregate (`order:<id>`): facts of one aggregate are delivered in the
    order in which they were published.
    """

    name: ClassVar[str]

    @property
    def ordering_key(self) -> str:
        raise NotImplementedError
