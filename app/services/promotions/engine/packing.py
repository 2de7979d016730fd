"""The best that promotions on groups can make of the units of a cart among themselves.

No unit counts for two of them, and they claim in order of rank. Promotions that share no unit, not
even through others, are decided apart; once some are decided, the rest falls into such parts
again, and what is best for a part is remembered by the units others have claimed of it. Later
stages are left out, so this bounds what any choice saves at this stage, and finds the one to
start the search from.
"""

from collections.abc import Mapping, Sequence

from app.services.promotions.engine.board import atoms_of
from app.services.promotions.engine.candidates import Candidate
from app.services.promotions.engine.claims import Claims, Formed

_Claimed = dict[int, int]
NEVER = -(1 << 400)
"""Less than any key."""


class Packing:
    """Promotions on groups, `members` by rank, over discounts on single units, `each_minor`.

    What a unit claimed by a group would have got from the latter is lost; keys are in `unit`.
    """

    __slots__ = (
        "_atoms",
        "_best",
        "_cent",
        "_claims",
        "_each",
        "_links",
        "_members",
        "_most",
        "_parts",
        "_places",
    )

    def __init__(
        self,
        claims: Claims,
        members: Sequence[Candidate],
        each_minor: Mapping[int, int],
        sizes: Sequence[int],
        cent: int,
    ) -> None:
        self._claims = claims
        self._members = members
        self._each = each_minor
        self._cent = cent
        self._places = {member.bit: 1 << place for place, member in enumerate(members)}
        self._links = [
            sum([1 << i for i, other in enumerate(members) if other.mask & member.mask])
            for member in members
        ]
        self._atoms = [atoms_of(member.mask) for member in members]
        self._most = [self._most_alone(member, sizes) for member in members]
        self._parts: dict[int, tuple[int, ...]] = {}
        self._best: dict[tuple[int, tuple[int, ...]], tuple[int, int]] = {}

    def most(self, members: Sequence[Candidate], claimed: _Claimed) -> int:
        """Return the largest key that `members` add, others having `claimed` some units."""
        places = 0
        for member in members:
            places |= self._places[member.bit]
        return sum([self._most_of(part, claimed)[0] for part in self._parts_of(places)])

    def best(self) -> tuple[list[Candidate], int]:
        """Return the promotions that do best, by rank, and what any other set misses at least."""
        found: list[int] = []
        missing = -NEVER
        for part in self._parts_of((1 << len(self._members)) - 1):
            self._trace(part, {}, found)
            most, second = self._most_of(part, {})
            missing = min(missing, most - second)
        return [self._members[place] for place in sorted(found)], missing

    def _trace(self, part: int, claimed: _Claimed, found: list[int]) -> None:
        first = (part & -part).bit_length() - 1
        left = part & (part - 1)
        then = claimed
        if self._most_of(part, claimed)[0] != self._both_of(left, claimed)[0]:
            found.append(first)
            then = self._after(first, claimed)[1]
        for each in self._parts_of(left):
            self._trace(each, then, found)

    def _most_of(self, part: int, claimed: _Claimed) -> tuple[int, int]:
        """Return the two largest keys of sets of one part, decided from the first by rank on."""
        key = (part, self._seen(part, claimed))
        known = self._best.get(key)
        if known is not None:
            return known
        left = part & (part - 1)
        most = second = NEVER
        gained, then = self._after((part & -part).bit_length() - 1, claimed)
        if then is not claimed:
            most, second = self._both_of(left, then)
            most, second = most + gained, second + gained
        if second < self._ceiling(left):
            most, second = _two_of(most, second, *self._both_of(left, claimed))
        self._best[key] = most, second
        return most, second

    def _both_of(self, places: int, claimed: _Claimed) -> tuple[int, int]:
        """Return the two largest keys of any sets of promotions, parts added up."""
        total, missing = 0, -NEVER
        for part in self._parts_of(places):
            most, second = self._most_of(part, claimed)
            total += most
            missing = min(missing, most - second)
        return total, total - missing

    def _after(self, place: int, claimed: _Claimed) -> tuple[int, _Claimed]:
        """Return what the promotion adds, and the units claimed after it."""
        member = self._members[place]
        formed = self._claims.formed(member, claimed)
        if not formed.claimed:
            return 0, claimed
        then = claimed.copy()
        for atom, count in formed.claimed.items():
            then[atom] = then.get(atom, 0) + count
        return self._gain(formed) * self._cent + member.merit, then

    def _gain(self, formed: Formed) -> int:
        each = self._each
        lost = sum([each[atom] * n for atom, n in formed.claimed.items() if atom in each])
        return formed.amount_minor - lost

    def _most_alone(self, member: Candidate, sizes: Sequence[int]) -> int:
        """Return the most a promotion adds, whatever others leave to it."""
        surplus = 0
        for atom, most in self._claims.bounds(member).items():
            more = most - self._each.get(atom, 0)
            if more > 0:
                surplus += more * sizes[atom]
        return min(surplus, self._claims.formed(member, {}).raw_minor) * self._cent

    def _ceiling(self, places: int) -> int:
        total = 0
        while places:
            total += self._most[(places & -places).bit_length() - 1]
            places &= places - 1
        return total

    def _seen(self, part: int, claimed: _Claimed) -> tuple[int, ...]:
        """Return what of `claimed` the promotions of a part can notice."""
        if not claimed:
            return ()
        seen: list[int] = []
        while part:
            for atom in self._atoms[(part & -part).bit_length() - 1]:
                if atom in claimed:
                    seen += (atom, claimed[atom])
            part &= part - 1
        return tuple(seen)

    def _parts_of(self, places: int) -> tuple[int, ...]:
        """Return the promotions in sets that share no unit."""
        known = self._parts.get(places)
        if known is None:
            known, left = (), places
            while left:
                part, reach = 0, left & -left
                while reach:
                    part |= reach
                    linked = 0
                    while reach:
                        linked |= self._links[(reach & -reach).bit_length() - 1]
                        reach &= reach - 1
                    reach = linked & left & ~part
                left &= ~part
                known += (part,)
            self._parts[places] = known
        return known


def _two_of(a: int, b: int, c: int, d: int) -> tuple[int, int]:
    """Return the two largest of two falling pairs."""
    return (a, max(b, c)) if a >= c else (c, max(a, d))
