"""The common case of discounts on groups: no unit counts for two promotions.

Nothing of it differs from `groups`, which knows all cases; here how many units of an atom are
claimed is all there is to remember, and discounts are spread over units only when somebody asks.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import cast

from app.services.promotions.engine.actions import GroupAction
from app.services.promotions.engine.actions.base import Group, Pile
from app.services.promotions.engine.board import Board, Run, atoms_of
from app.services.promotions.engine.candidates import Candidate
from app.services.promotions.engine.groups import piles_of
from app.services.promotions.engine.spreading import Block, Spread, spread_groups
from app.services.promotions.engine.state import State, Taking


class Formed:
    """The groups one promotion forms of what others have left: amounts, and the units claimed."""

    def __init__(self, pick: Candidate, groups: Sequence[Group], board: Board) -> None:
        self._pick, self._groups, self._board = pick, groups, board
        self.claimed: dict[int, int] = {}
        if pick.limit_minor is None and not pick.floor_minor:
            for times, parts, off in groups:
                if not off:
                    continue
                for pile, count, _ in parts:
                    self.claimed[pile.ref] = self.claimed.get(pile.ref, 0) + count * times
            self.amount_minor = sum([times * off for times, _, off in groups])
            self.raw_minor = self.amount_minor
        else:
            for atom, blocks in self.spread.blocks.items():
                self.claimed[atom] = sum([count for count, _ in blocks])
            self.amount_minor, self.raw_minor = self.spread.amount_minor, self.spread.raw_minor
        self.mask = 0
        for atom in self.claimed:
            self.mask |= 1 << atom

    @cached_property
    def spread(self) -> Spread:
        """What each unit is discounted by."""
        board = self._board
        rooms = {
            part.pile.ref: part.pile.entry_minor - board.floors[part.pile.ref]
            for group in self._groups
            for part in group.parts
        }
        action = cast("GroupAction", self._pick.action)
        return spread_groups(action.spread, self._groups, rooms, self._pick.limit_minor)


class Claims:
    """All promotions on groups of the first item stage of a cart.

    `position` is that stage's. What they form is remembered by the units claimed of theirs before.
    """

    __slots__ = ("_board", "_known", "_piles", "_seen", "position")

    def __init__(self, board: Board, members: Sequence[Candidate]) -> None:
        self._board = board
        self.position = members[0].position
        self._known: dict[tuple[int, tuple[int, ...]], Formed] = {}
        self._piles = {member.index: piles_of(member, board) for member in members}
        self._seen = {member.index: atoms_of(member.mask) for member in members}

    def most_saving(self, candidate: Candidate, state: State) -> int:
        """Return what the promotion takes off at most when it is the next to claim units.

        Floors aside: fewer units may be grouped so that less is in the way of them.
        """
        return self.formed(candidate, state.claimed).raw_minor

    def apply(self, state: State, ranked: Sequence[Candidate]) -> None:
        """Let the promotions claim units one after another; `state` follows the root."""
        claimed = state.claimed
        found: list[tuple[Candidate, Formed]] = []
        for pick in ranked:
            formed = self.formed(pick, claimed)
            found.append((pick, formed))
            for atom, count in formed.claimed.items():
                claimed[atom] = claimed.get(atom, 0) + count
        takings = [
            Taking(pick.index, formed.mask, formed.amount_minor, formed.raw_minor)
            for pick, formed in found
            if formed.amount_minor
        ]
        state.place(takings, _by_atom(self._board, found), _layer(self._board, found))

    def formed(self, pick: Candidate, claimed: Mapping[int, int]) -> Formed:
        """Return the groups the promotion forms of the units that are not `claimed`."""
        seen = tuple([claimed.get(atom, 0) for atom in self._seen[pick.index]]) if claimed else ()
        key = (pick.index, seen if any(seen) else ())
        known = self._known.get(key)
        if known is None:
            pools = self._piles[pick.index]
            if key[1]:
                pools = [_left(piles, claimed) for piles in pools]
            groups = [*cast("GroupAction", pick.action).form(pools)]
            known = self._known[key] = Formed(pick, groups, self._board)
        return known

    def bounds(self, pick: Candidate) -> Mapping[int, int]:
        """Return the most a unit of each atom can bring to the groups of a promotion."""
        best: dict[int, int] = {}
        for atom, most in cast("GroupAction", pick.action).bounds(self._piles[pick.index]):
            if most > best.get(atom, 0):
                best[atom] = most
        return best


def are_apart(members: Sequence[Candidate]) -> bool:
    """Whether no two of the promotions may count one unit."""
    everyone = sum(member.bit for member in members)
    return all(everyone & ~member.bit & ~member.apart == 0 for member in members)


def _left(piles: Sequence[Pile], claimed: Mapping[int, int]) -> list[Pile]:
    left = []
    for pile in piles:
        taken = claimed.get(pile.ref)
        if taken is None:
            left.append(pile)
        elif taken < pile.quantity:
            left.append(Pile(pile.ref, pile.quantity - taken, pile.entry_minor, pile.sku_id))
    return left


def _by_atom(
    board: Board, found: Sequence[tuple[Candidate, Formed]]
) -> Callable[[], Sequence[int]]:
    def add_up() -> Sequence[int]:
        by_atom = [0] * len(board.runs)
        for _, formed in found:
            for atom, blocks in formed.spread.blocks.items():
                by_atom[atom] += sum([count * off for count, off in blocks])
        return by_atom

    return add_up


def _layer(board: Board, found: Sequence[tuple[Candidate, Formed]]) -> Callable[[], Sequence[Run]]:
    def lay_out() -> Sequence[Run]:
        claims: dict[int, list[tuple[Candidate, Block]]] = {}
        for pick, formed in found:
            for atom, blocks in formed.spread.blocks.items():
                claims.setdefault(atom, []).extend((pick, block) for block in blocks)
        runs: list[Run] = []
        for run in board.runs:
            atom, start, quantity, entry, net, _, _ = run
            for pick, (count, off) in claims.get(atom, ()):
                shares = ((pick.index, off),) if off else ()
                runs.append(Run(atom, start, count, entry, net - off, shares, pick.bit))
                start += count
            left = run.start + quantity - start
            if left:
                runs.append(Run(atom, start, left, entry, net))
        return runs

    return lay_out
