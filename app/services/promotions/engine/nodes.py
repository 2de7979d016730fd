"""Places in the search for the best set, and what was found on the way."""

from dataclasses import dataclass

from app.services.promotions.engine.candidates import Candidate
from app.services.promotions.engine.merit import worth_of
from app.services.promotions.engine.state import State

Picks = tuple[Candidate, ...]


@dataclass(slots=True)
class Found:
    """The best set so far and its key. `open_key` is the most a set left untried could be."""

    unit: int
    best: Picks = ()
    best_key: int = 0
    open_key: int = 0
    evaluations: int = 0

    @property
    def best_worth(self) -> int:
        return worth_of(self.best_key, self.unit)

    @property
    def open_worth(self) -> int:
        return worth_of(self.open_key, self.unit)

    @property
    def is_exact(self) -> bool:
        return self.open_key <= self.best_key


class Node:
    """Some picks of a level, `here`, and those of all levels so far, `picked`.

    `before` is the state the level starts from, `after` the one after the picks, once somebody
    needed it; what it is worth and the tally of units it has claimed are known without it.
    """

    __slots__ = (
        "after",
        "barred",
        "before",
        "chosen",
        "claimed",
        "here",
        "level",
        "merit",
        "picked",
        "worth",
    )

    def __init__(self, level: int, before: State, picked: Picks, merit: int, barred: int) -> None:
        self.level = level
        self.before = before
        self.after: State | None = before
        self.here: Picks = ()
        self.picked = picked
        self.merit = merit
        self.barred = barred
        self.chosen = before.chosen
        self.worth = before.worth
        self.claimed = before.claimed

    def plus(self, candidate: Candidate, conflicts: int, worth: int, claimed: int = 0) -> "Node":
        """Return the node with one pick more, which is `worth` something and claims units."""
        node: Node = object.__new__(Node)
        node.level = self.level
        node.before = self.before
        node.after = None
        node.here = (*self.here, candidate)
        node.picked = (*self.picked, candidate)
        node.merit = self.merit + candidate.merit
        node.barred = self.barred | conflicts
        node.chosen = self.chosen | candidate.bit
        node.worth = self.worth + worth
        node.claimed = self.claimed + claimed
        return node
