"""The common case of discounts on groups: no unit counts for two promotions.

Nothing of it differs from `groups`, which knows all cases; here how many units of an atom are
claimed is all there is to remember, and discounts are spread over units only when somebody asks.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple, TypeAlias, cast

from app.services.promotions.engine.actions import GroupAction
from app.services.promotions.engine.actions.base import Group, Pile
from app.services.promotions.engine.board import Board, Run, new_run
from app.services.promotions.engine.candidates import Candidate
from app.services.promotions.engine.effects import Taking
from app.services.promotions.engine.groups import groups_of, piles_of
from app.services.promotions.engine.spreading import Block, Spread, spread_groups
from app.services.promotions.engine.state import State
from app.services.promotions.engine.tally import Tally

_Amounts: TypeAlias = Sequence[int]
_Runs: TypeAlias = Sequence[Run]


class Formed:
    """The groups one promotion forms of what others have left: amounts, and the units claimed.

    `counts` are those of each atom, `claimed` the same as a tally.
    """

    def __init__(
        self, pick: Candidate, groups: Sequence[Group], board: Board, tally: Tally
    ) -> None:
        self.pick, self._groups, self._board = pick, groups, board
        self.counts: dict[int, int] = {}
        if pick.limit_minor is None and not pick.floor_minor:
            amount = 0
            for times, parts, off in groups:
                if not off:
                    continue
                amount += times * off
                for pile, count, _ in parts:
                    self.counts[pile.ref] = self.counts.get(pile.ref, 0) + count * times
            self.amount_minor = self.raw_minor = amount
        else:
            for atom, blocks in self.spread.blocks.items():
                self.counts[atom] = sum([count for count, _ in blocks])
            self.amount_minor, self.raw_minor = self.spread.amount_minor, self.spread.raw_minor
        self.claimed = tally.of(self.counts)
        self.mask = 0
        for atom in self.counts:
            self.mask |= 1 << atom

    @cached_property
    def spread(self) -> Spread:
        """What each unit is discounted by."""
        rooms = None
        if self.pick.floor_minor:
            floors = self._board.floors
            rooms = {
                part.pile.ref: part.pile.entry_minor - floors[part.pile.ref]
                for group in self._groups
                for part in group.parts
            }
        action = cast("GroupAction", self.pick.action)
        return spread_groups(action.spread, self._groups, rooms, self.pick.limit_minor)


class _Packed(NamedTuple):
    """What some promotions form one after another: with them all, the tally and the sum of it.

    `bits` is the mask of those that form something.
    """

    found: tuple[Formed, ...]
    claimed: int
    amount_minor: int
    bits: int


class Claims:
    """All promotions on groups of the first item stage of a cart.

    `position` is that stage's. What they form is remembered by the units claimed of theirs before.
    """

    __slots__ = ("_board", "_bounds", "_fields", "_known", "_packed", "_piles", "position", "tally")

    def __init__(self, board: Board, members: Sequence[Candidate]) -> None:
        self._board = board
        self.position = members[0].position
        self.tally = Tally([run.quantity for run in board.runs])
        self._known: dict[tuple[int, int], Formed] = {}
        self._packed: dict[int, _Packed] = {0: _Packed((), 0, 0, 0)}
        self._bounds: dict[int, dict[int, int]] = {}
        self._piles = {member.index: piles_of(member, board) for member in members}
        self._fields = {member.index: self.tally.field(member.mask) for member in members}

    def most_saving(self, candidate: Candidate, state: State) -> int:
        """Return what the promotion takes off at most when it is the next to claim units.

        Floors aside: fewer units may be grouped so that less is in the way of them.
        """
        return self.formed(candidate, state.claimed).raw_minor

    def apply(self, state: State, ranked: Sequence[Candidate]) -> int:
        """Let the promotions claim units one after another; `state` follows the root.

        Return the bit mask of those that form something.
        """
        found, state.claimed, amount, bits = self._pack(ranked)
        board = self._board
        state.place(amount, _takings(found), _by_atom(board, found), _layer(board, found))
        return bits

    def _pack(self, ranked: Sequence[Candidate]) -> _Packed:
        """Return what the promotions form; what the first of them do is known as a rule."""
        bits = 0
        for pick in ranked:
            bits |= pick.bit
        packed = self._packed.get(bits)
        if packed is None:
            packed = self._pack(ranked[:-1])
            pick = ranked[-1]
            formed = self.formed(pick, packed.claimed)
            if formed.amount_minor:
                packed = _Packed(
                    (*packed.found, formed),
                    packed.claimed + formed.claimed,
                    packed.amount_minor + formed.amount_minor,
                    packed.bits | pick.bit,
                )
            self._packed[bits] = packed
        return packed

    def formed(self, pick: Candidate, claimed: int) -> Formed:
        """Return the groups the promotion forms of the units that are not `claimed`."""
        seen = claimed & self._fields[pick.index]
        known = self._known.get((pick.index, seen))
        if known is None:
            if seen:
                pools = [self._left(piles, seen) for piles in self._piles[pick.index]]
                groups = [*cast("GroupAction", pick.action).form(pools)]
            else:
                groups = [*groups_of(pick, self._board)]
            known = Formed(pick, groups, self._board, self.tally)
            self._known[pick.index, seen] = known
        return known

    def bounds(self, pick: Candidate) -> Mapping[int, int]:
        """Return the most a unit of each atom can bring to the groups of a promotion."""
        best = self._bounds.get(pick.index)
        if best is None:
            best = self._bounds[pick.index] = {}
            for atom, most in cast("GroupAction", pick.action).bounds(self._piles[pick.index]):
                if most > best.get(atom, 0):
                    best[atom] = most
        return best

    def _left(self, piles: Sequence[Pile], claimed: int) -> list[Pile]:
        left = []
        for pile in piles:
            taken = self.tally.count(claimed, pile.ref)
            if not taken:
                left.append(pile)
            elif taken < pile.quantity:
                left.append(Pile(pile.ref, pile.quantity - taken, pile.entry_minor, pile.sku_id))
        return left


def are_apart(members: Sequence[Candidate]) -> bool:
    """Whether no two of the promotions may count one unit."""
    everyone = sum([member.bit for member in members])
    return all(everyone & ~member.bit & ~member.apart == 0 for member in members)


def _takings(found: Sequence[Formed]) -> Callable[[], Sequence[Taking]]:
    return lambda: [
        Taking(formed.pick.index, formed.mask, formed.amount_minor, formed.raw_minor)
        for formed in found
    ]


def _by_atom(board: Board, found: Sequence[Formed]) -> Callable[[], Sequence[int]]:
    def add_up() -> _Amounts:
        by_atom = [0] * len(board.runs)
        for formed in found:
            for atom, blocks in formed.spread.blocks.items():
                for count, off in blocks:
                    by_atom[atom] += count * off
        return by_atom

    return add_up


def _layer(board: Board, found: Sequence[Formed]) -> Callable[[], Sequence[Run]]:
    def lay_out() -> _Runs:
        claims: dict[int, list[tuple[Candidate, Block]]] = {}
        for formed in found:
            for atom, blocks in formed.spread.blocks.items():
                claims.setdefault(atom, []).extend([(formed.pick, block) for block in blocks])
        runs: list[Run] = []
        for run in board.runs:
            noted = claims.get(run[0])
            if noted is None:
                runs.append(run)
                continue
            atom, start, left, entry, net, _, _ = run
            for pick, (count, off) in noted:
                shares = ((pick.promotion.id, off),) if off else ()
                runs.append(new_run(Run, (atom, start, count, entry, net - off, shares, pick.bit)))
                start += count
                left -= count
            if left:
                runs.append(new_run(Run, (atom, start, left, entry, net, (), 0)))
        return runs

    return lay_out
