"""What a cart costs between two stages, for one set of promotions."""

from collections.abc import Callable, Sequence
from itertools import compress
from typing import NamedTuple

from app.services.promotions.engine.actions import Present
from app.services.promotions.engine.allocate_units import shared_by_atom, spread
from app.services.promotions.engine.board import Board, Run


class Taking(NamedTuple):
    """A discount of a stage: `amount_minor` off the units in `mask`, `raw_minor` before floors.

    In an item stage the mask also holds the units that qualify for it.
    """

    candidate: int
    mask: int
    amount_minor: int
    raw_minor: int


class Given(NamedTuple):
    """Goods for nothing; `list_minor` is what all the pieces would cost."""

    candidate: int
    present: Present
    list_minor: int


class State:
    """The cart after some stages; `chosen` is the bit mask of candidates that were tried.

    `position` is that of the candidates applied last, `claimed` how many units of an atom they
    claimed for groups. Sums over units are worked out from the
    parent's sums and the discounts of this stage. Units are only looked at where a discount and
    the set asked for overlap in part, and at the end.
    """

    __slots__ = (
        "_by_atom",
        "_make_runs",
        "_most",
        "_opening",
        "_runs",
        "_spread",
        "_sums",
        "_tell",
        "board",
        "chosen",
        "claimed",
        "fee_minor",
        "fees",
        "gifts",
        "parent",
        "position",
        "saved_minor",
        "takings",
        "worth",
    )

    def __init__(
        self, board: Board, parent: "State | None" = None, chosen: int = 0, position: int = -1
    ) -> None:
        self.board = board
        self.parent = parent
        self.chosen = chosen
        self.position = position
        self.takings: list[Taking] = []
        self.fees: list[Taking] = []
        self.gifts: list[Given] = []
        self.claimed: dict[int, int] = {}
        self.saved_minor: int = parent.saved_minor if parent else 0
        self.worth: int = parent.worth if parent else 0
        self.fee_minor: int = parent.fee_minor if parent else board.fee_minor
        self._sums: dict[int, int] = {}
        self._most: dict[int, int] = {}
        self._runs: Sequence[Run] | None = board.runs if parent is None else None
        self._opening: Sequence[Run] | None = None
        self._spread = 0
        self._by_atom: Sequence[int] = ()
        self._tell: Callable[[], Sequence[int]] | None = None
        self._make_runs: Callable[[], Sequence[Run]] | None = None

    def take(self, taking: Taking) -> None:
        """Add a discount of this state's own stage on goods."""
        self.takings.append(taking)
        self._save(taking.amount_minor)
        self._sums.clear()
        self._most.clear()
        self._by_atom = ()
        self._opening = None

    def take_fee(self, taking: Taking) -> None:
        """Add a discount of this state's own stage on the shipping fee."""
        self.fees.append(taking)
        self.fee_minor -= taking.amount_minor
        self._save(taking.amount_minor)

    def give(self, given: Given) -> None:
        """Add a gift."""
        self.gifts.append(given)
        self.worth += given.list_minor

    def place(
        self,
        takings: Sequence[Taking],
        by_atom: Callable[[], Sequence[int]],
        make_runs: Callable[[], Sequence[Run]],
    ) -> None:
        """Set the discounts of an item stage.

        `by_atom` tells what they take off all units of each atom and `make_runs` lays out the
        single units, when somebody wants to know.
        """
        for taking in takings:
            self.take(taking)
        self._tell, self._make_runs = by_atom, make_runs
        self._spread = len(self.takings)

    def has_taken(self, candidate: int) -> bool:
        """Whether the candidate had an effect in this very stage."""
        takings = (*self.takings, *self.fees)
        return any(each.candidate == candidate for each in takings) or any(
            given.candidate == candidate for given in self.gifts
        )

    def before(self, position: int) -> "State":
        """Return the state in which the stage of `position` starts, given one inside or before it.

        Whatever a stage holds is worked out on this one snapshot.
        """
        state = self
        while state.parent is not None and state.position >> 1 == position >> 1:
            state = state.parent
        return state

    def net_over(self, mask: int) -> int:
        """Return what the units in `mask` cost now, all together."""
        known = self._sums.get(mask)
        if known is None:
            known = self._bound(mask, is_exact=True)
            if known is None and self._tell is not None:
                self._by_atom, self._tell = self._tell(), None
            if known is None and len(self.takings) == 1 and self._runs is None and self.parent:
                # Who pays how much needs no laying out of units while it is the only discount.
                (taking,) = self.takings
                if not self._by_atom:
                    runs = self.parent.opening(self.position)
                    self._by_atom = shared_by_atom(
                        self.board, runs, taking.mask, taking.amount_minor
                    )
            if known is None and self._by_atom and self.parent is not None:
                known = self.parent.net_over(mask) - sum(
                    compress(self._by_atom, self.board.selector(mask))
                )
            if known is None:
                known = sum(
                    [run.net_minor * run.quantity for run in self.runs() if mask >> run.atom & 1]
                )
            self._sums[mask] = known
        return known

    def most_over(self, mask: int) -> int:
        """Return an upper bound of `net_over`, at once."""
        known = self._most.get(mask)
        if known is None:
            known = self._sums.get(mask) or self._bound(mask, is_exact=False) or 0
            self._most[mask] = known
        return known

    def runs(self) -> Sequence[Run]:
        """Return the single units, grouped, with every discount spread over them."""
        if self._runs is None and self._make_runs is not None:
            self._runs = self._make_runs()
        if self._runs is None:
            self._runs = self.parent.opening(self.position) if self.parent else self.board.runs
        for taking in self.takings[self._spread :]:
            self._runs = spread(
                self.board, self._runs, taking.mask, taking.amount_minor, taking.candidate
            )
        self._spread = len(self.takings)
        return self._runs

    def opening(self, position: int) -> Sequence[Run]:
        """Return the units as the candidates at `position` find them.

        A new stage starts from what they cost now; inside a stage the entry prices stay.
        """
        runs = self.runs()
        if self.position >> 1 == position >> 1 or self.parent is None:
            return runs
        if self._opening is None:
            # The net, `run[4]`, becomes the entry, `run[3]`.
            self._opening = [
                run if run[3] == run[4] else Run(*run[:3], run[4], *run[4:]) for run in runs
            ]
        return self._opening

    def _save(self, amount_minor: int) -> None:
        self.saved_minor += amount_minor
        self.worth += amount_minor * self.board.scale

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
