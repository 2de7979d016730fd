"""What a given set of promotions takes off a cart, stage by stage (specification 2.4)."""

from collections.abc import Iterable, Sequence
from operator import attrgetter

from app.services.promotions.engine.board import Board
from app.services.promotions.engine.candidates import Candidate
from app.services.promotions.engine.reasons import NO_GAP
from app.services.promotions.engine.state import State, Taking

by_rank = attrgetter("rank")


def raw_minor(candidate: Candidate, entry: State) -> int:
    """Return what the promotion's own terms take off at stage entry, before any floor."""
    if candidate.fixed_gap is not NO_GAP:
        return 0
    for need, mask in candidate.thresholds:
        if entry.net_over(mask) < need:
            return 0
    return _terms(candidate, entry.net_over(candidate.mask))


def saving(candidate: Candidate, entry: State) -> int:
    """Return what the promotion takes off when it is alone in its stage."""
    room = entry.net_over(candidate.mask) - candidate.floor_minor
    return min(raw_minor(candidate, entry), room)


def most_saving(candidate: Candidate, entry: State) -> int:
    """Return an upper bound of `saving` that never looks at single units."""
    for need, mask in candidate.thresholds:
        if entry.most_over(mask) < need:
            return 0
    base = entry.most_over(candidate.mask)
    return min(_terms(candidate, base), base - candidate.floor_minor)


def _terms(candidate: Candidate, base_minor: int) -> int:
    raw = candidate.action.off_minor(base_minor, candidate.quantity)
    limit = candidate.limit_minor
    return raw if limit is None or raw < limit else limit


class Evaluator:
    """Applies sets of candidates to one cart and remembers every state it passed through."""

    __slots__ = ("_memo", "root")

    def __init__(self, board: Board) -> None:
        self.root = State(board)
        self._memo: dict[int, State] = {0: self.root}

    def after(self, entry: State, picks: Sequence[Candidate]) -> State:
        """Return the state after a stage that starts from `entry` and applies `picks`.

        All compute on `entry`; where a floor leaves less room than they want, higher priority,
        then smaller id, takes first.
        """
        chosen = entry.chosen
        for pick in picks:
            chosen |= pick.bit
        state = self._memo.get(chosen)
        if state is None:
            state = self._memo[chosen] = _apply(entry, picks, chosen)
        return state

    def course(self, candidates: Iterable[Candidate]) -> list[tuple[int, State]]:
        """Return the states a set passes through, as (position of the stage just done, state)."""
        stages: dict[int, list[Candidate]] = {}
        for candidate in candidates:
            stages.setdefault(candidate.position, []).append(candidate)
        states = [(-1, self.root)]
        for position in sorted(stages):
            states.append((position, self.after(states[-1][1], stages[position])))
        return states

    def final(self, candidates: Iterable[Candidate]) -> State:
        """Return the state after all stages of a set."""
        return self.course(candidates)[-1][1]


def applied(state: State) -> list[Taking]:
    """Return the discounts that took effect, later stages first."""
    takings: list[Taking] = []
    while state.parent is not None:
        takings.extend(state.takings)
        state = state.parent
    return takings


def entry_of(course: Sequence[tuple[int, State]], position: int) -> State:
    """Return the state the stage at `position` starts from."""
    return next(state for done, state in reversed(course) if done < position)


def _apply(entry: State, picks: Sequence[Candidate], chosen: int) -> State:
    state = State(entry.board, entry, chosen)
    for pick in sorted(picks, key=by_rank):
        raw = raw_minor(pick, entry)
        if raw:
            amount = min(raw, _room(state, pick, raw))
            if amount:
                state.take(Taking(pick.index, pick.mask, amount, raw))
    return state


def _room(state: State, pick: Candidate, wanted_minor: int) -> int:
    """Return the room left above the floors, or `wanted_minor` where it surely suffices."""
    entry = state.parent or state
    room = entry.net_over(pick.mask) - pick.floor_minor
    taken = sum(t.amount_minor for t in state.takings if t.mask & pick.mask)
    if room - taken >= wanted_minor:
        return wanted_minor
    return state.net_over(pick.mask) - pick.floor_minor
