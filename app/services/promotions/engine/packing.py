"""The best that promotions on groups can make of the units of a cart among themselves.

No unit counts for two of them, and they claim in order of rank. Promotions that share no unit, not
even through others, are decided apart; once some are decided, the rest falls into such parts
again, and what is best for a part is remembered by the units others have claimed of it. Later
stages are left out, so this bounds what any choice saves at this stage, and finds the one to
start the search from.
"""

from collections.abc import Mapping, Sequence

from app.services.promotions.engine.candidates import Candidate
from app.services.promotions.engine.claims import Claims, Formed

NEVER = -(1 << 400)
"""Less than any key."""


class Packing:
    """Promotions on groups, `members` by rank, over discounts on single units, `each_minor`.

    What a unit claimed by a group would have got from the latter is lost; keys are in `unit`.
    """

    __slots__ = (
        "_best",
        "_cent",
        "_claims",
        "_each",
        "_fields",
        "_links",
        "_members",
        "_most",
        "_parts",
        "_places",
        "_sizes",
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
        self._sizes = sizes
        self._most: dict[int, int] = {}
        self._parts: dict[int, tuple[int, ...]] = {}
        self._fields: dict[int, int] = {}
        self._best: dict[tuple[int, int], tuple[int, int]] = {}

    def most(self, members: Sequence[Candidate], claimed: int) -> int:
        """Return the largest key that `members` add, others having `claimed` some units."""
        parts = self._parts_of(self._place_of(members))
        return sum([self._most_of(part, claimed)[0] for part in parts])

    def best(self, members: Sequence[Candidate], claimed: int) -> tuple[list[Candidate], int]:
        """Return the `members` that do best, by rank, and what any other set misses at least."""
        found: list[int] = []
        missing = -NEVER
        for part in self._parts_of(self._place_of(members)):
            self._trace(part, claimed, found)
            most, second = self._most_of(part, claimed)
            missing = min(missing, most - second)
        return [self._members[place] for place in sorted(found)], missing

    def _place_of(self, members: Sequence[Candidate]) -> int:
        places = 0
        for member in members:
            places |= self._places[member.bit]
        return places

    def _trace(self, part: int, claimed: int, found: list[int]) -> None:
        first = (part & -part).bit_length() - 1
        left = part & (part - 1)
        then = claimed
        if self._most_of(part, claimed)[0] != self._both_of(left, claimed)[0]:
            found.append(first)
            then = self._after(first, claimed)[1]
        for each in self._parts_of(left):
            self._trace(each, then, found)

    def _most_of(self, part: int, claimed: int) -> tuple[int, int]:
        """Return the two largest keys of sets of one part, decided from the first by rank on."""
        key = (part, claimed & self._field(part))
        known = self._best.get(key)
        if known is not None:
            return known
        left = part & (part - 1)
        most = second = NEVER
        gained, then = self._after((part & -part).bit_length() - 1, claimed)
        if not left:
            # By itself: with it or without.
            found = (0, NEVER) if then == claimed else (max(gained, 0), min(gained, 0))
            self._best[key] = found
            return found
        if then != claimed:
            most, second = self._both_of(left, then)
            most, second = most + gained, second + gained
        if second < self._ceiling(left):
            most, second = _two_of(most, second, *self._both_of(left, claimed))
        self._best[key] = most, second
        return most, second

    def _both_of(self, places: int, claimed: int) -> tuple[int, int]:
        """Return the two largest keys of any sets of promotions, parts added up."""
        total, missing = 0, -NEVER
        for part in self._parts_of(places):
            most, second = self._most_of(part, claimed)
            total += most
            missing = min(missing, most - second)
        return total, total - missing

    def _after(self, place: int, claimed: int) -> tuple[int, int]:
        """Return what the promotion adds, and the units claimed after it."""
        member = self._members[place]
        formed = self._claims.formed(member, claimed)
        if not formed.claimed:
            return 0, claimed
        return self._gain(formed) * self._cent + member.merit, claimed + formed.claimed

    def _gain(self, formed: Formed) -> int:
        each = self._each
        lost = sum([each[atom] * n for atom, n in formed.counts.items() if atom in each])
        return formed.amount_minor - lost

    def _ceiling(self, places: int) -> int:
        """Return more than any of the promotions add together, whatever others leave to them."""
        total = 0
        while places:
            place = (places & -places).bit_length() - 1
            most = self._most.get(place)
            if most is None:
                most = self._most[place] = self._most_alone(self._members[place])
            total += most
            places &= places - 1
        return total

    def _most_alone(self, member: Candidate) -> int:
        surplus, each, sizes = 0, self._each, self._sizes
        for atom, most in self._claims.bounds(member).items():
            more = most - each.get(atom, 0)
            if more > 0:
                surplus += more * sizes[atom]
        return min(surplus, self._claims.formed(member, 0).raw_minor) * self._cent

    def _field(self, part: int) -> int:
        """Return what of a tally the promotions of a part can notice."""
        known = self._fields.get(part)
        if known is None:
            mask = 0
            for place, member in enumerate(self._members):
                if part >> place & 1:
                    mask |= member.mask
            known = self._fields[part] = self._claims.tally.field(mask)
        return known

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
