"""What a given set of promotions takes off a cart, stage by stage (specification 2.4)."""

from collections.abc import Callable, Iterable, Sequence

from app.services.promotions.engine import amounts, gifts, groups, units
from app.services.promotions.engine.actions import Kind
from app.services.promotions.engine.actions.base import AMOUNT, FEE, GIFT, GROUP, UNIT
from app.services.promotions.engine.board import Board
from app.services.promotions.engine.candidates import Candidate
from app.services.promotions.engine.claims import Claims, are_apart
from app.services.promotions.engine.effects import Taking
from app.services.promotions.engine.singles import Table, are_plain
from app.services.promotions.engine.state import State
from app.services.promotions.engine.units import by_rank

_APPLY: dict[Kind, Callable[[State, Candidate, State], None]] = {
    AMOUNT: amounts.apply_amount,
    FEE: amounts.apply_fee,
    GIFT: gifts.apply_gift,
}


def worth(candidate: Candidate, state: State) -> int:
    """Return what the promotion is worth when it is alone in its stage, after `state`."""
    entry = state.before(candidate.position)
    scale = state.board.scale
    kind = candidate.kind
    if kind is UNIT:
        return units.saving(candidate, state) * scale
    if kind is GROUP:
        return groups.saving(candidate, state) * scale
    if kind is GIFT:
        return gifts.worth(candidate, entry)
    return amounts.saving(candidate, entry) * scale


def most_worth(candidate: Candidate, state: State) -> int:
    """Return what the promotion is worth at most after `state`, and whatever else is chosen.

    Single units are not looked at where it can be helped.
    """
    if candidate.kind is AMOUNT or candidate.kind is FEE:
        return amounts.most_saving(candidate, state) * state.board.scale
    if candidate.kind is GROUP:
        return groups.most_saving(candidate, state) * state.board.scale
    return worth(candidate, state)


class Evaluator:
    """Applies sets of candidates to one cart and remembers every state it passed through."""

    __slots__ = ("_clean", "_memo", "_singles", "_tables", "claims", "root")

    def __init__(self, board: Board) -> None:
        self.root = State(board)
        self._memo: dict[int, State] = {0: self.root}
        self._singles: dict[int, list[Candidate]] = {}
        self.claims: Claims | None = None
        self._clean: set[int] = set()
        self._tables: dict[tuple[int, int], Table] = {}

    def know(self, candidates: Sequence[Candidate]) -> None:
        """Look for the common cases among item discounts; `apart` must be known."""
        grouping = [c for c in candidates if c.kind is GROUP and c.alone]
        self._know_groups(grouping)
        singles: dict[int, list[Candidate]] = {}
        for candidate in candidates:
            if candidate.kind is UNIT and candidate.alone:
                singles.setdefault(candidate.position, []).append(candidate)
        for position, found in singles.items():
            bits = sum([candidate.bit for candidate in found])
            beside = [each for each in grouping if each.position == position - 1]
            is_clean = not any(bits & ~each.apart for each in beside)
            if are_plain(found, self.root.board) and (is_clean or not _may_meet(found, beside)):
                self._singles[position] = sorted(found, key=by_rank)
                if is_clean:
                    self._clean.add(position)

    def _know_groups(self, grouping: Sequence[Candidate]) -> None:
        first = min((candidate.position for candidate in grouping), default=-1)
        members = [candidate for candidate in grouping if candidate.position == first]
        if members and len(members) == len(grouping) and are_apart(members):
            self.claims = Claims(self.root.board, members)

    def gain(self, candidate: Candidate, after: State, before: State) -> int:
        """Return the most `candidate` adds to what `after` has of its own position."""
        if candidate.kind is UNIT and candidate.position in self._singles:
            return (
                self._table(before, candidate.position).gain(candidate, after.chosen)
                * before.board.scale
            )
        if candidate.kind is GROUP and self.claims is not None:
            return self.claims.most_saving(candidate, after) * after.board.scale
        return most_worth(candidate, before)

    def table(self, before: State, position: int) -> Table | None:
        """Return what discounts on single units take off after `before`, in the common case.

        In the others, `None`.
        """
        return self._table(before, position) if position in self._singles else None

    def is_clean(self, position: int) -> bool:
        """Whether a unit that a group has claimed gets none of the discounts at `position`."""
        return position in self._clean

    def _table(self, before: State, position: int) -> Table:
        key = (before.chosen, position)
        table = self._tables.get(key)
        if table is None:
            entry = before.before(position)
            if self.claims is not None and position in self._clean and before.claimed:
                table = self._table(entry, position).less(before, self.claims.tally)
            else:
                ready = [c for c in self._singles[position] if not c.is_short(entry)]
                table = Table(before, position, ready)
            self._tables[key] = table
        return table

    def after(self, before: State, picks: Sequence[Candidate], chosen: int) -> State:
        """Return the state after `picks`, which are all of one position, follow on `before`.

        `chosen` is the bit mask of all that were tried then; picks without effect are not among
        those of the state. All of a stage compute on its entry; where a floor leaves less room
        than they want, higher priority, then smaller id, takes first.
        """
        state = self._memo.get(chosen)
        if state is None:
            state = self._made(before, picks, chosen)
            state = self._memo.setdefault(state.chosen, state)
            self._memo[chosen] = state
        return state

    def _made(self, before: State, picks: Sequence[Candidate], chosen: int) -> State:
        first = picks[0]
        state = State(before.board, before, chosen, first.position)
        if first.kind is UNIT and first.position in self._singles:
            used = self._table(before, first.position).apply(state, chosen)
        elif self.claims is not None and first.kind is GROUP and before is self.root:
            used = self.claims.apply(state, sorted(picks, key=by_rank))
        else:
            _apply(state, picks, before.before(first.position))
            if first.kind is UNIT:
                # Where floors bind, what one would have taken was not offered to others.
                return state
            used = state.effective()
        state.chosen = before.chosen | used
        return state

    def course(self, candidates: Iterable[Candidate]) -> list[State]:
        """Return the states a set passes through, the root first."""
        positions: dict[int, list[Candidate]] = {}
        for candidate in candidates:
            positions.setdefault(candidate.position, []).append(candidate)
        states = [self.root]
        for position in sorted(positions):
            chosen = states[-1].chosen
            for pick in positions[position]:
                chosen |= pick.bit
            states.append(self.after(states[-1], positions[position], chosen))
        return states

    def final(self, candidates: Iterable[Candidate]) -> State:
        """Return the state after all stages of a set."""
        return self.course(candidates)[-1]


def _may_meet(singles: Sequence[Candidate], grouping: Sequence[Candidate]) -> bool:
    """Whether a unit can bear a discount of both, and so reach its floor between them."""
    return any(
        single.mask & group.mask and not single.bit & group.apart
        for single in singles
        for group in grouping
    )


def applied(state: State) -> list[Taking]:
    """Return what took effect, later stages first; a gift is a discount of nothing."""
    takings: list[Taking] = []
    while state.parent is not None:
        takings.extend((*state.takings, *state.fees))
        takings.extend(Taking(given.candidate, 0, 0, 0) for given in state.gifts)
        state = state.parent
    return takings


def _apply(state: State, picks: Sequence[Candidate], entry: State) -> None:
    kind = picks[0].kind
    if kind is UNIT:
        units.apply_units(state, picks, entry)
    elif kind is GROUP:
        groups.apply_groups(state, picks, entry)
    else:
        for pick in sorted(picks, key=by_rank) if len(picks) > 1 else picks:
            _APPLY[pick.kind](state, pick, entry)
