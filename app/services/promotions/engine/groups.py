"""Discounts on groups of units: who claims which units, and what each unit pays (spec. 2.4)."""

from collections.abc import Sequence
from typing import NamedTuple, cast

from app.services.promotions.engine.actions import GroupAction
from app.services.promotions.engine.actions.base import GROUP, Group, Pile
from app.services.promotions.engine.board import Board, Run
from app.services.promotions.engine.candidates import Candidate
from app.services.promotions.engine.effects import Taking
from app.services.promotions.engine.spreading import Block, Spread, spread_groups
from app.services.promotions.engine.state import State
from app.services.promotions.engine.units import by_rank


class _Formed(NamedTuple):
    """What one promotion does: blocks from the front of each run it claims, by `(atom, start)`.

    `by_atom` is what it takes off all units of an atom, `mask` the atoms it claims units of.
    """

    blocks: dict[tuple[int, int], list[Block]]
    by_atom: dict[int, int]
    mask: int
    amount_minor: int
    raw_minor: int


def link(candidates: Sequence[Candidate]) -> None:
    """Note for each promotion on groups whose claims may change what it can form.

    Those are what was decided in stages before, and of its own stage all that it shares units
    with, directly or through others.
    """
    grouping = [c for c in candidates if c.kind is GROUP]
    parts: list[tuple[int, int, int]] = []
    for candidate in grouping:
        position, bits, mask = candidate.position, candidate.bit, candidate.mask
        apart = []
        for part in parts:
            if part[0] == position and part[2] & candidate.mask:
                bits, mask = bits | part[1], mask | part[2]
            else:
                apart.append(part)
        parts = [*apart, (position, bits, mask)]
    earlier = {
        position: sum([c.bit for c in candidates if c.position < position])
        for position in {candidate.position for candidate in grouping}
    }
    for candidate in grouping:
        before = earlier[candidate.position]
        together = next(bits for _, bits, _ in parts if bits & candidate.bit)
        candidate.touching = before | together & ~candidate.bit


def saving(candidate: Candidate, state: State) -> int:
    """Return what the promotion takes off when it is the first to claim units after `state`."""
    if candidate.limit_minor is None and not candidate.floor_minor:
        return most_saving(candidate, state)
    if candidate.is_short(state.before(candidate.position)):
        return 0
    known = state.board.formed.get((candidate.index, state.chosen & candidate.touching))
    if known is None:
        known = _form(candidate, state.opening(candidate.position), state.chosen, state.board)
    amount: int = known.amount_minor
    return amount


def most_saving(candidate: Candidate, state: State) -> int:
    """Return an upper bound of what it takes off in any company, without looking at floors.

    The fewer units are left, the less its groups are worth; but fewer may be in the way of floors.
    """
    if candidate.is_short(state.before(candidate.position)):
        return 0
    if state.parent is None:
        groups = groups_of(candidate, state.board)
    else:
        groups = [*cast("GroupAction", candidate.action).form(pools_of(candidate, state))]
    most = sum([times * off for times, _, off in groups])
    return most if candidate.limit_minor is None else min(most, candidate.limit_minor)


def pools_of(candidate: Candidate, state: State) -> Sequence[Sequence[Pile]]:
    """Return the units the promotion could draw on after `state`."""
    if state.parent is None:
        return piles_of(candidate, state.board)
    runs = state.opening(candidate.position)
    skus = state.board.skus
    return [_pool(mask, candidate.apart, runs, skus) for mask in candidate.pools]


def piles_of(candidate: Candidate, board: Board) -> Sequence[Sequence[Pile]]:
    """Return the units of each pool as the price stage left them, dearest first."""
    if candidate.piles is None:
        skus, runs = board.skus, board.runs
        candidate.piles = [
            sorted(
                [
                    Pile(atom, runs[atom].quantity, runs[atom].entry_minor, skus[atom])
                    for atom in board.atoms(mask)
                ],
                key=_dearest,
            )
            for mask in candidate.pools
        ]
    return candidate.piles


def groups_of(candidate: Candidate, board: Board) -> Sequence[Group]:
    """Return what the promotion forms of units as the price stage left them."""
    if candidate.groups is None:
        action = cast("GroupAction", candidate.action)
        candidate.groups = [*action.form(piles_of(candidate, board))]
    return candidate.groups


