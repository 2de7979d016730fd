"""What a cart costs between two stages, for one set of promotions."""

from collections.abc import Callable, Sequence
from itertools import compress
from operator import sub

from app.services.promotions.engine.allocate_units import shared_by_atom, spread
from app.services.promotions.engine.board import Board, Run, new_run
from app.services.promotions.engine.effects import Given, Taking


class State:
    """The cart after some stages; `chosen` is the bit mask of the candidates that led here.

    `position` is that of the candidates applied last, `claimed` the tally of the units they
    claimed for groups, `goods_minor` what all goods cost now. Other sums over units are worked out
    from the parent's sums and the discounts of this stage. Units are only looked at where a
    discount and the set asked for overlap in part, and at the end.
    """

    __slots__ = (
        "_make_runs",
        "_most",
        "_nets",
        "_opening",
        "_runs",
        "_spread",
        "_sums",
        "_takings",
        "_tell",
        "_tell_takings",
        "board",
        "chosen",
        "claimed",
        "fee_minor",
        "fees",
        "gifts",
        "goods_minor",
        "parent",
        "position",
        "saved_minor",
        "worth",
    )

    def __init__(
        self, board: Board, parent: "State | None" = None, chosen: int = 0, position: int = -1
    ) -> None:
        self.board = board
        self.parent = parent
        self.chosen = chosen
        self.position = position
        self._takings: Sequence[Taking] = ()
        self._tell_takings: Callable[[], Sequence[Taking]] | None = None
        self.fees: Sequence[Taking] = ()
        self.gifts: Sequence[Given] = ()
        self.claimed = 0
        self._sums: dict[int, int] = {}
        self._most: dict[int, int] = {}
        self._opening: Sequence[Run] | None = None
        self._spread = 0
        self._tell: Sequence[int] | Callable[[], Sequence[int]] | None = None
        self._make_runs: Callable[[], Sequence[Run]] | None = None
        self._runs: Sequence[Run] | None = None
        self._nets: Sequence[int] | None = None
        if parent is None:
            self._runs, self._nets = board.runs, board.goods_by_atom
            self.saved_minor = self.worth = 0
            self.fee_minor: int = board.fee_minor
            self.goods_minor: int = board.sums(board.everything).goods_minor
        else:
            self.saved_minor, self.worth = parent.saved_minor, parent.worth
            self.fee_minor, self.goods_minor = parent.fee_minor, parent.goods_minor

    @property
    def takings(self) -> Sequence[Taking]:
        """The discounts of this state's own stage on goods."""
        if self._tell_takings is not None:
            self._takings, self._tell_takings = self._tell_takings(), None
        return self._takings

    def take(self, taking: Taking) -> None:
        """Add a discount of this state's own stage on goods."""
        self._takings = (*self.takings, taking)
        self.goods_minor -= taking.amount_minor
        self._save(taking.amount_minor)
        self._sums.clear()
        self._most.clear()
        self._nets = self._opening = None

    def take_fee(self, taking: Taking) -> None:
        """Add a discount of this state's own stage on the shipping fee."""
        self.fees = (*self.fees, taking)
        self.fee_minor -= taking.amount_minor
        self._save(taking.amount_minor)

    def give(self, given: Given) -> None:
        """Add a gift."""
        self.gifts = (*self.gifts, given)
        self.worth += given.list_minor

    def place(
        self,
        amount_minor: int,
        takings: Callable[[], Sequence[Taking]],
        by_atom: Sequence[int] | Callable[[], Sequence[int]],
        make_runs: Callable[[], Sequence[Run]],
    ) -> None:
        """Set the discounts of an item stage, which take off `amount_minor` together.

        `by_atom` is what they take off all units of each atom. When somebody wants to know, it may
        be asked for that, `takings` tells what they are and `make_runs` lays out the single units.
        """
        self._tell_takings, self._tell, self._make_runs = takings, by_atom, make_runs
        self.goods_minor -= amount_minor
        self._save(amount_minor)

    def has_taken(self, candidate: int) -> bool:
        """Whether the candidate had an effect in this very stage."""
        effects: tuple[Taking | Given, ...] = (*self.takings, *self.fees, *self.gifts)
        return any(each.candidate == candidate for each in effects)

    def effective(self) -> int:
        """Return the bit mask of the candidates that had an effect in this very stage."""
        bits = 0
        for candidate, *_ in self.takings:
            bits |= 1 << candidate
        for candidate, *_ in self.fees:
            bits |= 1 << candidate
        for candidate, *_ in self.gifts:
            bits |= 1 << candidate
        return bits

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
        if mask == self.board.everything:
            return self.goods_minor
        known = self._sums.get(mask)
        if known is None:
            if self.parent is None:
                known = self.board.sums(mask).goods_minor
            elif self._nets is None:
                known = self._exact(mask, self.parent)
            if known is None:
                known = sum(compress(self.by_atom(), self.board.selector(mask)))
            self._sums[mask] = known
        return known

    def most_over(self, mask: int) -> int:
        """Return an upper bound of `net_over`, at once."""
        if mask == self.board.everything:
            return self.goods_minor
        known = self._most.get(mask)
        if known is None:
            known = self._sums.get(mask)
            if known is None and (self._nets is not None or isinstance(self._tell, list)):
                known = self.net_over(mask)
            if known is None:
                known = self.parent.most_over(mask) if self.parent else self.net_over(mask)
                for _, touched, amount, _ in self.takings:
                    if not touched & ~mask:
                        known -= amount
            self._most[mask] = known
        return known

    def by_atom(self) -> Sequence[int]:
        """Return what all units of each atom cost now."""
        if self._nets is not None:
            return self._nets
        parent = self.parent
        if parent is not None and self._tell is not None:
            off = self._tell() if callable(self._tell) else self._tell
        elif parent is not None and self._runs is None and len(self.takings) == 1:
            # Who pays how much needs no laying out of units while it is the only discount.
            runs, is_new = self._inherited()
            off = shared_by_atom(self.board, runs, self.takings[0], is_new=is_new)
        else:
            nets = [0] * len(self.board.runs)
            for run in self.runs():
                nets[run.atom] += run.net_minor * run.quantity
            self._nets = nets
            return nets
        self._nets = list(map(sub, parent.by_atom(), off))
        return self._nets

    def runs(self) -> Sequence[Run]:
        """Return the single units, grouped, with every discount spread over them."""
        if self._make_runs is not None:
            self._runs, self._make_runs = self._make_runs(), None
            self._spread = len(self.takings)
        is_new = False
        if self._runs is None:
            self._runs, is_new = self._inherited()
        for taking in self.takings[self._spread :]:
            self._runs = spread(self.board, self._runs, taking, is_new=is_new)
            is_new = False
        self._spread = len(self.takings)
        return self._runs

    def _inherited(self) -> tuple[Sequence[Run], bool]:
        """Return the units as the parent left them, and whether this state opens a new stage."""
        parent = self.parent
        if parent is None:
            return self.board.runs, False
        return parent.runs(), parent.position >> 1 != self.position >> 1

    def opening(self, position: int) -> Sequence[Run]:
        """Return the units as the candidates at `position` find them.

        A new stage starts from what they cost now; inside a stage the entry prices stay.
        """
        if self.parent is not None and not self.takings:
            return self.parent.opening(position)
        runs = self.runs()
        if self.position >> 1 == position >> 1 or self.parent is None:
            return runs
        if self._opening is None:
            # The net, `run[4]`, becomes the entry, `run[3]`.
            self._opening = [
                run if run[3] == run[4] else new_run(Run, (*run[:3], run[4], *run[4:]))
                for run in runs
            ]
        return self._opening

    def _save(self, amount_minor: int) -> None:
        self.saved_minor += amount_minor
        self.worth += amount_minor * self.board.scale

    def _exact(self, mask: int, parent: "State") -> int | None:
        """Return the sum from whole discounts alone; `None` if it takes the single units."""
        total = parent.net_over(mask)
        for _, touched, amount, _ in self.takings:
            if not touched & ~mask:
                total -= amount
            elif touched & mask:
                return None
        return total
