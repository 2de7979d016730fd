"""What a cart costs between two stages, for one set of promotions."""

from collections.abc import Sequence
from typing import NamedTuple

from app.services.promotions.engine.allocate_units import spread
from app.services.promotions.engine.board import Board, Run


class Taking(NamedTuple):
    """A discount of a stage: `amount_minor` off the units in `mask`, `raw_minor` before floors."""

    candidate: int
    mask: int
    amount_minor: int
    raw_minor: int


class State:
    """The cart after some stages; `chosen` is the bit mask of candidates that were tried.

    Sums over units are worked out from the parent's sums and the discounts of this stage. Units
    are only looked at where a discount and the set asked for overlap in part, and at the end.
    """

    __slots__ = ("_runs", "_spread", "_sums", "board", "chosen", "parent", "saved_minor", "takings")

    def __init__(self, board: Board, parent: "State | None" = None, chosen: int = 0) -> None:
        self.board = board
        self.parent = parent
        self.chosen = chosen
        self.takings: list[Taking] = []
        self.saved_minor: int = parent.saved_minor if parent else 0
        self._sums: dict[int, int] = {}
        self._runs: Sequence[Run] = ()
        self._spread = 0

    def take(self, taking: Taking) -> None:
        """Add a discount of this state's own stage."""
        self.takings.append(taking)
        self.saved_minor += taking.amount_minor
        self._sums.clear()

    def has_taken(self, candidate: int) -> bool:
        """Whether the candidate took something off in this very stage."""
        return any(taking.candidate == candidate for taking in self.takings)

    def net_over(self, mask: int) -> int:
        """Return what the units in `mask` cost now, all together."""
        known = self._sums.get(mask)
        if known is None:
            known = self._bound(mask, is_exact=True)
            if known is None:
                known = sum(
                    run.net_minor * run.quantity for run in self.runs() if mask >> run.atom & 1
                )
            self._sums[mask] = known
        return known

    def most_over(self, mask: int) -> int:
        """Return an upper bound of `net_over`, at once."""
        return self._sums.get(mask) or self._bound(mask, is_exact=False) or 0

    def runs(self) -> Sequence[Run]:
        """Return the single units, grouped, with every discount spread over them."""
        if self.parent is None:
            return self.board.runs
        if not self._spread:
            self._runs = [
                run if run.entry_minor == run.net_minor else run._replace(entry_minor=run.net_minor)
                for run in self.parent.runs()
            ]
        for taking in self.takings[self._spread :]:
            self._runs = spread(
                self.board, self._runs, taking.mask, taking.amount_minor, taking.candidate
            )
        self._spread = len(self.takings)
        return self._runs

    def _bound(self, mask: int, *, is_exact: bool) -> int | None:
        """Return the sum from whole discounts alone; `None` if exact needs the single units."""
        if self.parent is None:
            return self.board.sums(mask).goods_minor
        total = self.parent.net_over(mask) if is_exact else self.parent.most_over(mask)
        for taking in self.takings:
            if taking.mask & ~mask == 0:
                total -= taking.amount_minor
            elif is_exact and taking.mask & mask:
                return None
        return total