def apply_groups(state: State, picks: Sequence[Candidate], entry: State) -> None:
    """Let the promotions claim units in order of rank and discount the groups they form."""
    if state.parent is None:
        raise ValueError("nothing is applied to the root")
    layout = _Layout(state.parent.opening(state.position))
    by_atom = [0] * len(state.board.runs)
    takings = []
    chosen = state.parent.chosen
    for pick in sorted(picks, key=by_rank):
        if not pick.is_short(entry):
            formed: _Formed | None = state.board.formed.get((pick.index, chosen & pick.touching))
            if formed is None:
                formed = _form(pick, layout.runs(), chosen, state.board)
            layout.add(pick, formed)
            for atom, amount in formed.by_atom.items():
                by_atom[atom] += amount
            if formed.amount_minor:
                takings.append(
                    Taking(pick.index, formed.mask, formed.amount_minor, formed.raw_minor)
                )
        chosen |= pick.bit
    state.place(sum(by_atom), lambda: takings, by_atom, layout.runs)


class _Layout:
    """Runs with what promotions formed of them, laid out when somebody looks."""

    __slots__ = ("_formed", "_runs")

    def __init__(self, runs: Sequence[Run]) -> None:
        self._runs = runs
        self._formed: list[tuple[Candidate, _Formed]] = []

    def add(self, pick: Candidate, formed: _Formed) -> None:
        if formed.blocks:
            self._formed.append((pick, formed))

    def runs(self) -> Sequence[Run]:
        for pick, formed in self._formed:
            self._runs = _lowered(self._runs, formed.blocks, pick)
        self._formed.clear()
        return self._runs


def _form(pick: Candidate, runs: Sequence[Run], chosen: int, board: Board) -> _Formed:
    """Form as many groups as there can be of units no incompatible promotion has claimed."""
    action = cast("GroupAction", pick.action)
    pools = [_pool(mask, pick.apart, runs, board.skus) for mask in pick.pools]
    rooms = {
        pile.ref: runs[pile.ref].net_minor - board.floors[runs[pile.ref].atom]
        for pool in pools
        for pile in pool
    }
    found = spread_groups(action.spread, action.form(pools), rooms, pick.limit_minor)
    formed = board.formed[(pick.index, chosen & pick.touching)] = _noted(found, runs)
    return formed


def _noted(found: Spread, runs: Sequence[Run]) -> _Formed:
    by_atom: dict[int, int] = {}
    by_run: dict[tuple[int, int], list[Block]] = {}
    mask = 0
    for position, noted in found.blocks.items():
        atom = runs[position].atom
        mask |= 1 << atom
        by_atom[atom] = by_atom.get(atom, 0) + sum([count * off for count, off in noted])
        by_run[atom, runs[position].start] = noted
    return _Formed(by_run, by_atom, mask, found.amount_minor, found.raw_minor)


def _pool(mask: int, apart: int, runs: Sequence[Run], skus: Sequence[str]) -> list[Pile]:
    piles = [
        Pile(position, run.quantity, run.entry_minor, skus[run.atom])
        for position, run in enumerate(runs)
        if mask >> run.atom & 1 and not run.claims & apart
    ]
    piles.sort(key=_dearest)
    return piles


def _dearest(pile: Pile) -> tuple[int, str, int]:
    return -pile.entry_minor, pile.sku_id, pile.ref


def _lowered(
    runs: Sequence[Run], blocks: dict[tuple[int, int], list[Block]], pick: Candidate
) -> list[Run]:
    """Return the runs split where units are discounted or claimed, the claims noted."""
    result: list[Run] = []
    for run in runs:
        atom, start, quantity, entry, net, shares, claims = run
        noted = blocks.get((atom, start))
        if noted is None:
            result.append(run)
            continue
        claims |= pick.bit
        for count, off in noted:
            taken = (*shares, (pick.promotion.id, off)) if off else shares
            result.append(Run(atom, start, count, entry, net - off, taken, claims))
            start += count
        left = run.start + quantity - start
        if left:
            result.append(Run(atom, start, left, entry, net, shares, run.claims))
    return result
