"""One attack, bad input or fault."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """`waits_for` names the feature whose tests will bear the row's name, where there is none."""

    name: str
    title: str
    waits_for: str = ""
